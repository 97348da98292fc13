"""The ids of a registry's keys: another key is known before it does harm.

An id is a keyed digest that tells nothing of its key. Under another storage key every patient of a
later export would be somebody new; under another inbox key what waits could not be opened.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from ingest.files import write_whole

FILE = "keys.json"
_PURPOSE = "ire-key-id:v1:"
_DIGITS = 16


def key_id(variable: str, key: bytes) -> str:
    """The id of a key, by the variable that holds it."""
    return hmac.digest(key, f"{_PURPOSE}{variable}".encode(), "sha256").hex()[:_DIGITS]


def known_ids(home: Path) -> dict[str, str]:
    """The ids of the keys that a registry works with, by variable; empty before it has begun."""
    try:
        told: dict[str, str] = json.loads((home / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return told


def remember(home: Path, keys: Mapping[str, bytes]) -> None:
    """Keep the ids of keys of which none is kept yet."""
    known = known_ids(home)
    new = {name: key_id(name, key) for name, key in keys.items() if name not in known}
    if new:
        write_whole(home / FILE, json.dumps(known | new, indent=1).encode("utf-8"))
