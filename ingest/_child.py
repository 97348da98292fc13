"""What every reading child does first: give up the rights that it does not need."""

from __future__ import annotations

import json
import re
import resource
import sys
from typing import Any

OPEN_FILES = 64
# What text may not hold anywhere; 1C to 1F are what keys and digests are joined by.
FORBIDDEN = {"NUL": re.compile(r"\x00"), "ENCODING": re.compile(r"[\x1c-\x1f]")}
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def received(arguments: str) -> tuple[dict[str, Any], bytes]:
    """The parent's settings and the file's bytes, read under limits that only sink."""
    settings: dict[str, Any] = json.loads(arguments)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CPU, settings["cpu_seconds"]),
        (resource.RLIMIT_AS, settings["memory"]),
    ):
        resource.setrlimit(kind, (most, most))
    return settings, sys.stdin.buffer.read()


def say(message: object) -> None:
    """One JSON line to the parent."""
    sys.stdout.write(ENCODE(message) + "\n")
