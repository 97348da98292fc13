"""What may be downloaded of one submission: report, receipt, the export as received."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.data import View
from ingest import inbox
from ingest.home import open_home

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(view: View, row: Mapping[str, Any]) -> None:
    """The downloads of a checked submission, and its digests."""
    submission_id = row["submission_id"]
    with st.container(horizontal=True):
        if open_home(view.home).workbook_file(submission_id).exists():
            _button(
                "Report with your rows annotated (XLSX)",
                f"report-{submission_id}.xlsx",
                XLSX,
                lambda: inbox.report_workbook(view.home, submission_id) or b"",
            )
        _button(
            "Receipt (PDF)",
            f"receipt-{submission_id}.pdf",
            "application/pdf",
            lambda: inbox.receipt_pdf(view.home, submission_id),
        )
        _button(
            "Receipt (HTML)",
            f"receipt-{submission_id}.html",
            "text/html",
            lambda: inbox.receipt_html(view.home, submission_id),
        )
        if row["acceptance_number"] is not None:
            _button(
                "The export as received",
                f"{submission_id}{Path(row['filename']).suffix.lower()}",
                "application/octet-stream",
                lambda: _as_received(view, submission_id),
            )
    with st.expander("Proof: the digests of this submission"):
        st.text(f"SHA-256 of the file: {row['sha256']}")
        if row["canonical_digest"]:
            st.text(f"Digest of the content, whatever its form: {row['canonical_digest']}")


def _as_received(view: View, submission_id: str) -> bytes:
    found = inbox.as_received(view.home, submission_id)
    return found[1] if found else b""


def _button(label: str, name: str, kind: str, content: Any) -> None:
    """A download that is made when it is asked for."""
    st.download_button(
        label, data=content, file_name=name, mime=kind, on_click="ignore", key=f"file-{name}"
    )
