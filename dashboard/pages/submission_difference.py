"""What one submission of a site changed against another: records, cells, indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table

CELLS = {
    "change": "Change",
    "table": "Table",
    "key": "Record",
    "column": "Column",
    "old": "Before",
    "new": "After",
}
CURVES = ("survival", "incidence")
MOVED = {
    "indicator_id": "Indicator",
    "title": "What it is",
    "before": "Before",
    "after": "After",
    "units_added": "Came in",
    "units_dropped": "Went out",
    "units_changed": "Changed",
}


def show(view: View, row: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
    """Choose an earlier accepted submission of the site, and see what has changed since.

    Args:
        others: the site's other accepted submissions, newest first.
    """
    if row["acceptance_number"] is None or not others:
        return
    with st.expander("What has changed since an earlier submission"):
        earlier = {one["submission_id"]: one for one in others}
        picked = st.selectbox(
            "Compare with the state after",
            list(earlier),
            format_func=lambda name: (
                f"{earlier[name]['filename']}, received "
                f"{words.moment_text(earlier[name]['received_at'])}"
            ),
            key=f"other-{row['submission_id']}",
        )
        wanted = f"difference-{row['submission_id']}-{picked}"
        if st.button("Show what has changed", key=f"show-{row['submission_id']}"):
            st.session_state[wanted] = True
        if st.session_state.get(wanted):
            _difference(view, row, picked)


def _difference(view: View, row: Mapping[str, Any], earlier: str) -> None:
    with st.spinner("Comparing the records of the two states …"):
        found = view.desk.difference(earlier, row["submission_id"])
    counts = found.counts()
    sentence(
        f"{words.opened(words.counted(counts['added'], 'record'))} came in, "
        f"{counts['dropped']} went out, {counts['changed']} changed."
    )
    if found.cells.height:
        cells = found.cells.with_columns(pl.col("old", "new").fill_null(""))
        table(cells, CELLS, reads="Records and cells that differ", rows=8)
        download(view, cells, f"difference-{row['submission_id']}")
    if not found.indicators.height:
        states.nothing("No indicator of the site has moved.")
        return
    moved = found.indicators.with_columns(share_text("before"), share_text("after"))
    sentence(f"{words.counted(moved.height, 'indicator')} of the site moved.")
    table(moved, MOVED, reads="Indicators that moved", rows=8)


def share_text(when: str) -> pl.Expr:
    """n/N, with the number of units whose outcome is not known: 3/31 (2 unknown).

    Of a curve n are the events, whatever its title counts: 10 events/46.
    """
    numerator, denominator = pl.col(f"numerator_{when}"), pl.col(f"denominator_{when}")
    unknown = pl.col(f"unknown_{when}")
    events = pl.when(pl.col("kind").is_in(CURVES)).then(pl.lit(" events")).otherwise(pl.lit(""))
    told = pl.format("{}{}/{}", numerator.fill_null(0), events, denominator.fill_null(0))
    beside = pl.format(" ({} unknown)", unknown)
    return (
        pl.when(unknown.fill_null(0) > 0).then(pl.concat_str(told, beside)).otherwise(told)
    ).alias(when)
