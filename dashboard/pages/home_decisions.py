"""Decisions that wait for a viewer: outlier cases with their clocks, sentinel events to review."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import sentence, table
from dashboard.pages.cases_board import clock_text, in_order, kind_text, title_of, today
from dashboard.pages.cases_sentinel import reviewed, waiting_text
from sql.case_clock import clock, waits_for
from sql.case_stages import LAST_STAGE, policy

OPEN = {
    "clock": "Clock",
    "about": "About",
    "kind": "Kind",
    "waits_for": "Waits for",
}


def show(view: View) -> None:
    """Open cases of the viewer's sites, its own first, then the events without a review."""
    st.header("Decisions waiting", anchor=False)
    cases(view)
    events = reviewed(view)
    if events.height:
        sentence(f"Sentinel events of the rolling 36 months: {waiting_text(events)}")
    st.caption("Both are decided on the page Cases.")


def cases(view: View) -> None:
    """The open cases that the viewer may see, with what each waits for."""
    found = in_order(view, view.desk.cases())
    open_cases = [row for row in found if row["stage"] != LAST_STAGE]
    if not open_cases:
        states.nothing("No outlier case is open.")
        return
    on = today(view)
    waiting = sum(waits_for(row, view.person) for row in open_cases)
    late = sum(clock(row, on).is_late for row in open_cases)
    sentence(
        f"{words.opened(words.counted(len(open_cases), 'outlier case'))} open: {waiting} "
        f"{'waits' if waiting == 1 else 'wait'} for you, {late} late."
    )
    rows = [
        {
            "clock": clock_text(clock(row, on)),
            "about": f"Case {row['number']}, {row['site_ods_code']}, {title_of(row)}, "
            f"{row['period']}",
            "kind": kind_text(row["kind"]),
            "waits_for": policy().stages[row["stage"]].waits_for,
        }
        for row in open_cases
    ]
    table(pl.DataFrame(rows), OPEN, reads="Open outlier cases", rows=5)
