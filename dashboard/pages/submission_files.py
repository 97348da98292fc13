"""What may be downloaded of one submission, and how to know its content again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.data import View
from ingest import inbox


def show(view: View, row: Mapping[str, Any]) -> None:
    """The downloads of a checked submission, and its digests."""
    with st.container(horizontal=True):
        if row["acceptance_number"] is not None:
            _as_received(view, row)
    with st.expander("Proof: the digests of this submission"):
        st.text(f"SHA-256 of the file: {row['sha256']}")
        if row["canonical_digest"]:
            st.text(f"Digest of the content, whatever its form: {row['canonical_digest']}")


def _as_received(view: View, row: Mapping[str, Any]) -> None:
    submission_id = row["submission_id"]

    def content() -> bytes:
        found = inbox.as_received(view.home, submission_id)
        return found[1] if found else b""

    st.download_button(
        "The export as received",
        data=content,
        file_name=f"{submission_id}{Path(row['filename']).suffix.lower()}",
        mime="application/octet-stream",
        on_click="ignore",
        key=f"received-{submission_id}",
    )
