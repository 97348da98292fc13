"""The command `erase`: order, look at what it touches, and let it be carried out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingest.erasure_order import (
    cancel_erasure,
    confirm_erasure,
    erasure_list,
    order_erasure,
)
from ingest.home import Home, HomeError, HomeLocked, writer_lock
from ingest.opened import home_of, now
from sql.access import Viewer
from sql.erasure_tables import ASKED, DONE, PREVIEWED, REFUSED
from sql.ledger import Ledger
from sql.sentences import counted

Options = argparse.Namespace
Adder = Callable[[str, Callable[[Options], int], str], argparse.ArgumentParser]

PAUSE_SECONDS = 0.3
WAIT_SECONDS = 600


def add_erase(command: Adder) -> None:
    """Declare the command."""
    added = command("erase", erase, "Erase patients: order it, then confirm it; or list.")
    added.add_argument("--site", help="whose ids the list holds")
    added.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="one patient_pseudo_id a line; - reads them from standard input",
    )
    added.add_argument("--reason", default="", help="kept for good; never an id")
    added.add_argument("--confirm", type=int, metavar="N", help="carry out a previewed order")
    added.add_argument("--cancel", type=int, metavar="N", help="let a previewed order go")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")


def erase(options: Options) -> int:
    home, viewer = home_of(options), Viewer(options.by, "registry team")
    if options.source is not None:
        return _order(home, viewer, options)
    if options.confirm is not None:
        confirm_erasure(home.path, options.confirm, viewer=viewer, at=now(home))
        _work(home)
        _print(_ended(home, viewer, options.confirm, (DONE, REFUSED)))
    elif options.cancel is not None:
        said = {"reason": options.reason, "viewer": viewer, "at": now(home)}
        cancel_erasure(home.path, options.cancel, **said)
        print(f"erasure {options.cancel} cancelled")
    else:
        for row in erasure_list(home.path, viewer):
            _print(row)
    return 0


def _order(home: Home, viewer: Viewer, options: Options) -> int:
    if options.site is None:
        raise HomeError("say whose ids the list holds: --site CODE")
    said = {"reason": options.reason, "viewer": viewer, "at": now(home)}
    number = order_erasure(home.path, options.site, _lines(options.source), **said)
    _work(home)
    row = _ended(home, viewer, number, (PREVIEWED, REFUSED))
    _print(row)
    if row["state"] == PREVIEWED:
        print(f"nothing is erased yet; to do it: ire-audit erase --confirm {number}")
    return 0 if row["state"] == PREVIEWED else 2


def _lines(source: str) -> list[str]:
    if source == "-":
        return sys.stdin.read().splitlines()
    try:
        return Path(source).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise HomeError(f"{source}: cannot be read as text") from None


def _work(home: Home) -> None:
    """Do it here, unless a worker runs, which does it."""
    from ingest.worker import Worker

    try:
        with writer_lock(home), Ledger(home.ledger_path) as ledger:
            worker = Worker(home, ledger, clock=lambda: now(home))
            worker.reconcile()
            worker.carry_out_requests()
            if not worker.is_published:
                worker.publish()
    except HomeLocked:
        pass


def _ended(home: Home, viewer: Viewer, number: int, states: tuple[str, ...]) -> Mapping[str, Any]:
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        rows = [r for r in erasure_list(home.path, viewer) if r["number"] == number]
        if rows[0]["state"] in states:
            return rows[0]
        time.sleep(PAUSE_SECONDS)
    raise HomeError(f"erasure {number} is still waiting; look later: ire-audit erase")


def _print(row: Mapping[str, Any]) -> None:
    print(f"erasure {row['number']}, {row['site_ods_code']}: {row['state']}", end="")
    if row["state"] == REFUSED:
        print(f", {row['note']}")
    elif row["state"] == ASKED:
        print()
    else:
        print(f"; {touched(row)}")


def touched(row: Mapping[str, Any]) -> str:
    """What an erasure touches, in numbers."""
    names = {
        "patients": "patient",
        "records": "record",
        "submissions": "submission",
        "releases": "release",
        "snapshots": "snapshot",
        "cases": "case",
        "answers": "answer",
    }
    return ", ".join(counted(row[name] or 0, word) for name, word in names.items())
