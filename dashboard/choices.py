"""Choices that stand in the address of their page, so that it can be passed on and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

SAID = "what the address says"  # in the session: by name, as its control left it
TAB = "tab"


def picked(
    name: str,
    label: str,
    options: Mapping[str, str],
    first: str,
    *,
    is_always_said: bool = False,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """One of some options, with their words.

    Args:
        name: in the address.
        first: what the page begins with.
        is_always_said: True where the address says it also then, since it moves with the data.
    """
    asked = st.query_params.get(name, first)
    key, names = f"picked {name}", list(options)
    chosen = st.selectbox(
        label,
        names,
        index=begun(name, key, names, asked if asked in options else first),
        format_func=options.__getitem__,
        key=key,
        width=width,
    )
    keep(name, chosen, None if is_always_said else first)
    return chosen


def typed(
    name: str,
    label: str,
    *,
    placeholder: str = "",
    max_chars: int | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """What is typed into a box, without the space around it."""
    asked, key = st.query_params.get(name, ""), f"typed {name}"
    if key in st.session_state and is_elsewhere(name):
        st.session_state[key], asked = asked, ""
    text = st.text_input(
        label, value=asked, placeholder=placeholder, max_chars=max_chars, width=width, key=key
    ).strip()
    keep(name, text, "")
    return text


def tabs(labels: Sequence[str]) -> Sequence[DeltaGenerator]:
    """The tabs of a page; the address has the words of the open one, without its count."""
    names = [label.partition(" (")[0] for label in labels]
    asked, key = st.query_params.get(TAB, names[0]), " ".join(labels)
    wanted = names.index(asked) if asked in names else 0
    if key not in st.session_state or is_elsewhere(TAB):
        st.session_state[key] = labels[wanted]  # tabs with another default are other tabs
    shown = st.tabs(labels, key=key, on_change="rerun")
    keep(TAB, names[list(labels).index(st.session_state[key])], names[0])
    return shown


def begun(name: str, key: str, options: Sequence[str], wanted: str) -> int:
    """The place of what a control is drawn with, where it is drawn for the first time.

    Later it shows what it has, unless a link has changed the address or the option is gone. It
    has a key for that: a control without one is another as soon as what it begins with moves,
    and the second of two choices would be lost.
    """
    has = st.session_state.get(key)
    if key in st.session_state and (is_elsewhere(name) or has not in options):
        st.session_state[key] = wanted
        return 0
    return list(options).index(wanted)


def keep(name: str, chosen: str, first: str | None) -> None:
    """Let the address say what is chosen, unless it is what the page begins with."""
    if chosen == first:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
    st.session_state.setdefault(SAID, {})[name] = st.query_params.get(name)


def is_elsewhere(name: str) -> bool:
    """True where the address says something else than the control last did."""
    said: dict[str, str | None] = st.session_state.get(SAID, {})
    return st.query_params.get(name) != said.get(name)
