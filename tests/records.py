"""Write what a trial or a benchmark saw: date, commit, counts and failures."""

import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "validation"


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
        f" Python {platform.python_version()}",
        "",
        *(f"- {line}" for line in lines),
        "",
    ]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text("\n".join(told), "utf-8")
    print("\n".join(told))
