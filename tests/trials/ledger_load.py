"""Processes that append to one ledger at once, whatever becomes of its database meanwhile.

`python -m tests.trials.ledger_load LEDGER KEPT PROCESSES EVENTS NAME` prints one JSON line a
process: what it was told while it appended, and how often. The file KEPT has a line for each
event that was said to be kept.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sql.audit_log import faults
from sql.ledger import Ledger, LedgerAway
from sql.ledger_errors import UNKNOWN

LONGEST_SECONDS = 300


def append_all(path: Path, kept: Path, name: str, events: int) -> Counter[str]:
    """Append until each event is known to be kept; gives what was said in place of that."""
    told: Counter[str] = Counter()
    listed = os.open(kept, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    until = time.monotonic() + LONGEST_SECONDS
    for number in range(events):
        subject, is_unknown = f"{name} {number}", False
        while time.monotonic() < until:
            try:
                with Ledger(path) as ledger:
                    if not (is_unknown and ledger.events(subject)):
                        ledger.append("looked", subject, by=name, at=datetime.now(UTC))
                os.write(listed, f"{subject}\n".encode())
                break
            except LedgerAway as away:
                told[str(away)] += 1
                is_unknown = is_unknown or str(away) == UNKNOWN
                time.sleep(0.05)
    return told


def wrong(path: Path, kept: Path) -> list[str]:
    """What is wrong with a ledger whose events were said to be kept; nothing where all is well."""
    said = kept.read_text("utf-8").splitlines()
    with Ledger(path) as ledger:
        there = Counter(event["subject"] for event in ledger.events())
        found = [f"event {fault.number}: {fault.says}" for fault in faults(ledger)]
    found += [f"lost: {one}" for one in said if one not in there]
    return found + [f"doubled: {one}" for one, times in there.items() if times > 1]


def main(path: Path, kept: Path, processes: int, events: int, name: str) -> None:
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                told = append_all(path, kept, f"{name} {number}", events)
                os.write(1, f"{json.dumps(told)}\n".encode())
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(any(ends))


if __name__ == "__main__":
    ledger, told, processes, events, name = sys.argv[1:]
    main(Path(ledger), Path(told), int(processes), int(events), name)
