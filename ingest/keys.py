"""The linkage key: from a file that only its owner may read, or from the environment."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

LINKAGE_KEY = "IRE_LINKAGE_KEY"
SHORTEST = 64  # hex digits: 256 bits


class KeyUnusable(Exception):
    """There is no key, or not a safe one; never says what was found in its place."""


def linkage_key(path: Path | None, environment: Mapping[str, str]) -> bytes:
    """The key that the sites share, of at least 256 bits, written in hex.

    Args:
        path: a file of mode 0400; without one the variable IRE_LINKAGE_KEY is read.

    Raises:
        KeyUnusable: with what to do about it.
    """
    if path is not None:
        return _key(_owners_text(path), str(path.name))
    if LINKAGE_KEY not in environment:
        raise KeyUnusable(f"no linkage key; give --key-file FILE, or set {LINKAGE_KEY}")
    return _key(environment[LINKAGE_KEY], LINKAGE_KEY)


def _owners_text(path: Path) -> str:
    try:
        # Windows keeps rights elsewhere: its modes say nothing.
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & ~stat.S_IRUSR:
            raise KeyUnusable(f"{path.name}: others may read or change it; chmod 0400 {path.name}")
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise KeyUnusable(f"{path.name}: cannot be read as a key") from None


def _key(text: str, where: str) -> bytes:
    plain = text.strip()
    if re.fullmatch("(?:[0-9A-Fa-f]{2})+", plain) is None or len(plain) < SHORTEST:
        raise KeyUnusable(f"{where}: not a key of at least {SHORTEST} hex digits (256 bits)")
    if len(set(plain.lower())) < 8:
        raise KeyUnusable(f"{where}: not a random key; make one: openssl rand -hex 32")
    return bytes.fromhex(plain)
