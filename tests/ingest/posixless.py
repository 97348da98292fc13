"""Run the command line, and its children, as where there is no fcntl, resource or fork."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# What only POSIX has, in Python's own library: importing it fails, calling it too.
MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog")
CALLS = ("fork", "forkpty", "getuid", "geteuid", "killpg", "setsid", "getpgid")

HIDE = f"""
import os, runpy, sys
for name in {MODULES!r}:
    sys.modules[name] = None
for name in {CALLS!r}:
    vars(os).pop(name, None)
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m ingest …` with a Python that hides all that, in every child as well."""
    folder.mkdir(exist_ok=True)
    hidden = folder / "hidden.py"
    hidden.write_text(
        HIDE
        + "options = sys.argv[1:]\n"
        + "while options[0] != '-m': options.pop(0)\n"
        + "sys.argv = options[1:]\n"
        + f"sys.executable = {str(folder / 'python')!r}\n"
        + "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
    )
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{hidden}" "$@"\n')
    python.chmod(0o755)
    return subprocess.run(
        [str(python), "-m", "ingest", *arguments],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
    )
