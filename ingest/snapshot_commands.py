"""The command `snapshot`: open, take, cancel, list and verify a year's snapshot."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ingest import inbox
from ingest.home import Home, HomeError, HomeLocked, writer_lock
from ingest.opened import home_of, now
from sql.ledger import Ledger
from sql.requests import requests
from sql.snapshot_rebuilt import erased_since_text
from sql.snapshot_tables import OPEN, TAKEN

Options = argparse.Namespace
Adder = Callable[[str, Callable[[Options], int], str], argparse.ArgumentParser]

DIFFERS = 1
PAUSE_SECONDS = 0.3
WAIT_SECONDS = 300


def add_snapshot(command: Adder) -> None:
    """Declare the command."""
    added = command("snapshot", snapshot, "Validate, take, list or verify a year's snapshot.")
    added.add_argument("action", choices=list(_ACTIONS), help="what to do")
    added.add_argument("year", nargs="?", help="2025/26; not for list and verify")
    added.add_argument("--reason", default="", help="why a validation is cancelled")
    added.add_argument("--by", default="registry team", help="who does it, for the audit log")
    added.add_argument("--json", action="store_true", help="print the list as JSON")


def snapshot(options: Options) -> int:
    return _ACTIONS[options.action](home_of(options), options)


def _open(home: Home, options: Options) -> int:
    year = _year(options)
    number = inbox.open_snapshot(home.path, year, by=options.by, at=now(home))
    row = _of(home, year, OPEN)
    print(f"snapshot {number}: sites validate {row['period']} up to {row['window_end']}")
    return 0


def _take(home: Home, options: Options) -> int:
    from ingest.worker import Worker

    year = _year(options)
    row = _of(home, year, OPEN)
    # Asked for in the ledger first: whoever is stopped on the way, a worker makes it good.
    asked = inbox.request_snapshot(home.path, row["number"], by=options.by, at=now(home))
    with Ledger(home.ledger_path) as ledger:
        try:
            with writer_lock(home):
                worker = Worker(home, ledger, clock=lambda: now(home))
                worker.reconcile()
                worker.carry_out_requests()
        except HomeLocked:
            pass  # the running worker does it
        outcome = _outcome(ledger, f"snapshot {row['number']}", asked)
    if outcome != "done":
        raise HomeError(outcome)
    told = _of(home, year, TAKEN)
    print(f"snapshot {told['number']} of {told['period']} taken: release {told['release']}")
    print(f"  {_signed(told)}; the year takes corrections only from now on")
    return 0


def _outcome(ledger: Ledger, about: str, number: int) -> str:
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        found = [one["outcome"] for one in requests(ledger, about) if one["number"] == number]
        if found[0] is not None:
            return str(found[0])
        time.sleep(PAUSE_SECONDS)
    raise HomeError(f"{about} is still waiting; look later: ire-audit snapshot list")


def _cancel(home: Home, options: Options) -> int:
    row = _of(home, _year(options), OPEN)
    said = {"by": options.by, "at": now(home), "reason": options.reason}
    inbox.cancel_snapshot(home.path, row["number"], **said)
    print(f"snapshot {row['number']} of {row['period']} cancelled")
    return 0


def _list(home: Home, options: Options) -> int:
    rows = inbox.snapshot_list(home.path)
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        print(f"{row['number']}  {row['period']}  {row['state']:<10}  {_told(row)}")
    return 0


def _told(row: Mapping[str, Any]) -> str:
    if row["state"] == TAKEN:
        return f"release {row['release']}, {_signed(row)}, SHA-256 {row['full_sha256']}"
    return str(row["cancel_reason"] or f"up to {row['window_end']}")


def _verify(home: Home, options: Options) -> int:
    found = inbox.snapshot_differences(home.path)
    erased = {row["number"]: row["erased"] for row in inbox.snapshot_list(home.path)}
    for number, said in found.items():
        print(f"snapshot {number}: {' '.join(said) if said else _whole(erased[number])}")
    if not found:
        print("no snapshot has been taken")
    return DIFFERS if any(found.values()) else 0


def _whole(erased: int) -> str:
    return f"as it was taken; {erased_since_text(erased)}" if erased else "as it was taken"


def _signed(row: Mapping[str, Any]) -> str:
    signed, others = json.loads(row["signed"]), json.loads(row["not_signed"])
    return f"{len(signed)} sites signed, {len(others)} did not ({', '.join(others) or 'none'})"


def _year(options: Options) -> str:
    if options.year is None:
        raise HomeError("say which year: 2025/26")
    return str(options.year)


def _of(home: Home, year: str, state: str) -> Mapping[str, Any]:
    label = year.replace("-", "/")
    for row in inbox.snapshot_list(home.path):
        if (row["period"], row["state"]) == (label, state):
            return row
    raise HomeError(f"{year} is not {state}; list the snapshots: ire-audit snapshot list")


_ACTIONS: Mapping[str, Callable[[Home, Options], int]] = {
    "open": _open,
    "take": _take,
    "cancel": _cancel,
    "list": _list,
    "verify": _verify,
}
