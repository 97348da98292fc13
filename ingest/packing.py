"""Board packs from the command line: the dashboard's own process makes and verifies them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ingest.opened import home_of

Command = Callable[..., argparse.ArgumentParser]


def add_packs(command: Command) -> None:
    """The commands `pack` and `verify`."""
    added = command("pack", _pack, "Make a board pack of the served release.")
    added.add_argument("--trust", help="a trust of the register; without it the national pack")
    added.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="a .pdf, .html or .xlsx"
    )
    added = command("verify", _verify, "Work out a board pack anew; says what differs.")
    added.add_argument("pack", type=Path, metavar="PACK", help="a board pack as PDF")


def _pack(options: argparse.Namespace) -> int:
    trust = ["--trust", options.trust] if options.trust else []
    return _run("pack", options, *trust, "--out", str(options.out))


def _verify(options: argparse.Namespace) -> int:
    return _run("verify", options, str(options.pack))


def _run(name: str, options: argparse.Namespace, *arguments: str) -> int:
    home = home_of(options)
    command = [sys.executable, "-m", "dashboard.reports", name, "--home", str(home.path)]
    return subprocess.run([*command, *arguments], check=False).returncode
