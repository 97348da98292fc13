"""Sign-in by OpenID Connect: who it says is there, and the way in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import streamlit as st

from dashboard import states
from ingest import inbox
from sql.accounts import Account
from sql.ledger import LedgerAway
from sql.sessions import IDLE, LONGEST, Refusal, SignIn

Clock = Callable[[Path], datetime]

SAYS: Mapping[Refusal, str] = {
    "no account": "This address has no account in the registry, or it belongs to another sign-in. "
    "A registry admin can make one; then sign in again.",
    "unverified": "The sign-in provider does not vouch for this e-mail address, so nobody can be "
    "let in by it. Ask whoever runs the provider to confirm it; then sign in again.",
    "disabled": "This account was closed. A registry admin can say why.",
    "signed out": "You have signed out.",
    "idle": f"This session ended after {IDLE.total_seconds() / 60:.0f} minutes without a click. "
    "Nothing that was sent is lost.",
    "too long": f"A sign-in is good for {LONGEST.total_seconds() / 3600:.0f} hours; this one is "
    "over. Nothing that was sent is lost.",
}
WATCHED_EVERY = "60s"


def said() -> SignIn | None:
    """What the provider said of this browser's sign-in; None where nobody has signed in.

    The cookie's signature was checked by the server before it came here.
    """
    claims = st.user.to_dict()
    if not claims.get("is_logged_in"):
        return None
    try:
        return SignIn.of(claims)
    except (KeyError, ValueError):
        return None


def account(home: Path, now: datetime) -> Account | Refusal | None:
    """The account that this session opens now, or why it opens none; None: nobody is there."""
    there = said()
    return None if there is None else inbox.stand(home, there, at=now)


def way_in(why: Refusal | None) -> None:
    """The page of whoever is not signed in."""
    if why is None:
        st.text("Nobody is signed in. Sign in with the account of your organisation.")
    else:
        st.warning(SAYS[why])
    if said() is None or why in ("signed out", "idle", "too long"):
        st.button("Sign in", type="primary", on_click=st.login)
    else:
        st.button("Sign in as somebody else", on_click=st.logout)


def way_out(home: Path, clock: Clock) -> None:
    """The button that signs out, here and at the provider; and a watch over the session."""
    st.button("Sign out", on_click=_sign_out, args=(home, clock))
    _watch(home, clock)


@states.pressed
def _sign_out(home: Path, clock: Clock) -> None:
    there = said()
    if there is not None:
        inbox.sign_out(home, there, at=clock(home))
    st.logout()


@st.fragment(run_every=WATCHED_EVERY)
def _watch(home: Path, clock: Clock) -> None:
    """Take the page away once its session is over: a screen left alone shows no patient."""
    there = said()
    try:
        is_over = there is None or inbox.is_over(home, there, at=clock(home))
    except LedgerAway:
        is_over = True  # nobody can say that it stands; the page says why
    if is_over:
        st.rerun()
