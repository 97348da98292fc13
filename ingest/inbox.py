"""The inbox: where the dashboard deposits an export and reads what became of it.

A deposited file is encrypted at rest until the worker has decided on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from cryptography.fernet import Fernet

from ingest.home import Home, open_home
from ingest.template import write_workbook
from sql.ledger import Ledger
from sql.requests import request

FINDING_SCHEMA = {
    "rule": pl.String,
    "code": pl.String,
    "severity": pl.String,
    "table": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "key": pl.String,
    "message": pl.String,
    "fix": pl.String,
}
EXCLUSION_SCHEMA = {
    "rule": pl.String,
    "table": pl.String,
    "key": pl.String,
    "column": pl.String,
    "line": pl.Int64,
    "is_protected": pl.Boolean,
}
_SUBMISSION_SCHEMA = {
    "submission_id": pl.String,
    "site_ods_code": pl.String,
    "state": pl.String,
    "filename": pl.String,
    "bytes": pl.Int64,
    "sha256": pl.String,
    "received_at": pl.String,
    "received_by": pl.String,
    "attempts": pl.Int64,
    "period_start": pl.String,
    "period_end": pl.String,
    "submission_type": pl.String,
    "extract_datetime": pl.String,
    "nil_return": pl.Boolean,
    "canonical_digest": pl.String,
    "acceptance_number": pl.Int64,
    "code": pl.String,
    "records_read": pl.Int64,
    "records_excluded": pl.Int64,
    "findings_F": pl.Int64,
    "findings_R": pl.Int64,
    "findings_B": pl.Int64,
    "findings_W": pl.Int64,
    "decided_at": pl.String,
    "note": pl.String,
}


@dataclass(frozen=True)
class Report:
    """What the check said of a submission."""

    verdict: str
    records: dict[str, int]
    notices: tuple[str, ...]
    not_evaluated: tuple[str, ...]
    findings: pl.DataFrame
    exclusions: pl.DataFrame


def deposit(home: Path, data: bytes, filename: str, *, site: str, by: str, at: datetime) -> str:
    """Put a file into the inbox, encrypted, and enter it as received.

    Returns:
        The id of the new submission.
    """
    opened = open_home(home)
    submission_id = f"{at:%Y%m%d}-{secrets.token_hex(8)}"
    _write_whole(opened.inbox_file(submission_id), Fernet(opened.inbox_key()).encrypt(data))
    with Ledger(opened.ledger_path) as ledger:
        ledger.receive(
            submission_id,
            site=site,
            filename=Path(filename).name[:120],
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            by=by,
            at=at,
        )
    return submission_id


def content(home: Home, submission_id: str) -> bytes:
    """The deposited bytes, for the worker."""
    encrypted = home.inbox_file(submission_id).read_bytes()
    return Fernet(home.inbox_key()).decrypt(encrypted)


def remove(home: Home, submission_id: str) -> None:
    """Take the file out of the inbox once it is decided."""
    home.inbox_file(submission_id).unlink(missing_ok=True)


def submissions(home: Path, sites: Collection[str] | None) -> pl.DataFrame:
    """Every submission of these sites (None: all), newest first.

    Returns:
        One row a submission: the ledger's columns; times are UTC, periods are dates.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        rows = ledger.submissions(sites)
    frame = pl.DataFrame(rows, schema=_SUBMISSION_SCHEMA, orient="row")
    return frame.with_columns(
        pl.col("period_start", "period_end").str.to_date("%Y-%m-%d"),
        pl.col("received_at", "decided_at").str.to_datetime(
            "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC"
        ),
    ).sort("received_at", "submission_id", descending=True)


def report(home: Path, submission_id: str) -> Report:
    """The report of a submission that was checked.

    Raises:
        FileNotFoundError: if it has not been checked yet.
    """
    told = json.loads(open_home(home).report_file(submission_id).read_text("utf-8"))
    return Report(
        verdict=told["verdict"],
        records=told["records"],
        notices=tuple(told["notices"]),
        not_evaluated=tuple(told["not_evaluated"]),
        findings=pl.DataFrame(told["findings"], schema=FINDING_SCHEMA, orient="row"),
        exclusions=pl.DataFrame(told["exclusions"], schema=EXCLUSION_SCHEMA, orient="row"),
    )


def write_report(home: Home, submission_id: str, told: dict[str, Any]) -> None:
    """Keep a report; it holds places and rules, never a value."""
    text = json.dumps(told, ensure_ascii=False)
    _write_whole(home.report_file(submission_id), text.encode("utf-8"))


def request_accept(
    home: Path, submission_id: str, *, by: str, at: datetime, registry_reason: str = ""
) -> None:
    """Ask the worker to accept a held submission with its listed exclusions.

    With a `registry_reason` the registry team agrees to the protected ones; who may say so
    is for the caller to require.
    """
    kind = "accept for the registry" if registry_reason else "accept"
    with Ledger(open_home(home).ledger_path) as ledger:
        request(ledger, submission_id, kind, by=by, at=at, reason=registry_reason)


def template() -> bytes:
    """The workbook that a site fills in."""
    written = BytesIO()
    write_workbook(written)
    return written.getvalue()


def request_withdraw(home: Path, submission_id: str, *, by: str, reason: str, at: datetime) -> None:
    """Ask the worker to withdraw an accepted submission."""
    with Ledger(open_home(home).ledger_path) as ledger:
        request(ledger, submission_id, "withdraw", by=by, at=at, reason=reason)


def _write_whole(path: Path, data: bytes) -> None:
    """All of the file or none of it, also when the power fails."""
    unfinished = path.with_name(path.name + ".tmp")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
