"""The commands `backup` and `restore`: a whole registry in one folder, and back."""

from __future__ import annotations

import argparse
from pathlib import Path

from ingest.backup import DAYS, FILES, back_up, restore
from ingest.deciding_commands import Adder
from ingest.home import HomeError, open_home
from ingest.opened import home_of, now
from sql.sentences import counted

Options = argparse.Namespace


def add_backup(command: Adder) -> None:
    """Declare the commands of this module."""
    added = command("backup", _back_up, "Copy the whole registry into a new folder.")
    added.add_argument("path", type=Path, help="a new folder, on an encrypted disk")
    added.add_argument(
        "--days", type=int, default=DAYS, help=f"after which it has expired (default: {DAYS})"
    )
    added.add_argument("--by", default="command line", help="who does it, for the audit log")
    added = command("restore", _restore, "Make the registry of a backup in a new home.")
    added.add_argument("path", type=Path, help="the backup's folder")
    added.add_argument("--by", default="command line", help="who does it, for the audit log")


def _back_up(options: Options) -> int:
    home = home_of(options)
    if options.days < 1:
        raise HomeError("--days: at least 1")
    told = back_up(home, options.path, days=options.days, by=options.by, at=now(home))
    print(f"{counted(len(told['files']), 'file')} backed up; destroy it after {told['expires']}")
    return 0


def _restore(options: Options) -> int:
    if options.home is None:
        raise HomeError("no registry home; give --home, or set REGISTRY_HOME")
    at = now(open_home(options.path / FILES))
    home = restore(options.path, Path(options.home), by=options.by, at=at)
    print(f"restored to {home.path}; the audit log is whole and the figures are those backed up")
    return 0
