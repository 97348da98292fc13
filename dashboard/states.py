"""The states of a page that has no figure to show, each said plainly."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from dashboard.words import plain
from sql.access import AccessDenied
from sql.ledger import LedgerAway

Shown = ParamSpec("Shown")

LOG = logging.getLogger("dashboard")


def no_data(why: str) -> None:
    """No release can be shown; exports can be sent all the same."""
    st.info(
        f"{plain(why)} Figures appear here as soon as one is; exports can be sent and "
        "checked before."
    )


def nothing(sentence: str) -> None:
    """An empty result that is an answer: nothing to list."""
    st.info(plain(sentence))


def too_few(sentence: str) -> None:
    """Too few to judge: why, and from which n on it can be."""
    st.info(f"– {plain(sentence)}")


def suppressed_legend() -> None:
    st.caption(
        "Published figures, such as the national ones: \\* = 1 to 7, not shown so that nobody can "
        "be recognised; of all sites together up to 12, or more where nearly all are of one site; "
        "any number where a figure is withheld, because a small one could be worked out from it. "
        "Other numbers are rounded to the nearest 5, per cents and intervals are those of the "
        "rounded numbers, and a per cent is given from a rounded 20 on. A zero is a zero. A dash: "
        "no per cent, as there are too few or the figure is withheld."
    )


def not_permitted(sentence: str) -> None:
    st.warning(f"Not permitted. {plain(sentence)}")


def failed(error: Exception) -> None:
    """Our error: logged under an id; the page gives the id and nothing else."""
    incident = logged(error)
    st.error(
        f"This page could not be shown: our error, not yours. Incident {incident}. "
        "Please give this number to the registry team."
    )


def logged(error: Exception) -> str:
    """Log an error of ours; gives the incident's number.

    What the error says may hold a cell or a path: told are its type and where it arose.
    """
    incident = secrets.token_hex(4).upper()
    frames = traceback.extract_tb(error.__traceback__)
    where = ", ".join(f"{Path(one.filename).name}:{one.lineno} in {one.name}" for one in frames)
    LOG.error("incident %s: %s at %s", incident, type(error).__name__, where)
    return incident


def away(sentence: str, *, is_said: bool = False) -> None:
    """The ledger cannot be asked for now: why, and the page again once it can."""
    if not is_said:
        st.warning(plain(sentence))
    st.session_state[_IS_SAID] = True
    _look_again()


_IS_SAID = "the ledger is away"
_AGAIN_SECONDS = 5


@st.fragment(run_every=_AGAIN_SECONDS)
def _look_again() -> None:
    if not st.session_state.pop(_IS_SAID, False):
        st.rerun()


def pressed(act: Callable[Shown, None]) -> Callable[Shown, None]:
    """What a button or a choice does before the page is drawn anew, outside of every page.

    Where it cannot be done, the page that is drawn next says so (`undone`).
    """

    @wraps(act)
    def guarded(*arguments: Shown.args, **named: Shown.kwargs) -> None:
        try:
            act(*arguments, **named)
        except LedgerAway as absent:
            st.session_state[_UNDONE] = str(absent)
        except Exception as error:
            st.session_state[_UNDONE] = (
                f"That was not done: our error, not yours. Incident {logged(error)}. "
                "Please give this number to the registry team."
            )

    return guarded


_UNDONE = "why the last press did nothing"


def undone() -> str:
    """Say why the last press did nothing, once; gives what was said, or nothing."""
    why = str(st.session_state.pop(_UNDONE, ""))
    if why:
        st.warning(plain(why))
    return why


def watched(seconds: int) -> Callable[[Callable[Shown, None]], Callable[Shown, None]]:
    """A part of a page that is drawn anew every so many seconds, the ledger there or not."""

    def decorated(show: Callable[Shown, None]) -> Callable[Shown, None]:
        @st.fragment(run_every=seconds)
        @wraps(show)
        def guarded(*arguments: Shown.args, **named: Shown.kwargs) -> None:
            try:
                show(*arguments, **named)
            except LedgerAway as absent:
                st.warning(plain(str(absent)))
            except AccessDenied as denial:
                not_permitted(str(denial))
            except Exception as error:
                failed(error)

        return guarded

    return decorated
