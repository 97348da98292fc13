"""What may be downloaded of one submission: report, receipt, the export as received."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import downloads
from dashboard.data import View

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(view: View, row: Mapping[str, Any]) -> None:
    """The downloads of a checked submission, and its digests."""
    submission_id = row["submission_id"]
    with st.container(horizontal=True):
        if view.desk.has_workbook(submission_id):
            _button(
                view,
                "Report with your rows annotated (XLSX)",
                f"report-{submission_id}.xlsx",
                XLSX,
                lambda: view.desk.report_workbook(submission_id) or b"",
            )
        _button(
            view,
            "Receipt (PDF)",
            f"receipt-{submission_id}.pdf",
            "application/pdf",
            lambda: view.desk.receipt_pdf(submission_id),
        )
        _button(
            view,
            "Receipt (HTML)",
            f"receipt-{submission_id}.html",
            "text/html",
            lambda: view.desk.receipt_html(submission_id),
        )
        is_kept = view.desk.has_export(submission_id)
        if is_kept:
            _button(
                view,
                "The export as received",
                f"{submission_id}{Path(row['filename']).suffix.lower()}",
                "application/octet-stream",
                lambda: _as_received(view, submission_id),
            )
    if row["acceptance_number"] is not None and not is_kept:
        st.caption(
            "The export as received is not kept: it held an identifier or a patient who was "
            "erased since, or nobody sent it (a roll-back)."
        )
    with st.expander("Proof: the digests of this submission"):
        st.text(f"SHA-256 of the file: {row['sha256']}")
        if row["canonical_digest"]:
            st.text(f"Digest of the content, whatever its form: {row['canonical_digest']}")


def _as_received(view: View, submission_id: str) -> bytes:
    found = view.desk.as_received(submission_id)
    return found[1] if found else b""


def _button(view: View, label: str, name: str, kind: str, content: downloads.Content) -> None:
    downloads.button(view, label, content, name, mime=kind, key=f"file-{name}")
