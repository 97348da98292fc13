"""What this viewer may do with a case now, and why the other moves are closed."""

from __future__ import annotations

import streamlit as st

from dashboard import states, words
from dashboard.data import View
from dashboard.pages.cases_board import Case, today
from sql.case_clock import moves
from sql.case_moves import Move
from sql.ledger import LedgerError
from sql.outlier_cases import MOST_CHARACTERS


def show(view: View, row: Case) -> None:
    """One form for the moves that are open, and a list of the closed ones with their reasons."""
    st.markdown("**What may be done now**")
    if view.past is not None:
        states.nothing("Nothing: this is the past.")
        return
    known = moves(row, view.viewer, today(view))
    if not known:
        states.nothing("Nothing: the case is closed.")
        return
    may = {legal.name: legal for legal, why in known if not why}
    if may:
        _form(view, row, may)
    else:
        states.nothing("Nothing by you at this stage.")
    closed = [f"{words.opened(legal.name)}: {why}." for legal, why in known if why]
    if closed:
        st.caption(words.plain(f"Not open to you now. {' '.join(closed)}"))


def _form(view: View, row: Case, may: dict[str, Move]) -> None:
    at = f"{row['number']}-{row['stage']}"
    picked = st.radio(
        "Choose",
        list(may),
        format_func=words.opened,
        key=f"move-{at}",
        label_visibility="collapsed",
    )
    legal = may[picked]
    text = ""
    if legal.asks:
        text = st.text_area(
            f"{legal.asks} (kept for good; no names and no numbers of patients)",
            max_chars=MOST_CHARACTERS,
            key=f"said-{at}-{picked}",
        ).strip()
    is_told = bool(text) or not legal.asks
    if st.button("Record", disabled=not is_told, type="primary", key=f"record-{at}"):
        try:
            view.desk.move_case(row["number"], picked, seen=row["stage"], text=text)
        except LedgerError as refusal:
            st.warning(words.plain(str(refusal)))
            return
        st.rerun()
