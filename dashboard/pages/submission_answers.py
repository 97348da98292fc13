"""Answers to queries: the value is unusual, and right, until it changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import words
from dashboard.data import View
from dashboard.figures import table
from dashboard.pages.submission_findings import told
from sql.ledger import LedgerError

TWELVE_MONTHS = timedelta(days=365)
MOST_LISTED = 500
ANSWERED = ("held", "accepted", "signed")
STANDING = {
    "rule": "Rule",
    "reason": "Why it is right",
    "by": "Answered by",
    "at": "When",
    "expires": "Holds until",
}


def show(view: View, row: Mapping[str, Any], findings: pl.DataFrame) -> None:
    """The answers that stand for the site, and the way to give one."""
    site = row["site_ods_code"]
    found = view.desk.answers(site)
    standing = found.filter(
        pl.col("taken_back_at").is_null() & (pl.col("expires") >= view.now.date())
    )
    if standing.height:
        with st.expander(f"Answers that stand for {site} ({standing.height})"):
            table(standing, STANDING, reads="Answers that stand", rows=8)
    if view.viewer.may("answer findings", site) and row["state"] in ANSWERED:
        _give(view, row, told(findings))


def _give(view: View, row: Mapping[str, Any], findings: pl.DataFrame) -> None:
    open_queries = findings.filter(
        (pl.col("severity") == "W")
        & pl.col("answer").is_null()
        & pl.col("key").is_not_null()
        & pl.col("finding_id").is_not_null()
    ).head(MOST_LISTED)
    if not open_queries.height:
        return
    with st.expander("Answer a query: the value is unusual, and right"):
        st.text(
            "Reviewers see the answer. It holds for at most twelve months, and is asked for "
            "again when the value changes."
        )
        queries = {one["finding_id"]: one for one in open_queries.iter_rows(named=True)}
        picked = st.selectbox(
            "Query",
            list(queries),
            format_func=lambda name: f"{queries[name]['place']}: {queries[name]['message']}",
            key=f"query-{row['submission_id']}",
        )
        reason = st.text_input(
            "Why it is right (kept for good; no names and no numbers of patients)",
            max_chars=300,
            key=f"why-{row['submission_id']}",
        ).strip()
        today = view.now.date()
        expires = st.date_input(
            "Holds until",
            value=today + TWELVE_MONTHS,
            min_value=today,
            max_value=today + TWELVE_MONTHS,
            format="DD/MM/YYYY",
            key=f"until-{row['submission_id']}",
        )
        if st.button("Answer", disabled=not reason, key=f"answer-{row['submission_id']}"):
            try:
                view.desk.answer_finding(
                    row["submission_id"], picked, reason=reason, expires=expires
                )
            except LedgerError as refusal:
                st.warning(words.plain(str(refusal)))
                return
            st.rerun()
