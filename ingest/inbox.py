"""The inbox: where the dashboard deposits an export and reads what became of it.

A deposited file is encrypted at rest until the worker has decided on it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import polars as pl

from ingest import check_only as checks
from ingest import due as due_quarters
from ingest import progress as steps
from ingest import template as templates
from ingest.accepted_of import accepted_of
from ingest.answers import standing
from ingest.decisions import (
    asked,
    lock,
    locked_periods,
    request_accept,
    request_roll_back,
    request_withdraw,
    request_workbook,
    sign_off,
    signed_off,
    unlock,
)
from ingest.difference import Difference, between
from ingest.feedback import (
    answer_finding,
    answers,
    receipt_html,
    receipt_pdf,
    report_workbook,
    take_back_answer,
)
from ingest.files import write_whole
from ingest.folder import EXPORT
from ingest.form import Form
from ingest.history import written
from ingest.home import Home, open_home
from ingest.ledger_frames import SUBMISSION_SCHEMA, timed
from ingest.nhs_numbers import withheld_name
from ingest.report_frames import Report, Since
from ingest.report_kept import SHOWN, Kept, packed, report_of, unpacked
from ingest.report_words import cut_words
from ingest.reviewing import (
    analysed_periods,
    case_steps,
    cases,
    move_case,
    review_event,
    with_reviews,
)
from ingest.sealed import seal, unseal
from sql.accepted import reports
from sql.ledger import Ledger, LedgerError
from sql.locks import locked

__all__ = [
    "Difference",
    "Form",
    "Report",
    "Since",
    "analysed_periods",
    "answer_finding",
    "answers",
    "as_received",
    "asked",
    "case_steps",
    "cases",
    "content",
    "cut_words",
    "deposit",
    "difference",
    "due",
    "history",
    "lock",
    "locked_periods",
    "move_case",
    "receipt_html",
    "receipt_pdf",
    "remove",
    "report",
    "report_workbook",
    "request_accept",
    "request_roll_back",
    "request_withdraw",
    "request_workbook",
    "review_event",
    "sign_off",
    "signed_off",
    "submissions",
    "take_back_answer",
    "template",
    "unlock",
    "with_reviews",
    "write_report",
]


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


@dataclass(frozen=True)
class CheckedOnly:
    """What came of a check without a submission: its report, or our own fault's number."""

    report: Report | None
    incident: str | None


def check_only(
    home: Path,
    data: bytes,
    filename: str,
    *,
    site: str,
    by: str,
    at: datetime,
    form: Form | None = None,
) -> str:
    """Ask the worker what it would say of an export; nothing of it is kept.

    Returns:
        The id under which the report is found, for an hour.
    """
    return checks.ask(open_home(home), data, filename, site=site, by=by, at=at, form=form)


def is_check_waiting(home: Path, check_id: str) -> bool:
    return checks.is_waiting(open_home(home), check_id)


def checked_only(home: Path, check_id: str) -> CheckedOnly | None:
    """What came of it; None while it waits, or once it has been removed."""
    told = checks.report(open_home(home), check_id)
    if told is None:
        return None
    return CheckedOnly(None, told) if isinstance(told, str) else CheckedOnly(report_of(told), None)


def forget_check(home: Path, check_id: str) -> None:
    """Remove the report of a check without a submission."""
    checks.forget(open_home(home), check_id)


def submissions(home: Path, sites: Collection[str] | None) -> pl.DataFrame:
    """Every submission of these sites (None: all), newest first.

    Returns:
        One row a submission: the ledger's columns; times are UTC, periods are dates.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        rows = ledger.submissions(sites)
    return timed(rows, SUBMISSION_SCHEMA).sort("received_at", "submission_id", descending=True)


def due(home: Path, sites: Collection[str] | None, today: date) -> pl.DataFrame:
    """What these sites (None: all) owe for each quarter that has ended, and who is late.

    Returns:
        ingest.due.SCHEMA; no row where no register is loaded.
    """
    opened = open_home(home)
    register = opened.newest_register()
    if register is None:
        return pl.DataFrame(schema=due_quarters.SCHEMA)
    with Ledger(opened.ledger_path) as ledger:
        reported = reports(accepted_of(opened, ledger.walk()))
        held = ledger.submissions(states=("held",))
    return due_quarters.due(reported, held, register, today, sites)


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


def as_received(home: Path, submission_id: str) -> tuple[str, bytes] | None:
    """An accepted file as it was received: its name and its bytes.

    None where nothing of it is kept: it was not accepted, it held an identifier, or it is
    a roll-back, which nobody sent.
    """
    opened = open_home(home)
    kept = sorted(opened.submission_folder(submission_id).glob(f"{EXPORT}.*"))
    if not kept:
        return None
    with Ledger(opened.ledger_path) as ledger:
        return str(ledger.submission(submission_id)["filename"]), kept[0].read_bytes()


def difference(home: Path, a: str, b: str, *, today: date, own_rows: bool = False) -> Difference:
    """What changed from one submission of a site to another: records, cells, indicators.

    Compared are the states of the site right after each was accepted; with `own_rows` the
    rows of the two submissions themselves, which move no indicator. It holds patients'
    values: for viewers who may see the site's rows, worked out anew at each call.

    Args:
        today: decides which quarters have ended.

    Raises:
        LedgerError: if one was never accepted, or they are of two sites.
    """
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        rows = [ledger.submission(name) for name in (a, b)]
        for row in rows:
            if row["acceptance_number"] is None:
                raise LedgerError(f"submission {row['submission_id']} was never accepted")
        if rows[0]["site_ods_code"] != rows[1]["site_ods_code"]:
            raise LedgerError("the two submissions are of two sites")
        walks = [[row] if own_rows else ledger.walk(after=row["acceptance_number"]) for row in rows]
    site = rows[0]["site_ods_code"]
    before, after = (accepted_of(opened, walk, site) for walk in walks)
    register = None if own_rows else opened.newest_register()
    return between(before, after, register, today)


def write_report(home: Home, submission_id: str, kept: Kept) -> None:
    """Keep a report; it holds places and rules, never a value."""
    write_whole(home.report_file(submission_id), packed(kept))


def history(home: Path, site: str, *, at: datetime) -> bytes | None:
    """What the registry holds of a site, for checks on its own computer; see ingest.history.

    It holds patients' rows: for those who may see the site's. None without a register.
    """
    opened = open_home(home)
    register = opened.newest_register()
    if register is None:
        return None
    with Ledger(opened.ledger_path) as ledger:
        rows = [row for row in ledger.walk() if row["site_ods_code"] == site]
        every = ledger.submissions([site])
        periods = locked(ledger)
    extracts = [datetime.fromisoformat(row["extract_datetime"]) for row in rows]
    return written(
        site,
        accepted_of(opened, rows, site),
        [opened.submission_folder(row["submission_id"]) for row in every],
        register,
        storage_key=opened.storage_key(),
        newest_extract=max(extracts, default=None),
        locked=periods,
        at=at,
    )


def template() -> bytes:
    """The workbook that a site fills in."""
    written = BytesIO()
    templates.write_workbook(written)
    return written.getvalue()
