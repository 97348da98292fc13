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
from sql.keyring import Keyring

FILE = "keys.json"
_PURPOSE = "ire-key-id:v1:"
_DIGITS = 16
STORAGE, STORAGE_BEFORE = "IRE_STORAGE_KEY", "IRE_STORAGE_KEY_BEFORE"


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


def storage_ids(known: Mapping[str, str]) -> list[str]:
    """The ids of a registry's storage keys, the oldest first; empty before it has begun."""
    return [*known.get(STORAGE_BEFORE, "").split(), known[STORAGE]] if STORAGE in known else []


def ids_of(storage_keys: Keyring) -> list[str]:
    """The ids of storage keys, in their order."""
    return [key_id(STORAGE, key) for key in storage_keys]


def told_of(storage_keys: Keyring) -> dict[str, str]:
    """What is kept of the ids of storage keys."""
    *before, newest = ids_of(storage_keys)
    return {STORAGE: newest} | ({STORAGE_BEFORE: " ".join(before)} if before else {})


def unlike(known: Mapping[str, str], storage_keys: Keyring) -> str | None:
    """Why storage keys are not those that a registry works with, and what to do; None if they are.

    Args:
        known: the ids that the registry keeps.
    """
    wanted, found = storage_ids(known), ids_of(storage_keys)
    if not wanted or found == wanted:
        return None
    *before, newest = wanted
    if found[:-1] == wanted:
        return (
            f"{STORAGE} is a new key that this registry was not rotated to: ire-audit keys rotate; "
            f"until then set the one that it works with (its id: {newest})"
        )
    if found[-1] != newest:
        return (
            f"{STORAGE} is not the key that this registry {'works' if before else 'was begun'} with"
            f" (its id: {newest}): set that one, from where the keys are kept"
        )
    if not before:
        return f"{STORAGE_BEFORE} is set, and this registry was never rotated: take it out"
    return (
        f"{STORAGE_BEFORE} does not hold the keys that were used before, one a line, the oldest "
        f"first (their ids: {', '.join(before)}): set those, from where the keys are kept"
    )


def remember(home: Path, told: Mapping[str, str]) -> None:
    """Keep the ids of keys of which none is kept yet."""
    known = known_ids(home)
    new = {name: one for name, one in told.items() if name not in known}
    if STORAGE in known:
        new.pop(STORAGE_BEFORE, None)
    if new:
        write_whole(home / FILE, written(known | new))


def written(known: Mapping[str, str]) -> bytes:
    """The file of a registry's ids."""
    return json.dumps(dict(known), indent=1).encode("utf-8")
