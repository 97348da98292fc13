"""The buttons that make a board pack and give it as PDF, HTML and XLSX."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import downloads
from dashboard.data import View
from dashboard.reports import drawn, making
from dashboard.reports.parts import Pack


def buttons(view: View, scope: str | None) -> None:
    """One button to make the pack, then one for each form of it.

    Args:
        scope: a trust, or "national"; without one there is nothing to make.
    """
    if scope is None or view.past is not None:  # a pack is made of the release served
        return
    st.header("Board pack", anchor=False)
    # The rights that it was made with are in its name: another role or other sites see none of it.
    rights, release, _ = view.reader.cache_key
    kept = f"pack-{scope}-{release}-{rights}"
    if st.button("Make the board pack", key=f"make-{scope}"):
        with st.spinner("Making the pack from the served release"):
            st.session_state[kept] = making.issue(view.home, view.viewer, scope, view.now)
    pack: Pack | None = st.session_state.get(kept)
    if pack is None:
        st.caption(
            "One page of decisions, then compliance, outcomes and data quality. "
            + ("Published figures only." if scope == making.NATIONAL else "Holds own cases.")
        )
        return
    name = f"ire-board-pack-{scope}-release-{pack.release}"
    with st.container(horizontal=True):
        for label, content, kind in (
            ("PDF", drawn.pdf_of, "application/pdf"),
            ("HTML", drawn.html_of, "text/html"),
            ("XLSX", drawn.xlsx_of, XLSX),
        ):
            downloads.button(
                view,
                f"Board pack as {label}",
                partial(content, pack),
                f"{name}.{label.lower()}",
                mime=kind,
                key=f"{kept}-{label}",
            )
    st.caption(
        "Its figures are attached to the PDF; the registry team verifies it with "
        "`ire-audit verify`."
    )


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
