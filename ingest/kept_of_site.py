"""What is kept of a site: files as received, differences, what is due, and its history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

import polars as pl

from ingest import due as due_quarters
from ingest.accepted_of import accepted_of
from ingest.difference import Difference, between
from ingest.folder import EXPORT
from ingest.history import written
from ingest.home import open_home
from sql.accepted import reports
from sql.ledger import Ledger, LedgerError
from sql.locks import locked


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


def as_received(home: Path, submission_id: str) -> tuple[str, bytes] | None:
    """An accepted file as it was received: its name and its bytes.

    None where nothing of it is kept: it was not accepted, it held an identifier or a patient
    who was erased since, or it is a roll-back, which nobody sent.
    """
    opened = open_home(home)
    kept = _export(home, submission_id)
    if kept is None:
        return None
    with Ledger(opened.ledger_path) as ledger:
        return str(ledger.submission(submission_id)["filename"]), kept.read_bytes()


def has_export(home: Path, submission_id: str) -> bool:
    """True where the file is kept as it was received."""
    return _export(home, submission_id) is not None


def _export(home: Path, submission_id: str) -> Path | None:
    folder = open_home(home).submission_folder(submission_id)
    return min(folder.glob(f"{EXPORT}.*"), default=None)


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
        storage_keys=opened.storage_keys(),
        newest_extract=max(extracts, default=None),
        locked=periods,
        at=at,
    )
