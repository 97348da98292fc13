"""The way from a figure to what is behind it: links between pages that keep what was chosen."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

OPEN = "pages that may be opened"  # in the session: by path, what st.navigation was given


def may_open(pages: Mapping[str, st.Page]) -> None:
    """Enter the pages that this viewer may open, so that others link to them."""
    st.session_state[OPEN] = dict(pages)


def title_of(path: str) -> str | None:
    """What a page is called; None where it may not be opened."""
    page = st.session_state.get(OPEN, {}).get(path)
    return None if page is None else str(page.title)


def to(path: str, label: str, **query: str) -> None:
    """A link to a page, with what is to be chosen there; nothing where it may not be opened."""
    to_address(path, label, query)


def to_address(path: str, label: str, query: Mapping[str, str]) -> None:
    """The same, with an address's query as somebody chose it."""
    page = st.session_state.get(OPEN, {}).get(path)
    if page is not None:
        st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)


def to_records(procedures: pl.DataFrame, key: str) -> None:
    """The way from a list to the record of one of its procedures.

    Args:
        procedures: site_id and procedure_id, in the order of the list, repeated or not.
        key: names the list; one of each a page.
    """
    found = list(procedures.select("site_id", "procedure_id").unique(maintain_order=True).rows())
    if not found or "record" not in st.session_state.get(OPEN, {}):
        return
    several = len({site for site, _ in found}) > 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        site, procedure = st.selectbox(
            "Procedure",
            found,
            format_func=lambda one: ", ".join(one) if several else one[1],
            key=f"record-of-{key}",
            width=320,
        )
        to("record", "Open its record", site=site, procedure=procedure)
