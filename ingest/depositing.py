"""Files in the inbox: deposited, followed, cancelled, and what the check said of them.

A deposited file is encrypted at rest until the worker has decided on it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import polars as pl

from ingest import progress as steps
from ingest import template as templates
from ingest.answers import standing
from ingest.files import write_whole
from ingest.form import Form
from ingest.home import Home, open_home
from ingest.ledger_frames import SUBMISSION_SCHEMA, timed
from ingest.nhs_numbers import withheld_name
from ingest.report_frames import Report
from ingest.report_kept import SHOWN, Kept, packed, report_of, unpacked
from ingest.sealed import seal, unseal
from sql.ledger import Ledger, LedgerError

MOST_WAITING = 20  # exports of one site: nobody fills the disk, or lets all others wait


def require_turn(home: Path, site: str) -> None:
    """Pass where another export of a site may wait to be checked.

    Raises:
        LedgerError: if MOST_WAITING of them wait already.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        waiting = ledger.submissions([site], ["received", "checking"])
    require_fewer(len(waiting), site)


def require_fewer(waiting: int, site: str) -> None:
    """Pass where so few exports of a site wait that another may.

    Raises:
        LedgerError: if MOST_WAITING of them wait already.
    """
    if waiting >= MOST_WAITING:
        raise LedgerError(
            f"{waiting} exports of {site} wait to be checked, and no more than {MOST_WAITING} "
            "may: send the next one once one of them is decided"
        )


def deposit(
    home: Path,
    data: bytes,
    filename: str,
    *,
    site: str,
    by: str,
    at: datetime,
    form: Form | None = None,
) -> str:
    """Put a file into the inbox, encrypted, and enter it as received.

    Args:
        form: what a manifest would say, for a single table's file.

    Returns:
        The id of the new submission.
    """
    opened = open_home(home)
    submission_id = f"{at:%Y%m%d}-{secrets.token_hex(8)}"
    write_whole(opened.inbox_file(submission_id), seal(opened.inbox_key(), data))
    with Ledger(opened.ledger_path) as ledger:
        ledger.receive(
            submission_id,
            site=site,
            filename=Path(withheld_name(filename)).name[:120],
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            by=by,
            at=at,
            form=form.told() if form is not None else None,
        )
    return submission_id


def content(home: Home, submission_id: str) -> bytes:
    """The deposited bytes, for the worker."""
    return unseal(home.inbox_key(), home.inbox_file(submission_id).read_bytes())


def remove(home: Home, submission_id: str) -> None:
    """Take the file out of the inbox once it is decided."""
    steps.forget(home, submission_id)
    home.inbox_file(submission_id).unlink(missing_ok=True)


def progress(home: Path, submission_id: str) -> tuple[str, ...]:
    """The steps of a check that have begun: "read", then each table that is checked."""
    return steps.told(open_home(home), submission_id)


def cancel(home: Path, submission_id: str, *, by: str, at: datetime) -> None:
    """Ask the worker to stop the check of a submission, and to keep nothing of it."""
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        if ledger.submission(submission_id)["state"] in ("received", "checking"):
            steps.ask_to_stop(opened, submission_id, by)
            ledger.append("cancel requested", submission_id, by=by, at=at)


def submissions(home: Path, sites: Collection[str] | None) -> pl.DataFrame:
    """Every submission of these sites (None: all), newest first.

    Returns:
        One row a submission: the ledger's columns; times are UTC, periods are dates.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        rows = ledger.submissions(sites)
    return timed(rows, SUBMISSION_SCHEMA).sort("received_at", "submission_id", descending=True)


def report(home: Path, submission_id: str, today: date | None = None) -> Report:
    """The report of a submission that was checked.

    Args:
        today: with it `answer` is what stands on this day; without, what stood at the check.

    Raises:
        FileNotFoundError: if it has not been checked yet.
    """
    opened = open_home(home)
    kept = unpacked(opened.report_file(submission_id).read_bytes(), SHOWN)
    if today is None:
        return report_of(kept)
    with Ledger(opened.ledger_path) as ledger:
        site = ledger.submission(submission_id)["site_ods_code"]
        return report_of(kept, answers=standing(ledger, site, today))


def write_report(home: Home, submission_id: str, kept: Kept) -> None:
    """Keep a report; it holds places and rules, never a value."""
    write_whole(home.report_file(submission_id), packed(kept))


def template() -> bytes:
    """The workbook that a site fills in."""
    written = BytesIO()
    templates.write_workbook(written)
    return written.getvalue()
