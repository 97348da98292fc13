"""What a button unfolds over the page: drawn once it is opened, as most never are."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def unfolds(label: str, draw: Callable[[], None], *, key: str) -> None:
    """A button that unfolds what is drawn as soon as it is opened.

    Args:
        key: once a page.
    """
    place = st.popover(label, width="content", key=key, on_change="rerun")
    if is_open(place.open):
        with place:
            draw()


def is_open(said: bool | None) -> bool:
    """Whether a reader has opened it."""
    return bool(said)
