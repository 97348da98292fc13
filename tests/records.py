"""Write what a trial or a benchmark saw: date, commit, counts and failures."""

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "validation"


def pace() -> float:
    """How fast a core of this machine is now: milliseconds of the same work in plain Python.

    Seconds of two records are compared by it: machines of the same name differ threefold.
    """
    took = []
    for _ in range(5):
        begun, total = time.perf_counter(), 0
        for one in range(1_000_000):
            total += one
        took.append(time.perf_counter() - begun)
    return 1000 * statistics.median(took)


def record(name: str, title: str, lines: Sequence[str]) -> None:
    """Replace docs/validation/<name>.md, and print the same lines."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    told = [
        f"# {title}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'},"
        f" Python {platform.python_version()}, {os.cpu_count()} cores;"
        f" a loop of a million additions takes {pace():.0f} ms",
        "",
        *(f"- {line}" for line in lines),
        "",
    ]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text("\n".join(told), "utf-8")
    print("\n".join(told))
