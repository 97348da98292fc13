"""Erasure: patients who asked for it in an export, and orders of the registry team."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, viewer, words
from dashboard.data import View
from dashboard.figures import download, sentence, table
from sql.access import AccessDenied
from sql.erasure_tables import (
    ASKED,
    CANCELLED,
    COUNTS,
    DONE,
    EXPORT,
    PREVIEWED,
    REFUSED,
)
from sql.erasures import sites_of
from sql.ledger import LedgerError

Row = Mapping[str, Any]

COLUMNS = {
    "number": "No.",
    "state_text": "State",
    "source_text": "Asked for",
    "asked_by": "By",
    "asked": "On",
    "touches": "Touches",
    "done": "Done",
    "why": "Reason",
}
MARKS = {DONE: "● done", REFUSED: "– refused", CANCELLED: "– cancelled"}
ENDED = tuple(MARKS)
NOT_REACHED = (
    "An erasure does not reach: board packs already issued; backups, until they expire; "
    "documents attached to a case, and words that people wrote in one. An export that is held "
    "stays encrypted until it is decided or lapses, 28 days at most, and is accepted without the "
    "patient."
)


def show(view: View) -> None:
    """What waits for a decision or is under way, the form to order one, and every one so far."""
    found = view.desk.erasures()
    for row in found:
        if row["state"] == PREVIEWED:
            _decide(view, row)
    under_way = [row["number"] for row in found if row["state"] not in (PREVIEWED, *ENDED)]
    if under_way:
        _working(view, under_way)
    with st.expander("Order an erasure", expanded=not found):
        _order(view)
    if not found:
        states.nothing("No patient has been erased, and none has asked for it.")
    else:
        _all(view, found)
    st.caption(NOT_REACHED)


def touched(row: Row) -> str:
    """What an erasure touches, in one sentence."""
    numbers = [words.counted(row[name] or 0, name.removesuffix("s")) for name in COUNTS]
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}, of {', '.join(sites_of(row))}"


def _decide(view: View, row: Row) -> None:
    number = row["number"]
    with st.container(border=True):
        st.markdown(f"**Erasure {number} waits for you: it would touch**")
        sentence(f"{words.opened(touched(row))}.")
        sentence(f"Ordered by {row['asked_by']}, {_moment(row['asked_at'])}: {row['reason']}.")
        is_sure = st.checkbox("Erase for good: there is no way back.", key=f"sure-{number}")
        if st.button("Erase", type="primary", disabled=not is_sure, key=f"erase-{number}"):
            _try(lambda: view.desk.confirm_erasure(number))
        reason = st.text_input("To cancel, a reason", max_chars=300, key=f"why-{number}").strip()
        if st.button("Cancel the order", disabled=not reason, key=f"cancel-{number}"):
            _try(lambda: view.desk.cancel_erasure(number, reason=reason))


@states.watched(2)
def _working(view: View, numbers: Sequence[int]) -> None:
    view = viewer.fresh(view)
    now = {row["number"]: row["state"] for row in view.desk.erasures()}
    if any(now[number] in (PREVIEWED, *ENDED) for number in numbers):
        st.rerun()
    for number in numbers:
        doing = "counted" if now[number] == ASKED else "erased"
        st.text(f"○ Erasure {number}: what it touches is being {doing}. The page says so itself.")


def _order(view: View) -> None:
    with st.form("order an erasure", clear_on_submit=True):
        site = st.text_input("Site whose ids these are: its code", max_chars=9).strip().upper()
        ids = st.text_area(
            "The patients' ids as the site sends them (patient_pseudo_id), one a line",
            help="Never an NHS number. They are turned into keys at once and not shown again.",
        )
        reason = st.text_input("Reason, kept for good; never an id", max_chars=300)
        if st.form_submit_button("Count what it would touch"):
            _try(lambda: view.desk.order_erasure(site, ids.splitlines(), reason=reason))
    st.caption(
        "Nothing is erased before you have seen what it touches. A patient whom several sites "
        "hold under the same id is erased at all of them."
    )


def _all(view: View, found: Sequence[Row]) -> None:
    done = [row for row in found if row["state"] == DONE]
    patients = sum(row["patients"] or 0 for row in done)
    sentence(
        f"{words.opened(words.counted(len(done), 'erasure'))} done, of "
        f"{words.counted(patients, 'patient')}; {len(found) - len(done)} others."
    )
    shown = frame(found)
    table(shown, COLUMNS, reads="Erasures, newest first", rows=12)
    download(view, shown.select(*COLUMNS), "erasures")


def frame(found: Sequence[Row]) -> pl.DataFrame:
    """The erasures as people read them: the columns of COLUMNS."""
    rows = [
        {
            "number": row["number"],
            "state_text": MARKS.get(row["state"], f"○ {row['state']}"),
            "source_text": "in an export" if row["source"] == EXPORT else "by order",
            "touches": ", ".join(sites_of(row)) if row["records"] is None else touched(row),
            "asked_by": row["asked_by"],
            "asked": _moment(row["asked_at"]),
            "done": _moment(row["done_at"]) if row["done_at"] else "–",
            "why": f"{row['reason']} ({row['note']})" if row["note"] else row["reason"],
        }
        for row in found
    ]
    return pl.DataFrame(rows).select(*COLUMNS)


def _try(act: Callable[[], object]) -> None:
    """Carry out a decision; where the ledger refuses, its sentence is shown."""
    try:
        act()
    except (LedgerError, AccessDenied) as refusal:
        st.warning(words.plain(f"{words.opened(str(refusal))}."))
        return
    st.rerun()


def _moment(told: str) -> str:
    return words.moment_text(datetime.fromisoformat(told))
