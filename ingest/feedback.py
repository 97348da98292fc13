"""What a site gets back of a submission: the report workbook, the receipt, and its answers."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from ingest.answers import give
from ingest.files import write_whole
from ingest.home import LONDON, Home, open_home
from ingest.ledger_frames import timed
from ingest.receipt import html_of, pdf_of, receipt_of
from ingest.report_kept import Kept, report_of, unpacked
from ingest.report_words import Told
from ingest.sealed import seal, unseal
from sql import ledger_answers
from sql.ledger import Ledger

TWELVE_MONTHS = timedelta(days=365)
ANSWER_SCHEMA = {"number": pl.Int64} | dict.fromkeys(
    (
        *("site_ods_code", "finding_id", "rule", "reason", "expires", "by"),
        *("at", "taken_back_at", "taken_back_by"),
    ),
    pl.String,
)


def report_workbook(home: Path, submission_id: str) -> bytes | None:
    """The report as a workbook (.xlsx), or None where the worker has not written it."""
    opened = open_home(home)
    try:
        sealed = opened.workbook_file(submission_id).read_bytes()
    except FileNotFoundError:
        return None
    return unseal(opened.inbox_key(), sealed)


def write_workbook(home: Home, submission_id: str, workbook: bytes) -> None:
    """Keep a report workbook; it holds rows, and lies encrypted as the inbox does."""
    write_whole(home.workbook_file(submission_id), seal(home.inbox_key(), workbook))


def remove_workbook(home: Home, submission_id: str) -> None:
    """Take away the workbook of a submission whose rows are no longer kept."""
    home.workbook_file(submission_id).unlink(missing_ok=True)


def receipt_html(home: Path, submission_id: str) -> str:
    """The receipt of a submission that was checked, as one page that needs nothing else.

    Raises:
        FileNotFoundError: if it has not been checked yet.
    """
    return html_of(receipt_of(*_told(home, submission_id)))


def receipt_pdf(home: Path, submission_id: str) -> bytes:
    """The same as a PDF; the same submission in the same state gives the same bytes."""
    return pdf_of(receipt_of(*_told(home, submission_id)))


def _told(home: Path, submission_id: str) -> tuple[Told, dict[str, object]]:
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        row = ledger.submission(submission_id)
    manifest = opened.submission_folder(submission_id) / "manifest.json"
    accepted = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
    return Told(row, report_of(_kept(opened, submission_id))), accepted


def _kept(home: Home, submission_id: str) -> Kept:
    return unpacked(home.report_file(submission_id).read_bytes())


def answer_finding(
    home: Path,
    submission_id: str,
    finding_id: str,
    *,
    reason: str,
    by: str,
    at: datetime,
    expires: date | None = None,
) -> int:
    """Answer a query "verified unusual", for 12 months unless said; gives the answer's number.

    Raises:
        LedgerError: if it is no query of this submission, or the reason or the day will
            not do, in plain words.
    """
    opened = open_home(home)
    last = expires or at.astimezone(LONDON).date() + TWELVE_MONTHS
    with Ledger(opened.ledger_path) as ledger:
        site = ledger.submission(submission_id)["site_ods_code"]
        told = _kept(opened, submission_id).findings
        said = {"site": site, "reason": reason, "by": by}
        return give(ledger, told, finding_id, **said, expires=last, at=at)


def take_back_answer(home: Path, number: int, *, by: str, at: datetime) -> None:
    """End an answer before its time.

    Raises:
        LedgerError: if no such answer stands.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        ledger_answers.take_back(ledger, number, by=by, at=at)


def answers(home: Path, sites: Collection[str] | None) -> pl.DataFrame:
    """Every answer of these sites (None: all), newest first, those that have ended too.

    Returns:
        ANSWER_SCHEMA; expires is a day, at and taken_back_at are UTC.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        rows = ledger_answers.answers(ledger, sites)
    frame = timed([{**row, "given_at": row["at"]} for row in rows], _TIMED)
    return (
        frame.with_columns(pl.col("expires").str.to_date("%Y-%m-%d"))
        .rename({"given_at": "at"})
        .select(list(ANSWER_SCHEMA))
        .sort("number", descending=True)
    )


_TIMED = {("given_at" if name == "at" else name): kind for name, kind in ANSWER_SCHEMA.items()}
