"""Run the command line, and its children, as where there is no fcntl, resource or fork."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
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


# The command line, called in turn: a process of its own for each would load everything anew.
IN_TURN = """
import contextlib, io, json, sys
from ingest.__main__ import main
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = main(arguments)
    print(json.dumps([code, said.getvalue()]))
"""


def run(folder: Path, *calls: Sequence[str]) -> list[tuple[int, str]]:
    """Exit code and output of each call of the command line, under a Python that hides all
    that, in every child as well.

    Raises:
        subprocess.CalledProcessError: if one of them ends the process.
    """
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
    (folder / "in_turn.py").write_text(IN_TURN)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{hidden}" "$@"\n')
    python.chmod(0o755)
    done = subprocess.run(
        [str(python), "-m", "in_turn", json.dumps(calls)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [(code, said) for code, said in map(json.loads, done.stdout.splitlines())]
