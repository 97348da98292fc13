"""The home that a command works on, and its clock."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from ingest.home import Home, HomeError, open_home


def home_of(options: argparse.Namespace) -> Home:
    """The registry home that the command line names.

    Raises:
        HomeError: if it names none, or there is none.
    """
    if options.home is None:
        raise HomeError("no registry home; give --home, or set REGISTRY_HOME")
    return open_home(Path(options.home))


def now(home: Home | None) -> datetime:
    """The clock; in a demo home noon of its fixed today."""
    return (home.noon if home is not None else None) or datetime.now(UTC)
