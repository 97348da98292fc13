"""The registry's secrets: read from files or the environment, never kept in its home.

A demo home has fixed ones, public on purpose: it holds invented patients only.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

SHORTEST = 32  # characters
_DEMO_SECRET = b"demo home: invented patients only"


class SecretMissing(Exception):
    """A secret is not there, or too short; the message says what to set, and shows no value."""


def secret(home: Path, variable: str, purpose: str) -> bytes:
    """A secret of a home, as 32 bytes.

    Args:
        variable: holds it, or with `_FILE` added names a file that does.
        purpose: tells the secrets of a demo home apart.

    Raises:
        SecretMissing: if neither gives one of at least SHORTEST characters.
    """
    if is_demo(home):
        return demo_secret(purpose)
    return hashlib.sha256(long_secret(variable).encode("utf-8")).digest()


def long_secret(variable: str) -> str:
    """A secret as it was set, whatever the home.

    Raises:
        SecretMissing: if there is none of at least SHORTEST characters.
    """
    found = given(variable)
    if len(found) < SHORTEST:
        raise SecretMissing(
            f"set {variable} to a secret of at least {SHORTEST} characters, or {variable}_FILE to "
            "a file that holds it"
        )
    return found


def earlier_secrets(variable: str) -> list[bytes]:
    """The secrets that a variable holds one a line, the oldest first, each as 32 bytes.

    Raises:
        SecretMissing: if one of them is too short, or the file that it names cannot be read.
    """
    lines = [line.strip() for line in given(variable).splitlines() if line.strip()]
    if any(len(line) < SHORTEST for line in lines):
        raise SecretMissing(f"{variable}: one of its lines is shorter than {SHORTEST} characters")
    return [hashlib.sha256(line.encode("utf-8")).digest() for line in lines]


def demo_secret(purpose: str) -> bytes:
    """The fixed secret of every demo home."""
    return hashlib.sha256(_DEMO_SECRET + b":" + purpose.encode("utf-8")).digest()


def is_demo(home: Path) -> bool:
    try:
        return json.loads((home / "home.json").read_text("utf-8"))["demo"] is True
    except (OSError, ValueError, KeyError):
        return False


def given(variable: str) -> str:
    """A setting from the environment, or from the file that it names; empty where neither is.

    Raises:
        SecretMissing: if the file cannot be read.
    """
    file = os.environ.get(f"{variable}_FILE")
    if file is None:
        return os.environ.get(variable, "")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SecretMissing(f"{variable}_FILE names a file that cannot be read") from None
