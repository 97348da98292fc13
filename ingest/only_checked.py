"""A check without a submission, as the dashboard asks for it and reads what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest import check_only as checks
from ingest.depositing import require_fewer
from ingest.form import Form
from ingest.home import open_home
from ingest.report_frames import Report
from ingest.report_kept import report_of


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

    Raises:
        LedgerError: if too many exports of the site wait already.
    """
    opened = open_home(home)
    require_fewer(checks.waiting(opened, site), site)
    return checks.ask(opened, data, filename, site=site, by=by, at=at, form=form)


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
