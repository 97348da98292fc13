"""Files that must survive a crash: written under a passing name, synced, then renamed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

UNFINISHED = ".tmp"


def unfinished(path: Path) -> Path:
    """Where a file is written before it takes its name."""
    return path.with_name(path.name + UNFINISHED)


def finish(written: Path, path: Path) -> None:
    """Give a written file its name: it is there whole, or not at all."""
    sync(written)
    written.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(folder: Path, name: str = "*") -> list[str]:
    """Remove what a killed process left unfinished of a file (or of all) in a folder.

    DuckDB's log, and the folder that it spills to, stand beside the file under its name.
    """
    found = sorted(folder.glob(f"{name}{UNFINISHED}*"))
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return [path.name for path in found]
