"""Run a reader that may crash in a child process under limits of memory and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

from ingest.reading import Limits

ENVIRONMENT = {"LANG": "C.UTF-8", "ARROW_DEFAULT_MEMORY_POOL": "system"}
NEEDED = ("SYSTEMROOT",)  # without it nothing starts on Windows


class ChildTooSlow(Exception):
    """A child had not ended when its time was up."""


def run_child(module: str, content: bytes, limits: Limits) -> bytes | None:
    """What the child wrote, or None where it died, used too much time or wrote too much.

    The bytes go through a pipe: nothing of them is ever at rest.

    Raises:
        ChildTooSlow: where the clock on the wall ran out: the machine is busy, and that is
            not the file's fault. What a file may use up is time of the processor.
    """
    settings = {
        "memory": limits.child_memory,
        "cpu_seconds": limits.child_cpu_seconds,
        "cells": limits.workbook_cells,
        "bytes": limits.unpacked,
    }
    with subprocess.Popen(
        [sys.executable, "-I", "-m", module, json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT | {n: os.environ[n] for n in NEEDED if n in os.environ},
        start_new_session=os.name == "posix",
    ) as child:
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            child.kill()

        clock = threading.Timer(limits.child_wall_seconds, end)
        clock.daemon = True
        clock.start()
        try:
            written = _exchange(child, content, limits.unpacked)
        finally:
            clock.cancel()
            child.kill()
    if is_late.is_set():
        raise ChildTooSlow(f"{module} took over {limits.child_wall_seconds} s")
    return written if child.returncode == 0 else None


def _exchange(child: subprocess.Popen[bytes], content: bytes, most: int) -> bytes | None:
    """Give all, then take all: the child reads its input whole before it writes."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(content)
        child.stdin.close()
    except OSError:  # a broken pipe, under one of its names
        return None
    written = child.stdout.read(most + 1)
    if len(written) > most:
        return None
    child.wait()
    return written
