"""Releases rebuilt for a past moment: told of in the audit log, found again, kept for a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql.hashes import made_by
from sql.ledger import Ledger
from sql.ledger_tables import EVENT
from sql.publish_release import public_path
from sql.warehouse import release_path

REBUILT, RELEASE = "rebuilt", "release "


def told(as_of: datetime) -> Mapping[str, str]:
    """What the event of a rebuilt release says, so that it is found again."""
    return {"as_of": as_of.isoformat(), "made_by": made_by()}


def rebuilt(ledger: Ledger, home: Path, as_of: datetime) -> int | None:
    """The release of a moment that today's code has rebuilt and that is still kept."""
    wanted = told(as_of)
    for number, detail in _events(ledger):
        is_same = all(detail.get(name) == value for name, value in wanted.items())
        if is_same and release_path(home, number).is_file() and public_path(home, number).is_file():
            return number
    return None


def rebuilt_releases(ledger: Ledger) -> Mapping[int, str]:
    """Every release that was ever rebuilt, newest first, and of which moment."""
    return {number: str(detail["as_of"]) for number, detail in _events(ledger)}


def _events(ledger: Ledger) -> list[tuple[int, Mapping[str, Any]]]:
    query = sa.select(EVENT.c.subject, EVENT.c.detail).where(EVENT.c.action == REBUILT)
    with ledger.read() as connection:
        found = connection.execute(query.order_by(EVENT.c.number.desc())).all()
    return [(int(subject.removeprefix(RELEASE)), json.loads(detail)) for subject, detail in found]
