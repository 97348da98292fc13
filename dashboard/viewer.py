"""Who is looking. The demo picks a persona; sign-in gives an account."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard import data, signing_in, states, words
from dashboard.data import View
from dashboard.settings import DEMO
from ingest import inbox
from sql.access import DEMO_VIEWERS, AccessDenied, Viewer
from sql.accounts import Account
from sql.sessions import Refusal

PERSONA = "persona"  # session state, and in the demo the URL


def now(home: Path) -> datetime:
    """The time that pages and deposits are given: the demo's fixed day, else the clock."""
    return data.demo_now(home) if is_demo_mode() else datetime.now(UTC)


def is_demo_mode() -> bool:
    return os.environ.get(DEMO) == "1"


def current(home: Path) -> Viewer | Refusal | None:
    """The viewer of this session, why a sign-in opens none, or None where nobody signed in.

    Read again at every run, from the ledger alone. Personas exist in the demo only, and only on
    a demo home.
    """
    if not is_demo_mode():
        found = signing_in.account(home, now(home))
        return found.viewer if isinstance(found, Account) else found
    data.demo_now(home)  # raises where the home is not a demo home
    return DEMO_VIEWERS[persona()]


def standing(view: View) -> Viewer:
    """The viewer of a page's session as the ledger has the account at this moment.

    It can be asked where no page is drawn: while a file is made. Asking is no click.

    Raises:
        AccessDenied: if the session opens nothing any more.
    """
    if is_demo_mode():
        return view.person
    if view.sign_in is None:
        raise AccessDenied("Nobody is signed in.")
    found = inbox.standing(view.home, view.sign_in, at=now(view.home))
    if isinstance(found, Account):
        return found.viewer
    raise AccessDenied(signing_in.SAYS[found])


def fresh(view: View) -> View:
    """The same view now, for a part of a page that is drawn by itself.

    Where the session's rights are no longer those that the page was drawn with, the page is
    drawn anew by those of the moment.
    """
    try:
        is_same = standing(view) == view.person
    except AccessDenied:
        is_same = False
    if not is_same:
        st.rerun()
    return replace(view, now=now(view.home))


def persona() -> str:
    """The persona chosen in this session; at its start the one that the URL names."""
    if PERSONA not in st.session_state:
        asked = st.query_params.get(PERSONA)
        first = next(iter(DEMO_VIEWERS))
        st.session_state[PERSONA] = asked if asked in DEMO_VIEWERS else first
    chosen: str = st.session_state[PERSONA]
    return chosen


def picker() -> None:
    """The demo's persona picker."""
    names = list(DEMO_VIEWERS)

    @states.pressed
    def take() -> None:
        st.session_state[PERSONA] = st.session_state["persona_picker"]

    st.selectbox(
        "Look as (demo persona)",
        names,
        index=names.index(persona()),
        format_func=lambda name: words.opened(DEMO_VIEWERS[name].role),
        key="persona_picker",
        on_change=take,
        help="The demo has no sign-in: choose whose rights the pages follow.",
    )
    st.query_params[PERSONA] = persona()


def introduced(viewer: Viewer) -> str:
    """Name, role and scope on one line: Dr A. Demo, governance lead, ZZ301 and ZZ302."""
    held = " and ".join(viewer.sites)
    return ", ".join(part for part in (viewer.name, viewer.role, held) if part)
