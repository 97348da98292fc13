"""What people decide: asked of the worker, or written into the ledger at once.

Who may is for the caller to require; what follows is the ledger's and the worker's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import polars as pl

from ingest.agreement import exclusions_digest, require_no_number
from ingest.home import open_home
from ingest.ledger_frames import LOCK_SCHEMA, REQUEST_SCHEMA, SIGN_OFF_SCHEMA, timed
from ingest.report_kept import unpacked
from sql import locks, sign_offs
from sql.ledger import Ledger
from sql.reader_periods import reporting_period
from sql.requests import FOR_REGISTRY, Kind, request, requests


def request_accept(
    home: Path,
    submission_id: str,
    *,
    by: str,
    at: datetime,
    registry_reason: str = "",
    exclusions: str | None = None,
) -> None:
    """Ask the worker to accept a held submission with its listed exclusions.

    With a `registry_reason` the registry team agrees to the protected ones; both it and
    the site must ask.

    Args:
        exclusions: the digest of the list that was shown (Report.exclusions_digest); what
            was seen is what is accepted. None for that of the report as it stands.
    """
    opened = open_home(home)
    kept = unpacked(opened.report_file(submission_id).read_bytes())
    shown = exclusions or exclusions_digest(kept.exclusions)
    _ask(home, submission_id, "accept", by, at, registry_reason, bool(registry_reason), shown)


def request_withdraw(
    home: Path,
    submission_id: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    for_registry: bool = False,
) -> None:
    """Ask the worker to withdraw an accepted submission.

    Where it touches a locked period the site lead and the registry team must both ask.
    """
    _ask(home, submission_id, "withdraw", by, at, reason, for_registry)


def request_roll_back(
    home: Path,
    submission_id: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    for_registry: bool = False,
) -> None:
    """Ask the worker to bring back the state in which a submission was the newest accepted.

    Where that changes a locked period, or takes away a complication, a death or a procedure
    that has either, the site lead and the registry team must both ask.
    """
    _ask(home, submission_id, "roll back", by, at, reason, for_registry)


def asked(home: Path, submission_id: str) -> pl.DataFrame:
    """All that was asked about a submission, and what came of it, in the order asked.

    Returns:
        number, kind, by, reason, at, outcome: null while it waits, "done", or why not.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        return timed(requests(ledger, submission_id), REQUEST_SCHEMA)


def _ask(
    home: Path,
    submission_id: str,
    kind: Kind,
    by: str,
    at: datetime,
    reason: str,
    for_registry: bool,
    digest: str | None = None,
) -> None:
    require_no_number(reason)
    name = kind + FOR_REGISTRY if for_registry else kind
    with Ledger(open_home(home).ledger_path) as ledger:
        request(ledger, submission_id, name, by=by, at=at, reason=reason, digest=digest)


def request_workbook(home: Path, submission_id: str, *, by: str, at: datetime) -> None:
    """Ask the worker to write the report workbook of a submission again."""
    with Ledger(open_home(home).ledger_path) as ledger:
        request(ledger, submission_id, "workbook", by=by, at=at)


def sign_off(home: Path, site: str, period: str, *, by: str, at: datetime, text: str) -> int:
    """Sign a quarter or a year of a site, with the text that its lead attests.

    Args:
        period: 2026/27 Q2 or 2026/27.

    Raises:
        LedgerError: where it cannot be signed, with the reason in plain words.
        ValueError: if the period is none.
    """
    require_no_number(text)
    with Ledger(open_home(home).ledger_path) as ledger:
        return sign_offs.sign_off(ledger, site, reporting_period(period), by=by, at=at, text=text)


def signed_off(home: Path, sites: Collection[str] | None) -> pl.DataFrame:
    """Every sign-off of these sites (None: all), newest first; voided_at is null while it stands.

    Returns:
        number, site_ods_code, period_start, period_end, signed_by, signed_at, text,
        voided_at, voided_by, void_reason.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        rows = sign_offs.sign_offs(ledger, sites)
    return timed(rows, SIGN_OFF_SCHEMA).sort("number", descending=True)


def lock(home: Path, period: str, *, by: str, at: datetime, reason: str) -> int:
    """Lock a reporting year (2025/26): it takes corrections only from now on.

    Raises:
        LedgerError: if there is no reason, or some of it is locked already.
        ValueError: if the period is none.
    """
    require_no_number(reason)
    with Ledger(open_home(home).ledger_path) as ledger:
        return locks.lock(ledger, reporting_period(period), by=by, at=at, reason=reason)


def unlock(home: Path, number: int, *, by: str, at: datetime, reason: str) -> None:
    """Open a locked period again.

    Raises:
        LedgerError: if there is no reason, or no such lock stands.
    """
    require_no_number(reason)
    with Ledger(open_home(home).ledger_path) as ledger:
        locks.unlock(ledger, number, by=by, at=at, reason=reason)


def locked_periods(home: Path) -> pl.DataFrame:
    """Every lock there ever was, newest first; unlocked_at is null while it stands.

    Returns:
        number, period_start, period_end, locked_by, locked_at, reason, unlocked_by,
        unlocked_at, unlock_reason.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        rows = locks.locks(ledger)
    return timed(rows, LOCK_SCHEMA).sort("number", descending=True)
