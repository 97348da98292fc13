"""What a stop at any moment leaves in the inbox, and nobody waits for any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.home import Home

WAITING = ("received", "checking", "held")
ARRIVING = timedelta(hours=1)  # a file without an entry may be one that arrives just now


def sweep(home: Home, submissions: Iterable[Mapping[str, Any]], now: datetime) -> list[str]:
    """Remove the content of decided submissions, and files of which the ledger never heard.

    Returns:
        The names of the files removed.
    """
    states = {row["submission_id"]: row["state"] for row in submissions}
    removed = []
    for path in sorted((home.path / "inbox").iterdir()):
        state = states.get(path.name.partition(".")[0])
        is_over = state not in WAITING if state is not None else _age(path, now) > ARRIVING
        if is_over:
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
