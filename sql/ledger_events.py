"""The audit log's events: appended in the transaction of the change that they record.

Each carries the hash of the one before it, so that a change, a gap or a swap shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from sql.ledger_tables import EVENT


def append(
    connection: sa.Connection,
    at: datetime,
    by: str,
    action: str,
    subject: str,
    old: str | None,
    new: str | None,
    detail: Mapping[str, Any],
) -> None:
    """Add one event to the log: who, when, what, on what, from which state to which."""
    last = connection.execute(sa.select(sa.func.max(EVENT.c.number))).scalar()
    event = {
        "number": (last or 0) + 1,
        "at": utc(at),
        "by": by,
        "action": action,
        "subject": subject,
        "old": old,
        "new": new,
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False),
        "previous_hash": head(connection),
    }
    connection.execute(EVENT.insert().values(**event, hash=event_hash(event)))


def head(connection: sa.Connection) -> str:
    """The hash of the newest event; empty before the first."""
    query = sa.select(EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
    return connection.execute(query).scalar() or ""


def event_hash(event: Mapping[str, Any]) -> str:
    """What an event's hash must be, the hash of the one before it included."""
    fields = ("number", "at", "by", "action", "subject", "old", "new", "detail")
    told = json.dumps([event[name] for name in (*fields, "previous_hash")])
    return hashlib.sha256(told.encode("utf-8")).hexdigest()


def utc(at: datetime) -> str:
    """A moment as the ledger keeps it: it sorts as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
