"""The report workbook of a check on the site's own computer, where there is no submission."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.entries import of_verdict
from ingest.ledger_frames import SUBMISSION_SCHEMA
from ingest.nhs_numbers import withheld_name
from ingest.pipeline import Verdict
from ingest.reading import RawExport
from ingest.report_kept import report_of
from ingest.report_words import Told
from ingest.report_workbook import report_workbook


def site_report(path: Path, verdict: Verdict, read: Sequence[RawExport], at: datetime) -> bytes:
    """The workbook that the registry would offer: summary, findings, the rows with their marks.

    Args:
        read: the export, or nothing where it could not be read.
    """
    data = path.read_bytes() if path.is_file() else b""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    row: dict[str, Any] = dict.fromkeys(SUBMISSION_SCHEMA) | {
        "submission_id": "(checked, not sent)",
        "state": verdict.verdict,
        "filename": withheld_name(path.name),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest() if data else "none: a folder",
        "received_at": moment,
        "received_by": "nobody: a check on the site's own computer",
        "code": verdict.kept.words["code"],
    }
    row |= of_verdict(verdict, at)
    row["site_ods_code"] = verdict.assessment.submission.site if verdict.assessment else "not read"
    is_refused = verdict.verdict == "refused"
    exports = () if is_refused else read
    rows = {name: raw.frame for export in exports for name, raw in export.tables.items()}
    return report_workbook(Told(row, report_of(verdict.kept)), rows)
