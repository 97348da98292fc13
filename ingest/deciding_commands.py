"""The commands by which people decide, and see what was decided."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from ingest import inbox
from ingest.home import LONDON, HomeError, writer_lock
from ingest.opened import home_of, now
from ingest.reading import SERVER
from sql.ledger import Ledger
from sql.sentences import counted

if TYPE_CHECKING:
    from ingest.worker import Worker

Options = argparse.Namespace
Adder = Callable[[str, Callable[[Options], int], str], argparse.ArgumentParser]


def add_decisions(command: Adder) -> None:
    """Declare the commands of this module."""
    added = command("accept", accept, "Accept a held submission with its listed exclusions.")
    added.add_argument("submission_id", metavar="ID", help="of the submission, as listed")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")
    added.add_argument(
        "--exclusions", metavar="DIGEST", help="of the list of exclusions that was looked at"
    )
    _two_sided(added)
    added.add_argument("--reason", default="", help="why the registry team agrees")
    added = command("withdraw", withdraw, "Withdraw an accepted submission.")
    _reasoned(added)
    _two_sided(added)
    added = command("rollback", rollback, "Bring back the state after an earlier submission.")
    _reasoned(added)
    _two_sided(added)
    added = command("sign-off", sign_off, "Sign a period of a site, or list the sign-offs.")
    added.add_argument("period", nargs="?", help="2026/27-Q2, or a year: 2026/27; without it, list")
    added.add_argument("--site", help="whose period is signed; of a list: of this site only")
    added.add_argument("--text", default="", help="what is attested")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")
    _listing(added)
    added = command("lock", lock, "Lock a reporting year, or list the locks.")
    added.add_argument("period", nargs="?", help="2025/26; without it, list")
    added.add_argument("--reason", default="", help="why it is locked")
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")
    _listing(added)
    added = command("unlock", unlock, "Open a locked reporting year again.")
    added.add_argument("number", type=int, help="of the lock, as listed")
    added.add_argument("--reason", required=True, help="why it is opened")
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")
    added = command("difference", difference, "Say what changed between two submissions.")
    added.add_argument("before", help="a submission; the state right after it is compared")
    added.add_argument("after", help="the submission it is compared with")
    added.add_argument("--own-rows", action="store_true", help="compare what the two hold")
    _listing(added)
    added = command("due", due, "Say what each site owes for each quarter.")
    added.add_argument("--site", help="of this site only")
    added.add_argument("--late", action="store_true", help="only what is late today")
    _listing(added)
    added = command("analyse", analyse, "Judge every site in a year, and open outlier cases.")
    added.add_argument("--period", required=True, help="a year whose snapshot was taken: 2025/26")
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")


def _reasoned(added: argparse.ArgumentParser) -> None:
    added.add_argument("submission_id", metavar="ID", help="of the submission, as listed")
    added.add_argument("--reason", required=True, help="kept in the audit log")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")


def _two_sided(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--for-registry", action="store_true", help="the registry team agrees to what needs two"
    )


def _listing(added: argparse.ArgumentParser) -> None:
    added.add_argument("--json", action="store_true", help="print the list as JSON")


@contextmanager
def _worker(options: Options) -> Iterator[Worker]:
    """A worker that has made good what an earlier one left, and publishes at the end."""
    from ingest.worker import Worker

    home = home_of(options)
    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: now(home), limits=SERVER)
        worker.reconcile()
        yield worker
        worker.publish()


def accept(options: Options) -> int:
    with _worker(options) as worker:
        worker.accept(
            options.submission_id,
            by=options.by,
            for_registry=options.for_registry,
            reason=options.reason,
            digest=options.exclusions,
        )
    print(f"{options.submission_id} accepted with its listed exclusions")
    return 0


def withdraw(options: Options) -> int:
    with _worker(options) as worker:
        worker.withdraw(options.submission_id, **_said(options))
    print(f"{options.submission_id} withdrawn")
    return 0


def rollback(options: Options) -> int:
    with _worker(options) as worker:
        made = worker.roll_back(options.submission_id, **_said(options))
    print(f"rolled back to {options.submission_id} by {made}")
    return 0


def _said(options: Options) -> dict[str, Any]:
    return {"by": options.by, "reason": options.reason, "for_registry": options.for_registry}


def sign_off(options: Options) -> int:
    home = home_of(options)
    if options.period is None:
        sites = None if options.site is None else [options.site]
        return _list(options, inbox.signed_off(home.path, sites))
    if options.site is None:
        raise HomeError("say whose period is signed: --site CODE")
    said = {"by": options.by, "at": now(home), "text": options.text}
    try:
        number = inbox.sign_off(home.path, options.site, options.period, **said)
    except ValueError as error:
        raise HomeError(str(error)) from None
    print(f"sign-off {number}: {options.site} {options.period} signed")
    return 0


def lock(options: Options) -> int:
    home = home_of(options)
    if options.period is None:
        return _list(options, inbox.locked_periods(home.path))
    said = {"by": options.by, "at": now(home), "reason": options.reason}
    try:
        number = inbox.lock(home.path, options.period, **said)
    except ValueError as error:
        raise HomeError(str(error)) from None
    print(f"lock {number}: {options.period} takes corrections only")
    return 0


def unlock(options: Options) -> int:
    home = home_of(options)
    inbox.unlock(home.path, options.number, by=options.by, at=now(home), reason=options.reason)
    print(f"lock {options.number} opened")
    return 0


def difference(options: Options) -> int:
    home = home_of(options)
    today = now(home).astimezone(LONDON).date()
    found = inbox.difference(
        home.path, options.before, options.after, today=today, own_rows=options.own_rows
    )
    if options.json:
        told = {"cells": found.cells.to_dicts(), "indicators": found.indicators.to_dicts()}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    counts = found.counts()
    print(", ".join(f"{counted(number, 'record')} {change}" for change, number in counts.items()))
    for frame in (found.cells, found.indicators):
        _print(frame)
    return 0


def due(options: Options) -> int:
    home = home_of(options)
    today = now(home).astimezone(LONDON).date()
    found = inbox.due(home.path, None if options.site is None else [options.site], today)
    return _list(options, found.filter(pl.col("is_late_today")) if options.late else found)


def analyse(options: Options) -> int:
    from ingest.analysing import analysed, open_from_due_dates

    home = home_of(options)
    with Ledger(home.ledger_path) as ledger:
        found = analysed(home, ledger, options.period, by=options.by, at=now(home))
        owed = open_from_due_dates(home, ledger, now(home))
    rests = f"release {found.release}, " + ("its snapshot" if found.snapshot else "no snapshot")
    print(
        f"{found.period} analysed from {rests}: {found.judged} figures judged, "
        f"{found.flagged} flagged, {counted(len(found.opened), 'case')} opened; "
        f"{counted(len(owed), 'case')} opened from due dates"
    )
    return 0


def _list(options: Options, frame: pl.DataFrame) -> int:
    if options.json:
        print(frame.write_json())
    else:
        _print(frame)
    return 0


def _print(frame: pl.DataFrame) -> None:
    """One line a row: the values that are there, in order."""
    for row in frame.iter_rows():
        print("  ".join(str(value) for value in row if value is not None))
