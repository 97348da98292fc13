"""Charts as pictures: what is drawn on a page, and in words what it shows of what, to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import streamlit as st
import vl_convert

from dashboard.theme import MUTED

DRAWN, CHOSEN = "drawn since the last figure", "what is chosen"  # in the session
WIDTH, SCALE = 800, 2  # in the points of the drawing, and the pixels of each
SIGNS, SMALL_SIGNS = 105, 135  # of a line
STATUS = "IRE Liver Audit. NICE HTG532: use only in the context of research."
BESIDE = "; the table has the same"

Spec = dict[str, Any]
Drawing = Callable[[], Spec]  # called when a picture is asked for


@dataclass(frozen=True)
class Picture:
    """A chart with the words that it goes with.

    Attributes:
        reads: the sentence that stands for it.
        rests_on: what is chosen, the data date and the release.
    """

    drawn: Drawing
    reads: str
    rests_on: tuple[str, ...] = ()

    def svg(self) -> str:
        return svg(self._told())

    def png(self) -> bytes:
        made: bytes = vl_convert.vegalite_to_png(self._told(), scale=SCALE)
        return made

    def _told(self) -> Spec:
        small = [line for said in (*self.rests_on, STATUS) for line in wrap(said, SMALL_SIGNS)]
        title = {
            "text": wrap(self.reads.replace(BESIDE, ""), SIGNS),
            "subtitle": small,
            "subtitleColor": MUTED,
            "subtitleFontSize": 11,
            "fontSize": 13,
            "anchor": "start",
            "frame": "bounds",
            "offset": 14,
        }
        return {**self.drawn(), "title": title, "width": WIDTH, "padding": 12}


def svg(spec: Spec) -> str:
    """A chart as SVG."""
    made: str = vl_convert.vegalite_to_svg(spec)
    return made


def begin() -> None:
    """Forget what another page has drawn."""
    for name in (DRAWN, CHOSEN):
        st.session_state.pop(name, None)


def choose(*said: str) -> None:
    """Say what all that is drawn from here on is of."""
    st.session_state[CHOSEN] = said


@contextmanager
def of(*said: str) -> Iterator[None]:
    """Say what is drawn within, where it is of something else than what is chosen."""
    chosen = st.session_state.get(CHOSEN, ())
    choose(*said)
    try:
        yield
    finally:
        choose(*chosen)


def draw(drawing: Drawing, reads: str) -> None:
    """Note a chart; it belongs to the figure whose footer comes next."""
    chosen = tuple(said for said in st.session_state.get(CHOSEN, ()) if said)
    st.session_state.setdefault(DRAWN, []).append((drawing, reads, chosen))


def drawn(*rests_on: str) -> list[Picture]:
    """The charts of the figure that ends here, in the order drawn."""
    noted = st.session_state.pop(DRAWN, [])
    return [Picture(drawing, reads, (*chosen, *rests_on)) for drawing, reads, chosen in noted]
