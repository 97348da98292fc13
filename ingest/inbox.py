"""The inbox: where the dashboard deposits an export and reads what became of it.

A deposited file is encrypted at rest until the worker has decided on it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from cryptography.fernet import Fernet

from ingest import check_only as checks
from ingest import due as due_quarters
from ingest import progress as steps
from ingest.accepted_of import accepted_of
from ingest.agreement import exclusions_digest
from ingest.decisions import (
    asked,
    lock,
    locked_periods,
    request_accept,
    request_roll_back,
    request_withdraw,
    sign_off,
    signed_off,
    unlock,
)
from ingest.difference import Difference, between
from ingest.effect_words import with_sentences
from ingest.files import write_whole
from ingest.folder import EXPORT
from ingest.form import Form
from ingest.home import Home, open_home
from ingest.ledger_frames import SUBMISSION_SCHEMA, timed
from ingest.nhs_numbers import withheld_name
from ingest.report_frames import EXCLUSION_SCHEMA, FINDING_SCHEMA, findings_told
from ingest.since import NEW, PERSISTING
from ingest.template import write_workbook
from sql.accepted import reports
from sql.ledger import Ledger, LedgerError

__all__ = [
    "Difference",
    "Form",
    "Report",
    "as_received",
    "asked",
    "content",
    "deposit",
    "difference",
    "due",
    "lock",
    "locked_periods",
    "remove",
    "report",
    "request_accept",
    "request_roll_back",
    "request_withdraw",
    "sign_off",
    "signed_off",
    "submissions",
    "template",
    "unlock",
    "write_report",
]


@dataclass(frozen=True)
class Since:
    """What has changed since the site's last checked submission."""

    submission_id: str
    received_at: datetime
    new: int
    persisting: int
    untouched: int  # earlier findings on records that this export leaves alone
    resolved: pl.DataFrame  # FINDING_SCHEMA and effect, of earlier findings that are no more


@dataclass(frozen=True)
class Report:
    """What the check said of a submission."""

    verdict: str
    records: dict[str, int]
    notices: tuple[str, ...]
    not_evaluated: tuple[str, ...]  # rules whose tables were not there
    not_evaluable: dict[str, int]  # by rule, the rows on which it could not say yes or no
    findings: pl.DataFrame  # FINDING_SCHEMA and effect, those that do most first
    exclusions: pl.DataFrame
    since: Since | None  # None where the site had sent nothing before

    @property
    def exclusions_digest(self) -> str:
        """Of the list of exclusions: who accepts it says which list was shown."""
        return exclusions_digest(self.exclusions.iter_rows(named=True))


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
    write_whole(opened.inbox_file(submission_id), Fernet(opened.inbox_key()).encrypt(data))
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
    encrypted = home.inbox_file(submission_id).read_bytes()
    return Fernet(home.inbox_key()).decrypt(encrypted)


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
    if "incident" in told:
        return CheckedOnly(None, told["incident"])
    return CheckedOnly(_report(told), None)


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


def report(home: Path, submission_id: str) -> Report:
    """The report of a submission that was checked.

    Raises:
        FileNotFoundError: if it has not been checked yet.
    """
    return _report(json.loads(open_home(home).report_file(submission_id).read_text("utf-8")))


def _report(told: dict[str, Any]) -> Report:
    findings = with_sentences(findings_told(told["findings"]).select(list(FINDING_SCHEMA)))
    return Report(
        verdict=told["verdict"],
        records=told["records"],
        notices=tuple(told["notices"]),
        not_evaluated=tuple(told["not_evaluated"]),
        not_evaluable=told.get("not_evaluable", {}),  # reports before it have none
        findings=findings,
        exclusions=pl.DataFrame(told["exclusions"], schema=EXCLUSION_SCHEMA, orient="row"),
        since=_since(told, findings) if "since" in told else None,
    )


def _since(told: dict[str, Any], findings: pl.DataFrame) -> Since:
    last = told["since"]
    return Since(
        submission_id=last["submission_id"],
        received_at=datetime.fromisoformat(last["received_at"]),
        new=findings.filter(pl.col("status") == NEW).height,
        persisting=findings.filter(pl.col("status") == PERSISTING).height,
        untouched=last["untouched"],
        resolved=with_sentences(findings_told(told["resolved"]).select(list(FINDING_SCHEMA))),
    )


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


def write_report(home: Home, submission_id: str, told: dict[str, Any]) -> None:
    """Keep a report; it holds places and rules, never a value."""
    text = json.dumps(told, ensure_ascii=False)
    write_whole(home.report_file(submission_id), text.encode("utf-8"))


def template() -> bytes:
    """The workbook that a site fills in."""
    written = BytesIO()
    write_workbook(written)
    return written.getvalue()
