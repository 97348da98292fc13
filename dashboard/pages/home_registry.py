"""Home of the registry team: what came in, what is late, what is broken."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, sentence, table
from dashboard.filters import Selection
from dashboard.sections import compliance_matrix, participation_grid
from dashboard.tiles import numbers
from expectations.rules import catalogue
from ingest import inbox

SHOWN_STATES = ("received", "checking", "held", "refused", "accepted", "withdrawn")


def show(view: View) -> None:
    """Submissions by state, held ones, participation, findings, compliance of all sites."""
    found = inbox.submissions(view.home, None)
    st.subheader("Submissions", anchor=False)
    _counts(found)
    held = found.filter(pl.col("state") == "held")
    if held.height:
        table(
            held,
            {
                "site_ods_code": "Site",
                "filename": "File",
                "received_at": "Received",
                "findings_R": "To correct",
            },
            reads="Held submissions",
        )
    st.subheader("Quarters by site", anchor=False)
    participation_grid(view)
    st.subheader("Rules that fired most", anchor=False)
    findings_by_rule(view, view.reader.findings(by="rule"), 8)
    st.subheader("Compliance, all sites, rolling 36 months", anchor=False)
    compliance_matrix(view, Selection())


def findings_by_rule(view: View, found: pl.DataFrame, most: int) -> None:
    """Findings by rule as bars, most frequent first, with their table.

    Args:
        found: rule, findings, and whatever else stands in the row.
        most: how many rules the chart shows; the table has all.
    """
    if not found.height:
        states.nothing("No finding on current rows.")
        return
    rules = catalogue()
    counted = (
        found.group_by("rule")
        .agg(pl.col("findings").sum())
        .sort(["findings", "rule"], descending=[True, False])
    )
    titles = {
        rule: rules[rule].title.rstrip(".") if rule in rules else rule for rule in counted["rule"]
    }
    severities = {rule: rules[rule].severity if rule in rules else "" for rule in titles}
    shown = counted.with_columns(
        pl.col("rule").replace_strict(titles).alias("title"),
        pl.col("rule").replace_strict(severities).replace(SEVERITIES).alias("severity"),
    )
    total = int(shown["findings"].sum())
    text = (
        f"{words.counted(total, 'finding')} on current rows, of "
        f"{words.counted(shown.height, 'rule')}; broken most often: “{shown['title'][0]}”."
    )
    sentence(text)
    bars = shown.head(most).select(
        pl.col("rule").alias("label"),
        pl.concat_str("findings", pl.lit("  "), _cut("title")).alias("said"),
        pl.col("findings").alias("count"),
    )
    draw(charts.count_rows, bars, reads=text, axis="Findings on current rows")
    with st.expander("Table: all rules"):
        table(
            shown,
            {"rule": "Rule", "severity": "Kind", "title": "What", "findings": "Findings"},
            reads="Findings by rule",
            rows=14,
        )
    footer(view, shown, "findings", None)


def _cut(column: str) -> pl.Expr:
    # A bar's label must end within a phone's width; the table has it whole.
    whole = pl.col(column)
    cut = whole.str.slice(0, LONGEST_LABEL).str.replace(r"\s+\S*$", "") + "…"
    return pl.when(whole.str.len_chars() > LONGEST_LABEL).then(cut).otherwise(whole)


LONGEST_LABEL = 56
SEVERITIES = {"F": "refused", "R": "to correct", "B": "breach", "W": "query"}


def _counts(found: pl.DataFrame) -> None:
    by_state = dict(found.group_by("state").len().iter_rows())
    numbers([(words.opened(state), by_state.get(state, 0)) for state in SHOWN_STATES])
