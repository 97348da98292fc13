"""What every reading child does first: give up the rights that it does not need."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

try:
    import resource
except ImportError:  # Windows: a site's own computer, where the clock of the parent must do
    resource = None  # type: ignore[assignment]

OPEN_FILES = 64
# What text may not hold anywhere; 1C to 1F are what keys and digests are joined by.
FORBIDDEN = {"NUL": re.compile(r"\x00"), "ENCODING": re.compile(r"[\x1c-\x1f]")}
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def received(arguments: str) -> tuple[dict[str, Any], bytes]:
    """The parent's settings and the file's bytes, read under limits that only sink."""
    settings: dict[str, Any] = json.loads(arguments)
    if resource is not None:
        for kind, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            (resource.RLIMIT_CPU, settings["cpu_seconds"]),
            (resource.RLIMIT_AS, settings["memory"]),
        ):
            resource.setrlimit(kind, (most, most))
    # The same bytes on every system, whatever its encoding and line ends are.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    return settings, sys.stdin.buffer.read()


def say(message: object) -> None:
    """One JSON line to the parent."""
    sys.stdout.write(ENCODE(message) + "\n")
