"""Submissions: what is due, the history, and one submission with its decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import choices, downloads, states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.pages import submission_detail, submission_periods
from dashboard.pages.submission_progress import WAITING, progress
from sql.reader_periods import quarter

HISTORY = {
    "received_at": "Received",
    "site_ods_code": "Site",
    "period": "Period",
    "submission_type": "Type",
    "state_text": "State",
    "records_read": "Rows read",
    "records_excluded": "Left out",
    "findings_R": "To correct",
    "findings_B": "Breaches",
    "findings_W": "Queries",
    "answered": "Answered",
    "received_by": "Sent by",
    "filename": "File",
    "sha256": "SHA-256",
    "submission_id": "Submission",
}
ASIDE = ("submission_type", "records_read", "answered", "filename", "sha256", "submission_id")


def show(view: View) -> None:
    """What each quarter owes, what waits, all submissions, and the chosen one."""
    submission_periods.show(view)
    found = view.desk.submissions()
    st.header("History", anchor=False)
    if not found.height:
        states.nothing("Nothing has been sent yet.")
        return
    waiting = found.filter(pl.col("state").is_in(WAITING))
    if waiting.height:
        progress(view, tuple(waiting["submission_id"]))
    _history(view, found)
    _offline(view, found)
    _chosen(view, found)


def _history(view: View, found: pl.DataFrame) -> None:
    by_state = dict(found.group_by("state").len().iter_rows())
    told = ", ".join(f"{n} {state}" for state, n in sorted(by_state.items()))
    sentence(f"{words.counted(found.height, 'submission')}: {told}.")
    rows = list(found.iter_rows(named=True))
    shown = found.join(_answered(view), on="submission_id", how="left").with_columns(
        pl.Series("period", [period_text(row) for row in rows], dtype=pl.String),
        pl.Series("state_text", [_state_text(row) for row in rows], dtype=pl.String),
    )
    shown = shown.with_columns(_counted(rows))
    table(shown, HISTORY, reads="All submissions, newest first", rows=10, aside=ASIDE)
    download(view, shown, "submissions")


def _counted(rows: Sequence[submission_detail.Row]) -> list[pl.Series]:
    """The numbers of each submission as its own page tells them."""
    told = [dict(submission_detail.numbers_of(row)) for row in rows]
    said = {"records_read": "Rows read", "findings_R": "Findings to correct"}
    said |= {"findings_B": "Breaches"}
    queries = [row["findings_W"] if submission_detail.is_counted(row) else None for row in rows]
    return [
        *(pl.Series(name, [one[title] for one in told], pl.Int64) for name, title in said.items()),
        pl.Series("findings_W", queries, pl.Int64),
    ]


def _answered(view: View) -> pl.DataFrame:
    """By submission, how many queries on its current rows have an answer that stands."""
    if view.release is None:
        return pl.DataFrame(schema={"submission_id": pl.String, "answered": pl.UInt32})
    rows = view.reader.finding_rows(today=view.today)
    answered = rows.filter(pl.col("answer").is_not_null())
    return answered.group_by("submission_id").agg(pl.len().alias("answered"))


def _offline(view: View, found: pl.DataFrame) -> None:
    """What the registry holds of the viewer's sites, for checks where the export is made."""
    accepted = set(found.filter(pl.col("acceptance_number").is_not_null())["site_ods_code"])
    for site in view.viewer.sites:
        if site in accepted and view.viewer.may("upload", site):
            downloads.button(
                view,
                f"What the registry holds of {site}, to check exports offline (ZIP)",
                partial(_held, view, site),
                f"history-{site}.zip",
                mime="application/zip",
                key=f"offline-{site}",
            )


def _held(view: View, site: str) -> bytes:
    return view.desk.history(site) or b""


def _state_text(row: Mapping[str, Any]) -> str:
    return f"{row['state']} (nil return)" if row["nil_return"] else str(row["state"])


def period_text(row: Mapping[str, Any]) -> str:
    """The period of a submission: 2026/27 Q2, or 1 Apr 2024 to 31 Mar 2026."""
    if row["period_start"] is None or row["period_end"] is None:
        return "–"
    whole = quarter(row["period_start"])
    if (whole.start, whole.end) == (row["period_start"], row["period_end"]):
        return whole.label
    return f"{words.day(row['period_start'])} to {words.day(row['period_end'])}"


def _chosen(view: View, found: pl.DataFrame) -> None:
    st.header("One submission", anchor=False)
    rows = {row["submission_id"]: row for row in found.iter_rows(named=True)}
    first = next(
        (name for name, row in rows.items() if row["state"] in ("held", "refused")),
        next(iter(rows)),
    )
    named = {
        name: f"{row['site_ods_code']}, {period_text(row)}, {row['state']}, {row['filename']}"
        for name, row in rows.items()
    }
    picked = choices.picked("submission", "Submission", named, first, is_always_said=True)
    submission_detail.show(view, rows[picked], list(rows.values()))
