"""Let every write below a home fail in turn, and see what is published and what is said.

Runs in a process of its own, with the shim of failing_writes.c preloaded, and forks each
trial as killing.py does. `python -m tests.trials.failing WORK SHARE SHARES` prints one JSON
line a trial: every write with every errno, of which this process takes its share.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from ingest.__main__ import main as command_line
from tests.ingest.test_journey import FIRST
from tests.trials.killing import begun_again, checked_before, in_child, prepare, wrong

ERRNOS = ("ENOSPC", "EIO", "EACCES")
SHIM = ctypes.CDLL(None)  # preloaded


def failing(work: Path, home: Path, number: int, name: str) -> dict[str, Any]:
    """Send an export by the command line while a write fails; a full disk stays full."""
    checked_before(work)
    said = io.StringIO()
    stays = name == "ENOSPC"
    SHIM.fail_nth(number, getattr(errno, name), int(stays), str(home).encode())
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        arguments = ["submit", str(FIRST), "--home", str(home), "--site", FIRST.parent.name]
        code = command_line(arguments)
    made = SHIM.calls_made()
    SHIM.fail_nth(0, 0, 0, b"")
    return {"code": code, "said": said.getvalue().strip(), "calls": made}


def trial(work: Path, told: dict[str, Any], number: int, name: str) -> dict[str, Any]:
    """One failing write; gives what is wrong afterwards (null: nothing)."""
    home = work / f"{name}-{number}"
    shutil.copytree(work / "base", home)
    code, found = in_child(lambda: failing(work, home, number, name))
    again, after = in_child(lambda: begun_again(work, home))
    shutil.rmtree(home)
    where = {"errno": name, "number": number}
    if code != 0 or again != 0:
        return where | {"wrong": f"ended with {code}, then {again}: {found} {after}"}
    problem = wrong(after, told) or _unclear(found)
    return where | {"wrong": problem, "calls": found["calls"], "said": found["said"]}


def _unclear(found: dict[str, Any]) -> str | None:
    """A failure is told in one line that says what to do."""
    if found["code"] == 0:
        return None  # a write that nothing depends on
    is_clear = "\n" not in found["said"] and found["said"].startswith("ire-audit: ")
    return None if is_clear and "then" in found["said"] else f"says {found['said'][-200:]!r}"


def count(work: Path) -> int:
    """How many writes there are where none fails."""
    home = work / "counted"
    shutil.copytree(work / "base", home)
    code, found = in_child(lambda: failing(work, home, 0, "EIO"))
    assert code == 0
    assert found["code"] == 0, found
    return int(found["calls"])


def main(work: Path, share: int, shares: int) -> None:
    code, told = in_child(lambda: prepare(work))
    assert code == 0, told
    writes = count(work)
    for name in ERRNOS:
        for number in range(1 + share, writes + 1, shares):
            print(json.dumps(trial(work, told, number, name) | {"writes": writes}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
