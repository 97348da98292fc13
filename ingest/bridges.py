"""The change bridges of a home: which is worked out, which is asked for, and how far it is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ingest.home import open_home
from sql.bridge_file import bridge_path
from sql.ledger import Ledger
from sql.requests import ask, requests
from sql.warehouse import release_path

KIND = "bridge"
PLAN, FAILED = "plan.json", "failed"
NAMED = re.compile(r"^([0-9]+)-([0-9]+)\.")


@dataclass(frozen=True)
class Progress:
    """How far a bridge is: so many of its states are built.

    `stamp` is another one where the file is another one; `why` says what stopped it.
    """

    state: Literal["not asked", "asked", "working", "made", "stopped"]
    done: int = 0
    of: int = 0
    why: str = ""
    stamp: int = 0


def pair(first: int, second: int) -> str:
    """The subject of a request for a bridge."""
    return f"{first}-{second}"


def numbers(subject: str) -> tuple[int, int]:
    """The two releases of a request's subject."""
    first, second = subject.split("-")
    return int(first), int(second)


def part_folder(home: Path, first: int, second: int) -> Path:
    """Where the states of a bridge lie until all are built."""
    return bridge_path(home, first, second).with_suffix(".part")


def request_bridge(home: Path, first: int, second: int, *, by: str, at: datetime) -> None:
    """Ask the worker to work out what moved the figures from one release to another."""
    with Ledger(open_home(home).ledger_path) as ledger:
        ask(ledger, pair(first, second), KIND, by=by, at=at)


def bridge_progress(home: Path, first: int, second: int) -> Progress:
    """How far the bridge between two releases is."""
    path, part = bridge_path(home, first, second), part_folder(home, first, second)
    if path.is_file():
        return Progress("made", stamp=path.stat().st_mtime_ns)
    with Ledger(open_home(home).ledger_path) as ledger:
        asked = [one for one in requests(ledger, pair(first, second)) if one["kind"] == KIND]
    outcome = asked[-1]["outcome"] if asked else "done"
    if outcome is None:
        return Progress("asked")
    if (part / FAILED).is_file():
        return Progress("stopped", why=(part / FAILED).read_text("utf-8"))
    if (part / PLAN).is_file():
        return Progress("working", len(built(part)), len(plan_of(part)["steps"]) + 1)
    # What was worked out and is gone may be asked for again.
    return Progress("not asked") if outcome == "done" else Progress("stopped", why=outcome)


def plan_of(part: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((part / PLAN).read_text("utf-8"))
    return found


def built(part: Path) -> list[Path]:
    """The states built so far, in order."""
    return sorted(part.glob("*.parquet"))


def forget(home: Path) -> list[str]:
    """Remove the bridges of releases that are not kept: they hold rows of them."""
    removed = []
    for path in sorted((home / "bridges").glob("*")):
        found = NAMED.match(path.name)
        numbers = [int(found[1]), int(found[2])] if found else []
        if not all(release_path(home, number).is_file() for number in numbers):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            removed.append(path.name)
    return removed
