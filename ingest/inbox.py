"""The inbox: where the dashboard deposits an export and reads what became of it.

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
from ingest.administering import (
    accounts,
    agree_account,
    audit_events,
    audit_faults,
    change_account,
    disable_account,
    grant_account,
    is_over,
    sign_out,
    stand,
)
from ingest.answers import standing
from ingest.attaching import attach_document, document, documents, remove_document
from ingest.bridges import Progress as BridgeProgress
from ingest.bridges import bridge_progress, request_bridge
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
from ingest.difference import Difference
from ingest.erasure_order import cancel_erasure, confirm_erasure, erasure_list, order_erasure
from ingest.feedback import (
    answer_finding,
    answers,
    receipt_html,
    receipt_pdf,
    report_workbook,
    take_back_answer,
)
from ingest.files import write_whole
from ingest.form import Form
from ingest.home import Home, open_home
from ingest.kept_of_site import as_received, difference, due, history
from ingest.ledger_frames import SUBMISSION_SCHEMA, timed
from ingest.looking_back import Kept as KeptStates
from ingest.looking_back import Stood, as_frozen, as_it_stood
from ingest.looking_back import kept as kept_states
from ingest.nhs_numbers import withheld_name
from ingest.only_checked import (
    CheckedOnly,
    check_only,
    checked_only,
    forget_check,
    is_check_waiting,
)
from ingest.outgoing import outbox
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
from ingest.snapshotting import (
    Validation,
    cancel_snapshot,
    open_snapshot,
    request_snapshot,
    snapshot_differences,
    snapshot_list,
    validation,
)
from sql.ledger import Ledger

__all__ = [
    "BridgeProgress",
    "CheckedOnly",
    "Difference",
    "Form",
    "KeptStates",
    "Report",
    "Since",
    "Stood",
    "Validation",
    "accounts",
    "agree_account",
    "analysed_periods",
    "answer_finding",
    "answers",
    "as_frozen",
    "as_it_stood",
    "as_received",
    "asked",
    "attach_document",
    "audit_events",
    "audit_faults",
    "bridge_progress",
    "cancel",
    "cancel_erasure",
    "cancel_snapshot",
    "case_steps",
    "cases",
    "change_account",
    "check_only",
    "checked_only",
    "confirm_erasure",
    "content",
    "cut_words",
    "deposit",
    "difference",
    "disable_account",
    "document",
    "documents",
    "due",
    "erasure_list",
    "forget_check",
    "grant_account",
    "history",
    "is_check_waiting",
    "is_over",
    "kept_states",
    "lock",
    "locked_periods",
    "move_case",
    "open_snapshot",
    "order_erasure",
    "outbox",
    "progress",
    "receipt_html",
    "receipt_pdf",
    "remove",
    "remove_document",
    "report",
    "report_workbook",
    "request_accept",
    "request_bridge",
    "request_roll_back",
    "request_snapshot",
    "request_withdraw",
    "request_workbook",
    "review_event",
    "sign_off",
    "sign_out",
    "signed_off",
    "snapshot_differences",
    "snapshot_list",
    "stand",
    "submissions",
    "take_back_answer",
    "template",
    "unlock",
    "validation",
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
