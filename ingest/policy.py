"""Load the registry's own policy values: kept whole, with their time."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from ingest.home import Home, HomeError
from sql.policy import FILE, PolicyError, read


def load_policy(home: Home, file: Path, *, by: str, at: datetime) -> int:
    """Keep a new load of policy values, read from a TOML file; it replaces the load before.

    Returns:
        The number of the load.

    Raises:
        HomeError: if the file is not there, or a name, a day or a value is not allowed.
    """
    if not file.is_file():
        raise HomeError(f"{file}: no such file")
    newest = home.newest_policy()
    number = int(newest.name) + 1 if newest is not None else 1
    try:
        values = read(file, f"load {number}")
    except PolicyError as error:
        raise HomeError(str(error)) from None
    target = home.path / "policy" / str(number)
    unfinished = target.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    (unfinished / FILE).write_bytes(file.read_bytes())
    told = {
        "n": number,
        "loaded_at": at.astimezone(UTC).isoformat(),
        "by": by,
        "values": len(values),
    }
    (unfinished / "manifest.json").write_text(json.dumps(told, indent=1), "utf-8")
    unfinished.rename(target)
    return number
