"""Findings on current rows, counted: those that are open, and the queries that are answered."""

from __future__ import annotations

from textwrap import wrap
from typing import Literal

import polars as pl
import streamlit as st

from dashboard import charts, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, sentence, table
from expectations.rules import catalogue

LONGEST_LABEL = 56  # letters: a line must end within the width of a phone
SEVERITIES = {"F": "refused", "R": "to correct", "B": "breach", "W": "query"}

DEFINITION = """**Open findings** are those on current rows that no answer stands for. A query \
that the site has answered, *verified unusual*, is not counted as long as its answer stands: \
until the value changes, the answer is taken back, or its last day has passed (12 months at \
most). Then it counts again. A breach cannot be answered: it counts as long as it is there."""


def findings_definition() -> None:
    """What is counted as an open finding, and what an answer does."""
    st.markdown(DEFINITION)


def open_findings(view: View, *, by: Literal["rule", "site"]) -> pl.DataFrame:
    """Findings counted, as Reader.findings; an answer counts up to its last day."""
    return view.reader.findings(by=by, today=view.today)


def open_and_answered(findings: pl.DataFrame) -> tuple[int, int]:
    """Of a report's queries those that are open, and those that an answer stands for."""
    queries = findings.filter(pl.col("severity") == "W")
    answered = queries.filter(pl.col("answer").is_not_null()).height
    return queries.height - answered, answered


def findings_by_rule(view: View, found: pl.DataFrame, most: int) -> None:
    """Findings by rule as bars, most frequent first, with their table.

    Args:
        found: rule, findings, answered, and whatever else stands in the row.
        most: how many rules the chart shows; the table has all.
    """
    answered = int(found["answered"].sum())
    if not found["findings"].sum():
        states.nothing("No open finding on current rows." + _answered_text(answered))
        return
    rules = catalogue()
    counted = (
        found.group_by("rule")
        .agg(pl.col("findings", "answered").sum())
        .filter(pl.col("findings") > 0)
        .sort(["findings", "rule"], descending=[True, False])
    )
    messages = {
        rule: rules[rule].message.rstrip(".") if rule in rules else rule for rule in counted["rule"]
    }
    severities = {rule: rules[rule].severity if rule in rules else "" for rule in messages}
    shown = counted.with_columns(
        pl.col("rule").replace_strict(messages).alias("message"),
        pl.col("rule").replace_strict(severities).replace(SEVERITIES).alias("severity"),
    )
    total = int(shown["findings"].sum())
    text = (
        f"{words.counted(total, 'open finding')} on current rows, of "
        f"{words.counted(shown.height, 'rule')}; most often: {_most_often(shown)}."
        + _answered_text(answered)
    )
    sentence(text)
    bars = shown.head(most).select(
        pl.col("rule").alias("label"),
        *_lines(shown.head(most)),
        pl.col("findings").alias("count"),
    )
    draw(charts.count_rows, bars, reads=text, axis="Open findings on current rows")
    if shown.height > most:
        st.caption(
            f"The first {most} of {shown.height} rules, most frequent first; all are in the table."
        )
    with st.expander("Table: all rules"):
        table(
            shown,
            {"message": "What", "severity": "Kind", "findings": "Open"}
            | {"answered": "Answered", "rule": "Rule"},
            reads="Findings by rule",
            share=3 / 5,
            aside=("rule",),
            rows=8,
        )
    footer(view, shown, "findings", findings_definition)


def _most_often(shown: pl.DataFrame) -> str:
    """The rule with the most findings; how many rules, where several tie."""
    tied = shown.filter(pl.col("findings") == pl.col("findings").max())
    if tied.height == 1:
        return f"“{tied['message'][0]}”"
    return f"{tied.height} rules equally, {words.counted(tied['findings'][0], 'finding')} each"


def _lines(shown: pl.DataFrame) -> list[pl.Series]:
    """Number and fault of each bar in the two lines that a phone's width holds."""
    said = [f"{row['findings']}  {row['message']}" for row in shown.iter_rows(named=True)]
    lines = [wrap(text, LONGEST_LABEL, max_lines=2, placeholder=" …") for text in said]
    return [
        pl.Series("above", ["".join(one[:-1]) for one in lines], dtype=pl.String),
        pl.Series("said", [one[-1] for one in lines], dtype=pl.String),
    ]


def _answered_text(answered: int) -> str:
    if not answered:
        return ""
    many = words.counted(answered, "query", "queries")
    return f" Besides, {many} answered by the site and not counted."


def quality_line(view: View) -> str:
    """The position in one line: key fields filled, findings open."""
    row = view.reader.rates(["D2"], by="all").row(0, named=True)
    found = open_findings(view, by="rule")
    fields = (
        f"{row['events']} of {row['eligible']} key fields filled, "
        f"{words.filled_text(row['events'], row['eligible'])}"
        if row["eligible"]
        else "No key field is expected yet"
    )
    return (
        f"{fields}; {words.counted(int(found['findings'].sum() or 0), 'open finding')} on current "
        f"rows, {words.counted(int(found['answered'].sum() or 0), 'query', 'queries')} answered."
    )
