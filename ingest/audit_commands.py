"""The command `audit`: what the audit log says, and whether it is whole."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ingest.deciding_commands import Adder
from ingest.opened import home_of
from sql.audit_log import Anchor, faults
from sql.kept_releases import anchors
from sql.ledger import Ledger
from sql.sentences import counted
from sql.spreadsheets import csv_text

Options = argparse.Namespace
SHOWN = ("number", "at", "by", "action", "subject", "old", "new", "detail")
NOT_WHOLE = 1


def add_audit(command: Adder) -> None:
    """Declare the command of this module."""
    added = command("audit", audit, "List the audit log, or verify that it is whole.")
    added.add_argument("action", choices=["list", "verify"], help="what to do")
    added.add_argument("--by", help="of the list: who did it")
    added.add_argument("--subject", help="of the list: on what, such as a submission's number")
    added.add_argument("--since", metavar="DATE", help="of the list: from this day on (UTC)")
    added.add_argument("--json", action="store_true", help="print as JSON, else as CSV or words")


def audit(options: Options) -> int:
    home = home_of(options)
    with Ledger(home.ledger_path) as ledger:
        if options.action == "list":
            return _list(options, ledger)
        return _verify(options, ledger, anchors(home.path))


def _verify(options: Options, ledger: Ledger, anchored: Sequence[Anchor]) -> int:
    found = faults(ledger, anchored)
    if options.json:
        told = {
            "head": ledger.head().hash,
            "anchors": [anchor._asdict() for anchor in anchored],
            "faults": [fault._asdict() for fault in found],
        }
        print(json.dumps(told, indent=1))
    elif found:
        for fault in found:
            print(f"event {fault.number}: {fault.says}")
        print("The audit log is not whole. Keep the ledger's file as it is, and tell the registry "
              "admin.")  # fmt: skip
    else:
        print(
            f"{counted(len(ledger.events()), 'event')}, none changed, missing, swapped or added; "
            f"held against {counted(len(anchored), 'release')}"
        )
    return NOT_WHOLE if found else 0


def _list(options: Options, ledger: Ledger) -> int:
    rows = [_shown(event) for event in ledger.events(options.subject) if _is_asked(options, event)]
    if options.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    print(csv_text(pl.DataFrame(rows, SHOWN, infer_schema_length=None)), end="")
    return 0


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in SHOWN}


def _is_asked(options: Options, event: Mapping[str, Any]) -> bool:
    is_theirs = options.by is None or event["by"] == options.by
    return is_theirs and (options.since is None or event["at"] >= options.since)
