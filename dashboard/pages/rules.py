"""Rules: what every export is checked for, found by a word, by what it does, by table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl
import streamlit as st

from dashboard import choices, states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.searching import matching, search_box
from expectations.dictionary import site_tables
from expectations.rules import Rule, listed_rules, places

TO_BE_VERIFIED = "to be verified"
SEVERITIES: Mapping[str, str] = {
    "F": "refuses the submission",
    "R": "must be corrected",
    "B": "breach, counted",
    "W": "query",
}
COUNTED: Mapping[str, tuple[str, str]] = {
    "F": ("refuses the submission", "refuse the submission"),
    "R": ("must be corrected", "must be corrected"),
    "B": ("counts a breach", "count a breach"),
    "W": ("asks a query", "ask a query"),
}
ALL = ""
WHOLE_EXPORT = "whole export"
HEADINGS: Mapping[str, str] = {
    "message": "What",
    "severity": "What it does",
    "fix": "What to do",
    "rule": "Rule",
    "reading": "Read as",
    "clause": "Clause",
    "verified": "Provenance",
    "version": "Version",
    "effective_from": "Effective from",
    "source": "Source",
}
ASIDE = ("reading", "version", "effective_from", "source")


def show(view: View) -> None:
    """The rules that match, counted, listed and to be downloaded."""
    asked = search_box("a word, a column or a rule, such as spacing or D04")
    left, right = st.columns(2)
    with left:
        kinds = {ALL: "All"} | dict(SEVERITIES)
        severity = choices.picked("severity", "What it does", kinds, ALL)
    with right:
        titles = {name: one.title for name, one in site_tables().items()}
        places = {ALL: "All"} | titles | {WHOLE_EXPORT: "The export as a whole"}
        place = choices.picked("table", "Table", places, ALL)
    found = matching(rules_frame(), asked)
    if severity:
        found = found.filter(pl.col("severity") == SEVERITIES[severity])
    if place:
        found = found.filter(pl.col("tables").list.contains(place))
    sentence(_counts(found, is_filtered=bool(asked or severity or place)))
    if not found.height:
        states.nothing("No rule with this word, this effect and this table.")
        return
    table(found, HEADINGS, reads="Rules", rows=9, aside=ASIDE)
    st.caption(
        "A rule marked to be verified rests, in part, on general knowledge that has not been "
        "re-read in its source. A breach is counted and its row is kept."
    )
    download(view, found, "rules")


@cache
def rules_frame() -> pl.DataFrame:
    """Every rule: one row a rule, by id.

    Returns:
        The columns of HEADINGS, and title, tables (those that its findings stand in, or
        "whole export") and provenance (its tags).
    """
    return pl.DataFrame([_row(rule) for rule in listed_rules()])


def _row(rule: Rule) -> dict[str, object]:
    tables = dict.fromkeys(place.split(".")[0] for place in places().get(rule.id, ()))
    return {
        "rule": rule.id,
        "severity": SEVERITIES[rule.severity],
        "title": rule.title,
        "message": rule.message,
        "fix": rule.fix,
        "reading": rule.reading,
        "tables": list(tables) or [WHOLE_EXPORT],
        "clause": words.clauses(rule.clause),
        "source": rule.source,
        "provenance": rule.provenance,
        "verified": TO_BE_VERIFIED if rule.is_to_be_verified else rule.provenance,
        "version": rule.version,
        "effective_from": rule.effective_from,
    }


def _counts(found: pl.DataFrame, *, is_filtered: bool) -> str:
    by_severity = dict(found.group_by("severity").len().iter_rows())
    parts = [
        f"{by_severity[word]} {COUNTED[letter][by_severity[word] != 1]}"
        for letter, word in SEVERITIES.items()
        if word in by_severity
    ]
    total = words.opened(words.counted(found.height, "rule"))
    marked = found.filter(pl.col("verified") == TO_BE_VERIFIED).height
    said = f"{total}{' found' if is_filtered else ''}"
    if parts:
        said += f": {', '.join(parts)}"
    return f"{said}. To be verified: {marked}."
