"""Definitions: the dictionary, the rules, the indicators, searched by a word."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl
import streamlit as st

from dashboard import choices, states, words
from dashboard.data import View
from dashboard.figures import describe, download, sentence, table
from dashboard.pages.rules import TO_BE_VERIFIED, rules_frame
from dashboard.searching import matching, search_box
from expectations import dictionary
from expectations.dictionary import Column, tables

NEEDED = {
    "mandatory": "always",
    "required": "yes",
    "conditional": "when it applies",
    "optional": "no",
}


def show(view: View) -> None:
    """Three searchable lists, each with its download."""
    asked = search_box("a word, a column or a rule, such as spacing or D04")
    fields, rules = matching(dictionary_frame(), asked), matching(rules_frame(), asked)
    indicators = matching(view.reader.indicators(), asked)
    sentence(
        f"{words.counted(fields.height, 'field')}, {words.counted(rules.height, 'rule')} and "
        f"{words.counted(indicators.height, 'indicator')}"
        f"{' with this word' if asked else ''}. Dictionary version {dictionary.VERSION}."
    )
    shown = choices.tabs(
        [
            f"Fields ({fields.height})",
            f"Rules ({rules.height})",
            f"Indicators ({indicators.height})",
        ]
    )
    with shown[0]:
        _list(view, fields, FIELD_HEADINGS, "dictionary")
    with shown[1]:
        _list(view, rules.select(list(RULE_HEADINGS)), RULE_HEADINGS, "rules", ASIDE)
    with shown[2]:
        for entry in indicators.iter_rows(named=True):
            with st.expander(f"{entry['id']} {words.plain(entry['title'])}"):
                describe(entry)
        if indicators.height:
            download(view, indicators, "indicators")


@cache
def dictionary_frame() -> pl.DataFrame:
    """Every field of every table: one row per (table, field), in dictionary order."""
    rows = [
        (
            column.title,
            column.name,
            _allowed(column),
            one.name,
            NEEDED[column.null],
            column.type,
            words.clauses(column.clause),
            TO_BE_VERIFIED if column.is_to_be_verified else column.provenance,
        )
        for one in tables().values()
        for column in one.columns.values()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(FIELD_HEADINGS, pl.String), orient="row")


FIELD_HEADINGS = {
    "title": "What it is",
    "field": "Field",
    "allowed": "Allowed values",
    "table": "Table",
    "needed": "Needed",
    "type": "Type",
    "clause": "Clause",
    "provenance": "Provenance",
}
# The Rules page says more of each.
RULE_HEADINGS = {
    "message": "Message",
    "severity": "What it does",
    "fix": "What to do",
    "rule": "Rule",
    "title": "Title",
    "clause": "Clause",
    "version": "Version",
}
ASIDE = ("title", "version")


def _allowed(column: Column) -> str:
    if column.codes is not None:
        return "; ".join(f"{code} = {title}" for code, title in column.codes.codes.items())
    parts = []
    if column.hard is not None:
        parts.append(f"{column.hard[0]} to {column.hard[1]}")
    if column.order is not None:
        parts.append(column.order)
    if column.plausible is not None:
        parts.append(f"usual {column.plausible[0]:g} to {column.plausible[1]:g}")
    if column.pattern is not None:
        parts.append(column.pattern)
    unit = f" {column.unit}" if column.unit else ""
    return f"{'; '.join(parts)}{unit}"


def _list(
    view: View,
    frame: pl.DataFrame,
    headings: dict[str, str],
    name: str,
    aside: Sequence[str] = (),
) -> None:
    if not frame.height:
        states.nothing("Nothing with this word.")
        return
    table(frame, headings, reads=name, rows=9, aside=aside)
    download(view, frame, name)
