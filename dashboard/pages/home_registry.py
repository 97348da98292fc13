"""Home of the registry team: what came in, what is late, what is broken."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import words
from dashboard.data import View
from dashboard.figures import table
from dashboard.filters import Selection
from dashboard.finding_counts import findings_by_rule, open_findings
from dashboard.pages import home_decisions
from dashboard.sections import compliance_matrix, participation_grid
from dashboard.tiles import numbers

SHOWN_STATES = ("received", "checking", "held", "refused", "accepted", "signed", "withdrawn")


def show(view: View) -> None:
    """Submissions by state, held ones, participation, findings, compliance of all sites."""
    found = view.desk.submissions()
    st.header("Submissions", anchor=False)
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
    st.header("Outlier cases", anchor=False)
    home_decisions.cases(view)
    st.header("Quarters by site", anchor=False)
    participation_grid(view)
    st.header("Findings by rule", anchor=False)
    findings_by_rule(view, open_findings(view, by="rule"), 8)
    st.header("Compliance, all sites, rolling 36 months", anchor=False)
    compliance_matrix(view, Selection())


def _counts(found: pl.DataFrame) -> None:
    by_state = dict(found.group_by("state").len().iter_rows())
    numbers([(words.opened(state), by_state.get(state, 0)) for state in SHOWN_STATES])
