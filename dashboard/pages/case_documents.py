"""The documents attached to a case: listed, read, attached and removed by those who may."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import downloads, states, words
from dashboard.data import View
from dashboard.figures import table
from dashboard.pages.cases_board import Case
from sql.case_documents import may_attach
from sql.ledger import LedgerError

KINDS = ["pdf", "docx", "xlsx", "png", "txt"]
MOST_MB = 10
LISTED = {
    "name": "Document",
    "size": "Size",
    "state": "State",
    "attached": "Attached",
    "sha256": "SHA-256",
    "note": "What was found",
}
STATES = {
    "waiting": "○ being looked into",
    "kept": "● kept",
    "refused": "■ refused",
    "removed": "– removed",
}


def show(view: View, row: Case) -> None:
    """The list, and for those who may move the case a place to add to it."""
    st.markdown("**Documents**")
    found = view.desk.documents(row["number"])
    if found:
        rows = [
            {
                **{name: one[name] for name in ("name", "sha256")},
                "size": size_text(one["bytes"]),
                "state": STATES[one["state"]],
                "attached": f"{one['by']}, {_moment(one['at'])}",
                "note": words.opened(one["note"] or "–"),
            }
            for one in found
        ]
        table(pl.DataFrame(rows).select(*LISTED), LISTED, reads="Documents of the case")
        _read(view, row, [one for one in found if one["state"] == "kept"])
    else:
        states.nothing("No document is attached.")
    if may_attach(row, view.viewer):
        _attach(view, row)


def size_text(size: int) -> str:
    """A size as people read it: 340 kB, 1.2 MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


def _moment(told: str) -> str:
    return words.moment_text(datetime.fromisoformat(told))


def _read(view: View, row: Case, kept: list[Any]) -> None:
    if not kept:
        return
    names = {one["number"]: f"{one['name']} ({size_text(one['bytes'])})" for one in kept}
    number = row["number"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(
            "Open", list(names), format_func=names.__getitem__, key=f"document-{number}"
        )
        downloads.button(
            view,
            "Download",
            lambda: view.desk.document(number, picked)[1],
            next(one["name"] for one in kept if one["number"] == picked),
            key=f"download-document-{number}-{picked}",
            called=f"document {picked}",
        )
    if view.viewer.may("decide a case", row["site_ods_code"]):
        _remove(view, picked)


def _remove(view: View, document: int) -> None:
    with st.popover("Remove"):
        why = st.text_input("Why it is removed (kept on record)", key=f"why-{document}").strip()
        if st.button("Remove the document", disabled=not why, key=f"remove-{document}"):
            try:
                view.desk.remove_document(document, why=why)
            except LedgerError as refusal:
                st.warning(words.plain(words.opened(str(refusal))))
                return
            st.rerun()


def _attach(view: View, row: Case) -> None:
    number = row["number"]
    tries = st.session_state.setdefault("attached", 0)  # a new control forgets the last file
    sent = st.file_uploader(
        f"Attach a document ({', '.join(KINDS)}; at most {MOST_MB} MB)",
        type=KINDS,
        max_upload_size=MOST_MB,
        key=f"attach-{number}-{tries}",
    )
    st.caption(
        "It must hold no patient-identifiable information. One in which an NHS number is found is "
        "refused; pictures, scanned pages and what is embedded cannot be looked into, and the "
        "person who attaches them answers for them."
    )
    if sent is None or not st.button("Attach", type="primary", key=f"attach-now-{number}"):
        return
    try:
        view.desk.attach_document(number, sent.name, sent.getvalue())
    except LedgerError as refusal:
        st.warning(words.plain(words.opened(f"{refusal}.")))
        return
    st.session_state["attached"] = tries + 1
    st.rerun()
