"""Send an export to a home on a small disk that fills up, make room, and send it again.

Runs in a process of its own and forks each trial as killing.py does.
`python -m tests.trials.full_disk WORK SIZES` prints one JSON line a size; it mounts a tmpfs,
which only root may.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.__main__ import main as command_line
from tests.ingest.test_journey import FIRST
from tests.trials.killing import begun_again, checked_before, digest, in_child, prepare, wrong

PAGE = 4096
ROOM = "size=256m"  # once room has been made


@contextlib.contextmanager
def disk(place: Path, pages: int) -> Iterator[Path]:
    """A disk of so many pages of 4 kB, mounted there."""
    place.mkdir()
    options = f"nr_blocks={pages}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        place.rmdir()


def pages_of(folder: Path) -> int:
    """The pages that a folder takes on such a disk; a folder of it takes none."""
    return sum(-(-path.stat().st_size // PAGE) for path in folder.rglob("*") if path.is_file())


def sent(work: Path, home: Path) -> dict[str, Any]:
    """Send the export by the command line; gives its exit code and what it says."""
    checked_before(work)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        arguments = ["submit", str(FIRST), "--home", str(home), "--site", FIRST.parent.name]
        code = command_line(arguments)
    return {"code": code, "said": said.getvalue().strip()}


def trial(work: Path, told: dict[str, Any], pages: int) -> dict[str, Any]:
    """One size of disk; gives what was said, and what is wrong (null: nothing)."""
    where: dict[str, Any] = {"pages": pages, "kB": pages * PAGE // 1000}
    with disk(work / f"disk-{pages}", pages) as place:
        home = place / "home"
        shutil.copytree(work / "base", home)
        code, found = in_child(lambda: sent(work, home))
        _, served = in_child(lambda: digest(home))
        subprocess.run(["mount", "-o", f"remount,{ROOM}", str(place)], check=True)
        again, after = in_child(lambda: begun_again(work, home))
    if code != 0 or again != 0:
        return where | {"wrong": f"ended with {code}, then {again}: {found} {after}"}
    where |= {"code": found["code"], "said": found["said"], "is_old": served == told["before"]}
    if served not in (told["before"], told["after"]):
        return where | {"wrong": "neither the old nor the new release is served"}
    return where | {"wrong": _unclear(found) or wrong(after, told)}


def _unclear(found: dict[str, Any]) -> str | None:
    """A full disk is told in one line that says what to do."""
    if found["code"] == 0:
        return None
    is_clear = found["said"].startswith("ire-audit: ") and "\n" not in found["said"]
    return None if is_clear and "then" in found["said"] else f"says {found['said'][-300:]!r}"


def main(work: Path, sizes: int) -> None:
    code, told = in_child(lambda: prepare(work))
    assert code == 0, told
    least, most = pages_of(work / "base") + 8, pages_of(work / "whole")
    for n in range(sizes):
        pages = least + (most - least) * n // sizes
        print(json.dumps(trial(work, told, pages)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
