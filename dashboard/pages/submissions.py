"""Submissions: send an export, follow it, decide on what is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from dashboard.pages import submission_detail
from ingest import inbox

ACCEPTED_TYPES = ("zip", "xlsx")
WAITING = ("received", "checking")


def show(view: View) -> None:
    """Upload, the waiting submission's progress, the history, one submission's findings."""
    may_upload = any(view.viewer.may("upload", site) for site in view.viewer.sites)
    if may_upload:
        _upload(view)
    found = inbox.submissions(view.home, _scope(view))
    st.subheader("History", anchor=False)
    if not found.height:
        states.nothing("Nothing has been sent yet.")
        return
    waiting = found.filter(pl.col("state").is_in(WAITING))
    if waiting.height:
        _progress(view, tuple(waiting["submission_id"]))
    _history(view, found)
    _chosen(view, found)


def _scope(view: View) -> tuple[str, ...] | None:
    return None if view.viewer.reach("see rows") == "all" else view.viewer.sites


def _upload(view: View) -> None:
    st.subheader("Send an export", anchor=False)
    sites = [site for site in view.viewer.sites if view.viewer.may("upload", site)]
    site = sites[0] if len(sites) == 1 else st.selectbox("Site", sites)
    st.download_button(
        "Template to fill in (XLSX)",
        data=inbox.template,
        file_name="ire-audit-template.xlsx",
        on_click="ignore",
    )
    with st.form("upload", clear_on_submit=True):
        file = st.file_uploader(
            f"Export of {site}: one .zip (manifest.json with one CSV or Parquet file per "
            "table) or one .xlsx workbook (a sheet per table and a manifest sheet), up to 50 MB",
            type=ACCEPTED_TYPES,
            help="Pseudonyms only: no NHS number, name, postcode or date of birth. A file "
            "that holds one is refused and not kept.",
        )
        is_sent = st.form_submit_button("Send", type="primary")
    if is_sent and file is None:
        st.warning("Choose a file first.")
    if is_sent and file is not None:
        submission_id = inbox.deposit(
            view.home,
            file.getvalue(),
            file.name,
            site=site,
            by=f"{view.viewer.name}, {view.viewer.role}",
            at=view.now,
        )
        st.success(f"Received as {submission_id}. It is checked next; the result stands below.")


@st.fragment(run_every=2)
def _progress(view: View, waiting: tuple[str, ...]) -> None:
    """What waits to be checked; the page is drawn anew once something is decided."""
    found = inbox.submissions(view.home, _scope(view))
    rows = found.filter(pl.col("submission_id").is_in(waiting))
    if not rows["state"].is_in(WAITING).all():
        st.rerun()
    for row in rows.iter_rows(named=True):
        said = "being checked" if row["state"] == "checking" else "waiting to be checked"
        st.info(words.plain(f"{row['filename']} ({row['site_ods_code']}): {said}."))


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
    "filename": "File",
    "received_by": "Sent by",
    "sha256": "SHA-256",
    "submission_id": "Submission",
}


def _history(view: View, found: pl.DataFrame) -> None:
    by_state = dict(found.group_by("state").len().iter_rows())
    told = ", ".join(f"{n} {state}" for state, n in sorted(by_state.items()))
    sentence(f"{words.counted(found.height, 'submission')}: {told}.")
    shown = found.with_columns(
        pl.Series(
            "period",
            [period_text(row) for row in found.iter_rows(named=True)],
            dtype=pl.String,
        ),
        pl.Series(
            "state_text",
            [
                f"{row['state']} (nil return)" if row["nil_return"] else row["state"]
                for row in found.iter_rows(named=True)
            ],
            dtype=pl.String,
        ),
    )
    table(shown, HISTORY, reads="All submissions, newest first", rows=10)
    download(view, shown, "submissions")


def period_text(row: Mapping[str, Any]) -> str:
    if row["period_start"] is None or row["period_end"] is None:
        return "–"
    return f"{words.day(row['period_start'])} to {words.day(row['period_end'])}"


def _chosen(view: View, found: pl.DataFrame) -> None:
    st.subheader("One submission", anchor=False)
    rows = {row["submission_id"]: row for row in found.iter_rows(named=True)}
    first = next(
        (name for name, row in rows.items() if row["state"] in ("held", "refused")),
        next(iter(rows)),
    )
    asked = st.query_params.get("submission")
    names = list(rows)
    picked = st.selectbox(
        "Submission",
        names,
        index=names.index(asked if asked in rows else first),
        format_func=lambda name: (
            f"{rows[name]['site_ods_code']}, {period_text(rows[name])}, {rows[name]['state']}, "
            f"{rows[name]['filename']}"
        ),
    )
    st.query_params["submission"] = picked
    submission_detail.show(view, rows[picked])
