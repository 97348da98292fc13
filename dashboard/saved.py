"""Saved views: keep a page as it is chosen now, under a name, and open what was kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import filters, links, past, viewer, words
from dashboard.unfolding import unfolds
from ingest.inbox import Desk
from sql.ledger import LedgerError
from sql.saved_views import LONGEST_NAME, SavedView

OPENED = "saved"  # in the address of a link to a view: there is nothing chosen beside it
ARRIVED = "how many saved views were opened"  # in the session
# What stands in an address and is no choice of the page.
NOT_CHOSEN = (viewer.PERSONA, OPENED, "embed", "embed_options")


def arrive() -> None:
    """Where a saved view was opened: let go of what the session remembers from page to page.

    A choice that filters nothing leaves no trace in an address, so that what is remembered would
    take its place.
    """
    if st.query_params.pop(OPENED, None) is not None:
        st.session_state.pop(filters.MEMORY, None)
        st.session_state.pop(past.AS_OF, None)
        st.session_state[ARRIVED] = st.session_state.get(ARRIVED, 0) + 1


def way_in(desk: Desk, path: str) -> None:
    """What stands beside the title of every page: keep this view, open another."""
    # Another popover after each that was opened: it would stand open before what it led to.
    key = f"saved views {st.session_state.get(ARRIVED, 0)}"
    unfolds("Saved views", lambda: _kept(desk, path), key=key)


def _kept(desk: Desk, path: str) -> None:
    with st.form("save view", clear_on_submit=True, border=False):
        name = st.text_input(NAME, max_chars=LONGEST_NAME, placeholder="Bleeds of a year")
        if st.form_submit_button("Save this view"):
            chosen = st.query_params.to_dict()
            query = {one: chosen[one] for one in chosen if one not in NOT_CHOSEN}
            if _done(lambda: desk.save_view(name, path, query)):
                st.success("Saved.")
    st.caption(
        "Kept is what is chosen on this page, for you alone; its figures are read anew "
        "whenever it is opened."
    )
    listed(desk, "top")


NAME = "Name of this view (no names and no numbers of patients)"


def listed(desk: Desk, place: str) -> None:
    """A viewer's views, each a link, and below what changes them.

    Args:
        place: where on the page; each once.
    """
    found = desk.saved_views()
    if not found:
        st.caption("No view is saved yet.")
        return
    for one in found:
        _link(one)
    with st.expander("Rename or delete"):
        _change(desk, found, place)


def section(desk: Desk) -> None:
    """The views on Home."""
    st.header("Saved views", anchor=False)
    listed(desk, "home")


def _link(one: SavedView) -> None:
    title = links.title_of(one.page)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if title is None:
            st.text(one.name)
            st.caption("Not open to this account.")
        else:
            links.to_address(one.page, words.plain(one.name), one.query | {OPENED: str(one.number)})
            st.caption(words.plain(title))


def _change(desk: Desk, found: Sequence[SavedView], place: str) -> None:
    named = {one.number: one.name for one in found}
    with st.form(f"change view {place}", clear_on_submit=True, border=False):
        number = st.selectbox("View", list(named), format_func=named.__getitem__)
        name = st.text_input("New name", max_chars=LONGEST_NAME)
        with st.container(horizontal=True):
            renames = st.form_submit_button("Rename")
            deletes = st.form_submit_button("Delete")
    if renames and _done(lambda: desk.rename_view(number, name)):
        st.rerun()
    if deletes and _done(lambda: desk.delete_view(number)):
        st.rerun()


def _done(act: Callable[[], object]) -> bool:
    """Do it; what refuses it is said."""
    try:
        act()
    except LedgerError as refusal:
        st.warning(words.plain(str(refusal)))
        return False
    return True
