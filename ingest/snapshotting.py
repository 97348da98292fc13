"""Annual snapshots of a home: opened, cancelled, asked for and verified by people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingest.accepted_of import accepted_of
from ingest.agreement import require_no_number
from ingest.due import due
from ingest.home import LONDON, Home, open_home
from sql import board_packs, outlier_cases, snapshots
from sql.accepted import reports
from sql.ledger import Ledger
from sql.reader_periods import Period, quarter
from sql.requests import ask
from sql.snapshot_tables import TAKEN


def owed_of(
    home: Home, ledger: Ledger, label: str, today: date
) -> Mapping[str, Collection[Period]]:
    """The quarters of a reporting year that each site is expected to report, by site."""
    register = home.newest_register()
    if register is None:
        return {}
    of = snapshots.snapshot_year(label)
    owed = due(reports(accepted_of(home, ledger.walk())), (), register, today).filter(
        pl.col("is_expected") & pl.col("quarter_start").is_between(of.start, of.end)
    )
    found: dict[str, list[Period]] = {}
    for site, start in owed.select("site_ods_code", "quarter_start").iter_rows():
        found.setdefault(site, []).append(quarter(start))
    return found


def named_releases(ledger: Ledger) -> frozenset[int]:
    """The releases that a snapshot is, an outlier case rests on or a board pack names."""
    found = (outlier_cases.releases, snapshots.releases, board_packs.releases)
    return frozenset().union(*(releases(ledger) for releases in found))


def number_of(request: Mapping[str, Any]) -> int:
    """The snapshot that a request is about."""
    return int(str(request["submission_id"]).removeprefix("snapshot "))


@dataclass(frozen=True)
class Validation:
    """Where a year's validation stands today.

    Attributes:
        closed: why the snapshot may not be taken today; empty where it may.
    """

    signed: Sequence[str]
    not_signed: Sequence[str]
    closed: str


def snapshot_list(home: Path) -> Sequence[Mapping[str, Any]]:
    """Every snapshot there ever was, newest first: the ledger's rows."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return snapshots.snapshots(ledger)


def validation(home: Path, row: Mapping[str, Any], today: date) -> Validation:
    """Who has signed the year of a snapshot that is validating, and whether it may be taken."""
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        owed = owed_of(opened, ledger, row["period"], today)
        signed, not_signed = snapshots.signatures(ledger, owed)
    return Validation(signed, not_signed, snapshots.why_not(row, signed, not_signed, today))


def open_snapshot(home: Path, year: str, *, by: str, at: datetime) -> int:
    """Open the validation window of a reporting year (2025/26); gives the snapshot's number.

    Raises:
        LedgerError: if the text names no year, or it may not be opened.
    """
    of = snapshots.snapshot_year(year)
    today = at.astimezone(LONDON).date()
    with Ledger(open_home(home).ledger_path) as ledger:
        return snapshots.open_snapshot(ledger, of, today=today, by=by, at=at)


def cancel_snapshot(home: Path, number: int, *, by: str, at: datetime, reason: str) -> None:
    """End a validation without a snapshot, with a reason."""
    require_no_number(reason)
    with Ledger(open_home(home).ledger_path) as ledger:
        snapshots.cancel(ledger, number, by=by, at=at, reason=reason)


def request_snapshot(home: Path, number: int, *, by: str, at: datetime) -> int:
    """Ask the worker to take a snapshot; gives the request's number."""
    with Ledger(open_home(home).ledger_path) as ledger:
        snapshots.snapshot(ledger, number)
        return ask(ledger, f"snapshot {number}", "take a snapshot", by=by, at=at)


def snapshot_differences(home: Path) -> Mapping[int, Sequence[str]]:
    """What is not as it was when each snapshot was taken, by its number."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return {
            row["number"]: list(snapshots.differences(home, ledger, row))
            for row in snapshots.snapshots(ledger)
            if row["state"] == TAKEN
        }
