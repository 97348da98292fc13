"""One submission: what the check said, row by row, and what may be decided now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import sentence
from dashboard.finding_counts import open_and_answered
from dashboard.pages import (
    submission_answers,
    submission_decisions,
    submission_difference,
    submission_files,
    submission_findings,
)
from dashboard.pages.home_site import last_submission_text
from dashboard.tiles import numbers
from ingest.inbox import Report

Row = Mapping[str, Any]
NUMBERS = ("Rows read", "Rows used", "Findings to correct", "Breaches")


def show(view: View, row: Row, history: Sequence[Row]) -> None:
    """Result in one sentence, its numbers, downloads, findings, decisions, differences.

    Args:
        history: the submissions that the viewer may see, newest first.
    """
    report = _report(view, row)
    queries = open_and_answered(report.findings) if report is not None else None
    sentence(last_submission_text(dict(row), queries))
    if row["note"]:
        st.text(f"Note: {row['note']}")
    still_open = queries[0] if queries and is_counted(row) else None
    counted = (*numbers_of(row), ("Queries open", still_open))
    numbers([(label, "–" if value is None else value) for label, value in counted])
    st.caption(
        f"Received {words.moment_text(row['received_at'])}, checked or decided "
        f"{words.moment_text(row['decided_at'])}."
        + (
            f" {words.counted(queries[1], 'query', 'queries')} answered."
            if queries and queries[1]
            else ""
        )
    )
    if report is None:
        states.nothing("Not checked yet: the findings appear here.")
        return
    submission_files.show(view, row)
    submission_findings.show(view, row, report)
    submission_answers.show(view, row, report.findings)
    submission_decisions.show(view, row, report)
    submission_difference.show(view, row, _others(row, history))


def _report(view: View, row: Row) -> Report | None:
    try:
        return view.desk.report(row["submission_id"])
    except FileNotFoundError:
        return None  # not checked yet


def numbers_of(row: Row) -> tuple[tuple[str, int | None], ...]:
    """Rows and findings in all; of an export that could not be read nothing was counted."""
    if not is_counted(row):
        return tuple((title, None) for title in NUMBERS)
    read, left_out = row["records_read"], row["records_excluded"]
    is_used = row["state"] in submission_decisions.IN_FORCE
    used = read - (left_out or 0) if is_used else None
    # What is refused as a whole is to be corrected too.
    to_correct = row["findings_R"] + row["findings_F"]
    return tuple(zip(NUMBERS, (read, used, to_correct, row["findings_B"]), strict=True))


def is_counted(row: Row) -> bool:
    """False before the check, and where it ended before a row was read."""
    read = row["records_read"]
    return read is not None and (read > 0 or row["state"] != "refused")


def _others(row: Row, history: Sequence[Row]) -> list[Row]:
    """The accepted submissions of the same site that came before it."""
    number = row["acceptance_number"]
    return [
        one
        for one in history
        if one["site_ods_code"] == row["site_ods_code"]
        and one["acceptance_number"] is not None
        and number is not None
        and one["acceptance_number"] < number
    ]
