"""The findings of one submission: what each does, filters, and answers to queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from ingest import inbox
from ingest.inbox import Report

FINDINGS = {
    "kind": "Kind",
    "message": "What",
    "place": "Where",
    "fix": "What to do",
    "effect": "Effect",
    "is_new": "New",
    "answer": "Answer",
    "case": "Case",
    "period": "Quarter",
    "rule": "Rule",
}
ASIDE = ("case", "period", "rule")
KINDS = {"F": "■ refuses", "R": "▲ to correct", "B": "● breach", "W": "○ query"}
MOST_SHOWN = 20_000  # rows that a browser takes without delay; the downloads hold all


def show(view: View, row: Mapping[str, Any], report: Report) -> None:
    """What is new since last time, the ranked findings, and what was read how."""
    st.header("Findings", anchor=False)
    found = told(report.findings)
    if found.height:
        _since(report)
        chosen = _filtered(found, row["submission_id"])
        _table(view, row, chosen, found.height)
        for says in inbox.cut_words(report.cut):
            st.text(f"Listed in part: {says}")
    else:
        states.nothing("No finding: every row was used as sent.")
    for title, lines in (("How it was read", report.notices), ("Not judged", report.not_evaluated)):
        if lines:
            with st.expander(f"{title} ({len(lines)})"):
                for line in lines:
                    st.text(line)


def told(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings with their kind and place in words, those that do most first."""
    line = pl.concat_str(pl.lit("line "), pl.col("line").cast(pl.String))
    parts = [pl.coalesce("file", "table"), line, pl.col("column")]
    return findings.with_columns(
        pl.col("severity").replace_strict(KINDS, return_dtype=pl.String).alias("kind"),
        pl.concat_str(parts, separator=", ", ignore_nulls=True).alias("place"),
        pl.col("status").eq("new").alias("is_new"),
    )


def _since(report: Report) -> None:
    since = report.since
    if since is None:
        return
    resolved = since.resolved.height + since.not_listed
    sentence(
        f"Since the submission received {words.moment_text(since.received_at)}: {since.new} new, "
        f"{since.persisting} still there, {resolved} resolved."
        + (f" {since.untouched} on records that were not sent again." if since.untouched else "")
    )
    if since.resolved.height:
        with st.expander(f"Resolved ({since.resolved.height})"):
            table(
                told(since.resolved),
                {"kind": "Kind", "message": "What", "place": "Where", "rule": "Rule"},
                reads="Findings of the last submission that are no more",
                rows=8,
            )


def _filtered(found: pl.DataFrame, submission_id: str) -> pl.DataFrame:
    """The findings that the filters leave, in their order."""
    kinds = [kind for kind in KINDS.values() if kind in found["kind"].unique()]
    tables = sorted(found["table"].drop_nulls().unique())
    rules = sorted(found["rule"].unique())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.multiselect("Kind", kinds, key=f"kind-{submission_id}", placeholder="All")
        name = st.multiselect("Table", tables, key=f"table-{submission_id}", placeholder="All")
        rule = st.multiselect("Rule", rules, key=f"rule-{submission_id}", placeholder="All")
        is_new = st.checkbox("New only", key=f"new-{submission_id}")
    for column, chosen in (("kind", kind), ("table", name), ("rule", rule)):
        if chosen:
            found = found.filter(pl.col(column).is_in(chosen))
    return found.filter(pl.col("status") == "new") if is_new else found


def _table(view: View, row: Mapping[str, Any], found: pl.DataFrame, all_of_them: int) -> None:
    shown = found.head(MOST_SHOWN)
    of = "" if found.height == all_of_them else f" of {words.counted(all_of_them, 'finding')}"
    said = (
        f"{words.counted(found.height, 'finding')}{of}, of "
        f"{words.counted(found['rule'].n_unique(), 'rule')}; those that do most come first."
    )
    if shown.height < found.height:
        said += f" The first {MOST_SHOWN:,} are shown; the downloads hold all."
    sentence(said)
    table(shown, FINDINGS, reads="Findings of this submission", rows=8, aside=ASIDE)
    download(view, found.drop("finding_id"), f"findings-{row['submission_id']}")
