"""The control by which every page is shown as it stood, and what each page says of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from dashboard import choices, states, viewer, words
from dashboard.data import View
from dashboard.words import plain
from ingest.inbox import Desk, KeptStates, Stood
from sql.access import AccessDenied, Viewer
from sql.snapshot_rebuilt import erased_since_text

AS_OF = "as_of"  # in the URL, and in the session from page to page: a day, or a year's snapshot
NOW, DAY = "", "day"
SNAPSHOTS_ONLY = "Published figures are kept as annual snapshots only: choose one."
YEAR = re.compile(r"[0-9]{4}-[0-9]{2}")


def chosen(desk: Desk, kept: KeptStates) -> Stood | None:
    """Draw the control, and give the past state that it names; None for the present."""
    if not desk.viewer.may("see published figures"):
        return None
    asked = st.query_params.get(AS_OF, st.session_state.get(AS_OF, NOW))
    with st.sidebar:
        asked = _control(desk, kept, asked)
    _remember(asked)
    if asked == NOW:
        return None
    return _stood(desk, asked)


def _stood(desk: Desk, asked: str) -> Stood:
    """What there is of the state that an address names, or why there is nothing."""
    if YEAR.fullmatch(asked):
        return desk.as_frozen(asked.replace("-", "/"))
    day = _day(asked)
    if day is None:
        return Stood(desk.now.date(), why=f"No such day: {asked}.")
    try:
        return desk.as_it_stood(day)
    except AccessDenied:
        return Stood(day, why=SNAPSHOTS_ONLY)


def looking_back(who: Viewer) -> Viewer:
    """The viewer, who may see and do nothing."""
    return replace(who, is_looking_back=True)


def banner(past: Stood, of_today: str) -> None:
    """What every page says of a past state, and the way back.

    Args:
        of_today: what on the page is read from the ledger and so is of today; empty: nothing.
    """
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        erased = f" {words.opened(erased_since_text(past.erased))}." if past.erased else ""
        today = f" {of_today} are those of today." if of_today else ""
        st.markdown(_told(past) + erased + today)
        _back("banner")


def _told(past: Stood) -> str:
    """Which state is shown, as Markdown."""
    if past.snapshot is not None and past.is_rebuilt:
        return (
            f"**Snapshot {plain(past.snapshot)}**, taken {words.day(past.day)} by an earlier "
            "version: the state of that moment, worked out with today's definitions. The frozen "
            "release is kept as it was."
        )
    if past.snapshot is not None and past.erased:
        return (
            f"**Snapshot {plain(past.snapshot)}**, taken {words.day(past.day)}: release "
            f"{past.release} took the place of the frozen one, worked out with today's definitions."
        )
    if past.snapshot is not None:
        return (
            f"**Snapshot {plain(past.snapshot)}**, taken {words.day(past.day)}: the frozen release "
            f"{past.release}, with its figures of that day."
        )
    return (
        f"**As it stood on {words.day(past.day)}**: the state recorded by the end of that day "
        f"(Europe/London), worked out with today's definitions."
    )


def absent(past: Stood, view: View) -> None:
    """In the place of a page: that the state is being worked out, or why there is none."""
    if past.why:
        st.info(plain(past.why))
        _back("absent")
        return
    _working(past, view)
    _back("absent")


@states.watched(1)
def _working(past: Stood, view: View) -> None:
    view = viewer.fresh(view)
    asked = past.snapshot.replace("/", "-") if past.snapshot is not None else past.day.isoformat()
    found = _stood(Desk(view.home, view.person, view.now), asked)
    if found.release is not None or found.why:
        st.rerun()
    st.text(f"The registry as it stood on {words.day(past.day)} is being worked out:")
    for is_done, step in (
        (True, "asked for"),
        (found.is_begun, "begun: every submission accepted by then is read again"),
        (False, "audited and ready"),
    ):
        st.text(f"{'●' if is_done else '○'} {step}")
    st.caption("The page appears by itself. It is kept, so that the next look takes no time.")


def only_now(what: str) -> None:
    """On a page that has no past."""
    st.info(plain(what))
    _back("only-now")


def _control(desk: Desk, kept: KeptStates, asked: str) -> str:
    who, now = desk.viewer, desk.now
    names = {NOW: "Now"}
    names |= {one.year.replace("/", "-"): f"Snapshot {one.year}" for one in kept.taken}
    last = now.astimezone(words.LONDON).date() - timedelta(days=1)
    may_choose = who.may("see rows") and kept.begun is not None and kept.begun <= last
    if may_choose:
        names[DAY] = "A day"
    if len(names) == 1 and asked == NOW:
        return NOW
    if asked != NOW and asked not in names and not (may_choose and _day(asked)):
        return asked  # what it names is refused below, with its reason
    wanted, key = asked if asked in names else DAY, f"{KEY}{who.role}"
    picked = st.selectbox(
        "As it stood",
        list(names),
        index=choices.begun(AS_OF, key, list(names), wanted),
        format_func=names.__getitem__,
        key=key,
        help="Every page as the registry stood at a past moment.",
    )
    if picked != DAY:
        return picked
    begins, day_key = _day(asked), f"{key}_day"
    if day_key in st.session_state and choices.is_elsewhere(AS_OF):
        st.session_state[day_key], begins = begins, None
    day = st.date_input(
        "By the end of",
        value=begins,
        min_value=min(kept.begun or last, _day(asked) or last),
        max_value=max(last, _day(asked) or last),
        format="DD/MM/YYYY",
        key=day_key,
    )
    return day.isoformat() if isinstance(day, date) else NOW


def _remember(asked: str) -> None:
    st.session_state[AS_OF] = asked
    choices.keep(AS_OF, asked, NOW)


def _back(place: str) -> None:
    st.button("Back to now", key=f"back-{place}", on_click=_to_now)


@states.pressed
def _to_now() -> None:
    st.query_params.pop(AS_OF, None)
    st.session_state[AS_OF] = NOW


# Of the control's key, which names the viewer: another persona's choice must not linger in it.
KEY = "control_as_of_"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
