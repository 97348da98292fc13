"""Upload: send an export, follow its check, and see what to mend first."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from dashboard import downloads, states, viewer, words
from dashboard.data import View
from dashboard.figures import sentence
from dashboard.pages import submission_detail, submission_findings
from dashboard.pages.submission_progress import WAITING, progress
from expectations.dictionary import manifest, site_tables
from ingest.inbox import Form, Report
from sql.ledger import LedgerError
from sql.reader_periods import DUE, Period, quarter, quarters

WHOLE, TABLE = ("zip", "xlsx"), ("csv", "parquet")
MEGABYTES = 50
CHECKED = "checked only"  # session: id and site of the last dry run


def show(view: View) -> None:
    """What is due, the drop area, what waits, and the last result."""
    sites = [site for site in view.viewer.sites if view.viewer.may("upload", site)]
    _due(view)
    _send(view, sites)
    _checked(view, sites)
    found = view.desk.submissions()
    waiting = found.filter(pl.col("state").is_in(WAITING))
    if waiting.height:
        st.header("Being checked", anchor=False)
        progress(view, tuple(waiting["submission_id"]))
    decided = found.filter(~pl.col("state").is_in(WAITING))
    if decided.height:
        st.header("Your last result", anchor=False)
        row = decided.row(0, named=True)
        submission_detail.show(view, row, list(found.iter_rows(named=True)))
        st.caption("Every earlier submission stands under Submissions.")


def _due(view: View) -> None:
    """The next thing to send, and what is late."""
    due = view.desk.due()
    late = due.filter("is_late_today")
    if late.height:
        named = ", ".join(f"{s} {q}" for s, q in late.select("site_ods_code", "quarter").rows())
        st.warning(words.plain(f"▲ Late: {named}. Send them, or a nil return, as soon as you can."))
    is_open = pl.col("state").is_in(["not due", "held"]) & ~pl.col("is_late_today")
    for row in due.filter(is_open).iter_rows(named=True):
        said = "held" if row["state"] == "held" else "not sent yet"
        day = words.day(row["due_date"])
        sentence(f"{row['site_ods_code']}, {row['quarter']}: {said}, due {day}.")
    running = quarter(view.now.date())
    day = words.day(running.end + DUE)
    sentence(f"Next quarter: {running.label}, which ends on {words.day(running.end)}, due {day}.")


def _send(view: View, sites: list[str]) -> None:
    st.header("Send an export", anchor=False)
    site = sites[0] if len(sites) == 1 else st.selectbox("Site", sites)
    st.text(
        "One .zip (manifest.json with one CSV or Parquet file per table), one .xlsx workbook "
        "(a sheet per table and a manifest sheet), or a single table as .csv or .parquet. "
        "Pseudonyms only: a file that holds an NHS number, name, postcode or date of birth is "
        "refused and not kept."
    )
    template = "ire-audit-template.xlsx"
    downloads.button(view, "Template to fill in (XLSX)", view.desk.template, template)
    number = st.session_state.setdefault("uploads", 0)
    file = st.file_uploader(
        f"Export of {site}, up to {MEGABYTES} MB",
        type=[*WHOLE, *TABLE],
        key=f"export-{number}",
    )
    if file is None:
        return
    form = _form(view, Path(file.name)) if Path(file.name).suffix[1:].lower() in TABLE else None
    with st.container(horizontal=True):
        is_sent = st.button("Send", type="primary")
        is_asked = st.button("Check only", help="The same check; nothing is stored.")
    if not is_sent and not is_asked:
        return
    leave = view.desk.deposit if is_sent else view.desk.check_only
    try:
        known_as = leave(site, file.getvalue(), file.name, form=form)
    except LedgerError as refusal:
        st.error(words.plain(words.opened(f"{refusal}.")))
        return
    if is_sent:
        st.session_state["uploads"] = number + 1  # an empty drop area for the next one
        st.toast(f"Received as {known_as}.")
    else:
        st.session_state[CHECKED] = (site, known_as)
    st.rerun()


def _form(view: View, path: Path) -> Form:
    """What a manifest would say of a single table's file."""
    st.text("A single table's file has no manifest: say what it is.")
    tables = list(site_tables())
    stem = path.stem.lower()
    types = manifest().columns["submission_type"].codes
    assert types is not None
    with st.container(horizontal=True):
        table = st.selectbox(
            "Table",
            tables,
            index=tables.index(stem) if stem in tables else 0,
            format_func=lambda name: f"{name} ({site_tables()[name].title})",
        )
        period = st.selectbox("Quarter", _quarters(view.now.date()), format_func=_label)
        kind = st.selectbox("Type", list(types.codes), index=list(types.codes).index("INCREMENTAL"))
    reason = ""
    if kind == "CORRECTION":
        reason = st.text_input("Reason for the correction", max_chars=300).strip()
    return Form(table, period.start, period.end, kind, reason)


def _quarters(today: date) -> list[Period]:
    """The quarters that have ended, of the last three years, newest first."""
    ended = [q for q in quarters(date(today.year - 3, 4, 1), today) if q.end < today]
    return ended[::-1] or [quarter(today)]


def _label(period: Period) -> str:
    return period.label


def _checked(view: View, sites: list[str]) -> None:
    """The report of the last dry run of this session."""
    site, check_id = st.session_state.get(CHECKED, (None, ""))
    if site not in sites:  # none yet, or of a site that the account no longer has
        return
    st.header("Checked only: nothing was stored", anchor=False)
    if view.desk.is_check_waiting(site, check_id):
        _wait(view, site, check_id)
        return
    told = view.desk.checked_only(site, check_id)
    if told is None:
        states.nothing("The report of this check has been removed; check again.")
        return
    if told.incident:
        st.error(f"The check failed: our error, not yours. Incident {told.incident}.")
        return
    assert told.report is not None
    sentence(_verdict(told.report))
    row: dict[str, Any] = {"submission_id": check_id, "site_ods_code": "", "state": "checked"}
    submission_findings.show(view, row, told.report)
    if st.button("Forget this check"):
        view.desk.forget_check(site, check_id)
        st.session_state.pop(CHECKED)
        st.rerun()


@states.watched(2)
def _wait(view: View, site: str, check_id: str) -> None:
    st.text("○ being checked; nothing is stored")
    if not viewer.fresh(view).desk.is_check_waiting(site, check_id):
        st.rerun()


def _verdict(report: Report) -> str:
    rows = sum(report.records.values())
    return f"This export would be {report.verdict}: {words.counted(rows, 'row')} read."
