"""The reporting years: which is validated, which is frozen, who signed, and what may be done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, viewer, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from sql.ledger import LedgerError
from sql.reader_periods import DUE, quarter, quarters
from sql.snapshot_policy import window_on
from sql.snapshot_rebuilt import erased_since_text
from sql.snapshot_tables import CANCELLED, OPEN, TAKEN
from sql.snapshots import snapshot_year

Row = Mapping[str, Any]

YEARS = {
    "period": "Year",
    "taken_on": "Taken",
    "release": "Release",
    "signed": "Signed",
    "not_signed": "Did not sign",
    "erased": "Records erased since",
}
HASHES = {
    "period": "Year",
    "full_sha256": "SHA-256 of the full file",
    "public_hash": "Hash of what is published",
    "code_hash": "Hash of the code",
    "rules_hash": "Hash of the rules",
}


def show(view: View) -> None:
    """What is validated now with its buttons, the snapshots taken, and the way to open a year."""
    rows = view.desk.snapshots()
    validating = [row for row in rows if row["state"] == OPEN]
    for row in validating:
        _validating(view, row)
    taken = [row for row in rows if row["state"] == TAKEN]
    if taken:
        _taken(view, taken)
    elif not validating:
        states.nothing("No reporting year is frozen yet: every figure is provisional.")
    cancelled = [row for row in rows if row["state"] == CANCELLED]
    for row in cancelled:
        st.caption(
            words.plain(
                f"Validation of {row['period']}, opened {_day(row['opened_at'])}, was cancelled "
                f"by {row['cancelled_by']}: {row['cancel_reason']}"
            )
        )
    _open(view, rows)


def _validating(view: View, row: Row) -> None:
    found = view.desk.validation(row["number"])
    last = date.fromisoformat(row["window_end"])
    left = (last - view.now.date()).days
    until = f"{words.counted(left, 'day')} left" if left >= 0 else "that day has passed"
    with st.container(border=True):
        st.markdown(f"**{words.plain(row['period'])}: sites validate**")
        sentence(f"Opened {_day(row['opened_at'])}, up to {words.day(last)}: {until}.")
        sentence(
            f"{len(found.signed)} of {len(found.signed) + len(found.not_signed)} sites have "
            f"signed; not yet: {', '.join(found.not_signed) or 'none'}."
        )
        st.caption(words.plain(f"Length of the window: {row['window_source']}."))
        _decide(view, row, found.closed)


def _decide(view: View, row: Row, closed: str) -> None:
    number = row["number"]
    asked = view.desk.asked_of_snapshot(number)
    if asked.height and asked["outcome"][-1] is None:
        _waiting(view, number)
        return
    if asked.height and asked["outcome"][-1] != "done":
        st.warning(words.plain(f"Not taken: {asked['outcome'][-1]}."))
    if closed:
        sentence(f"Not to be taken yet: {closed}.")
    is_sure = not closed and st.checkbox(
        f"Freeze {row['period']} for good: it takes corrections only from then on.",
        key=f"sure-{number}",
    )
    if st.button("Take the snapshot", disabled=not is_sure, type="primary", key=f"take-{number}"):
        _try(lambda: view.desk.request_snapshot(number))
    reason = st.text_input("To cancel, a reason (kept for good)", max_chars=300, key=f"c-{number}")
    said = reason.strip()
    if st.button("Cancel the validation", disabled=not said, key=f"cancel-{number}"):
        _try(lambda: view.desk.cancel_snapshot(number, reason=said))


@states.watched(1)
def _waiting(view: View, number: int) -> None:
    asked = viewer.fresh(view).desk.asked_of_snapshot(number)
    if asked["outcome"][-1] is not None:
        st.rerun()
    st.text("○ asked for: the worker builds the release, freezes it and locks the year")


def _taken(view: View, taken: Sequence[Row]) -> None:
    newest = taken[0]
    signed, others = json.loads(newest["signed"]), json.loads(newest["not_signed"])
    sentence(
        f"{words.opened(words.counted(len(taken), 'reporting year'))} frozen. The newest, "
        f"{newest['period']}, is release {newest['release']}, taken {_day(newest['taken_at'])} by "
        f"{newest['taken_by']}; {len(signed)} of {len(signed) + len(others)} sites had signed"
        + (f", not {', '.join(others)}." if others else ".")
    )
    shown = pl.DataFrame(
        [
            {
                **row,
                "taken_on": datetime.fromisoformat(row["taken_at"]).astimezone(words.LONDON).date(),
                "signed": ", ".join(json.loads(row["signed"])) or "none",
                "not_signed": ", ".join(json.loads(row["not_signed"])) or "none",
            }
            for row in taken
        ],
        infer_schema_length=None,
    )
    table(shown, YEARS, reads="Snapshots taken, newest first")
    with st.expander("Hashes of the snapshots"):
        table(shown, HASHES, reads="Hashes of the snapshots")
        download(view, shown.select(*HASHES), "snapshot-hashes")
    if st.button("Verify the files of the snapshots"):
        for number, found in view.desk.snapshot_differences().items():
            year = next(row["period"] for row in taken if row["number"] == number)
            if found:
                st.warning(words.plain(f"■ {year}: {' '.join(found)}"))
            else:
                erased = next(row["erased"] for row in taken if row["number"] == number)
                since = f"; {erased_since_text(erased)}" if erased else ""
                as_taken = "files, ledger and audit log are as they were when taken"
                sentence(f"● {year}: {as_taken}{since}.")


def _open(view: View, rows: Sequence[Row]) -> None:
    """The button that opens a year whose last quarter is due and that has no snapshot."""
    has_one = {row["period"] for row in rows if row["state"] != CANCELLED}
    since = view.desk.kept_states().reported_since
    today = view.now.date()
    ended = quarters(since, today) if since is not None else []
    last = [one for one in ended if one.label.endswith("Q4") and one.end + DUE < today]
    years = [label for label in (one.label.split()[0] for one in last) if label not in has_one]
    if not years:
        this = snapshot_year(quarter(today).label.split()[0])
        st.caption(f"{this.label} can be opened after {words.day(this.end + DUE)}.")
        return
    window = window_on(today)
    to_confirm = "" if window.is_confirmed else "; its length is to be confirmed by a person"
    with st.expander("Open the validation of a year"):
        year = st.selectbox("Reporting year", years)
        st.caption(f"Sites have {window.days} days to validate and sign{to_confirm}.")
        if st.button("Open the validation"):
            _try(lambda: view.desk.open_snapshot(year))


def _try(decide: Callable[[], object]) -> None:
    """Carry out a decision; where the ledger refuses, its sentence is shown."""
    try:
        decide()
    except LedgerError as refusal:
        st.warning(words.plain(f"{words.opened(str(refusal))}."))
        return
    st.rerun()


def _day(moment: str) -> str:
    return words.day(datetime.fromisoformat(moment).astimezone(words.LONDON).date())
