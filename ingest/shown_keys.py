"""A record's key in the words that people see."""

from __future__ import annotations

from expectations.dictionary import PATIENT_KEY, stored_key, tables
from ingest.state import SEPARATOR


def shown_key(table: str | None, key: str | None) -> str | None:
    """A record's key for people: its parts in order, a patient's key by its first signs."""
    if table is None or key is None:
        return None
    names = stored_key(tables()[table])
    parts = key.split(SEPARATOR)
    return ", ".join(shown_part(name, part) for name, part in zip(names, parts, strict=True))


def shown_part(column: str, value: str) -> str:
    return f"{value[:8]}…" if column == PATIENT_KEY else value
