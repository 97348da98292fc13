"""The audit log's events: appended in the transaction of the change that they record.

Each carries a keyed hash of itself and of the one before it, and the log's head a seal of how
far it goes: without the key nothing can be changed, left out, swapped or added unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from sql.ledger_tables import EVENT, LOG_HEAD

KEY = "audit_key"  # the option by which a ledger's connections carry it
APPENDED = "appended"  # where a connection says which event its transaction appended last
FIELDS = ("number", "at", "by", "action", "subject", "old", "new", "detail", "previous_hash")


def begin_log(connection: sa.Connection) -> None:
    """Seal a log that holds nothing yet: an emptied one can then be told from a new one."""
    key = connection.get_execution_options()[KEY]
    connection.execute(LOG_HEAD.insert().values(one=1, number=0, seal=seal(0, "", key)))


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
    key = connection.get_execution_options()[KEY]
    last, previous = head(connection)
    event = {
        "number": last + 1,
        "at": utc(at),
        "by": by,
        "action": action,
        "subject": subject,
        "old": old,
        "new": new,
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False),
        "previous_hash": previous,
    }
    told = event_hash(event, key)
    connection.execute(EVENT.insert().values(**event, hash=told))
    sealed = {"number": last + 1, "seal": seal(last + 1, told, key)}
    connection.execute(LOG_HEAD.update().values(**sealed))
    connection.info[APPENDED] = (last + 1, told)


class Head(NamedTuple):
    """How far a log goes: its newest event's number and hash; 0 and empty before the first."""

    number: int
    hash: str


def head(connection: sa.Connection) -> Head:
    query = sa.select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
    return Head(*(connection.execute(query).one_or_none() or (0, "")))


def event_hash(event: Mapping[str, Any], key: bytes) -> str:
    """What an event's hash must be, the hash of the one before it included."""
    return _keyed(key, [event[name] for name in FIELDS])


def seal(number: int, told: str, key: bytes) -> str:
    """What the head of a log must say that ends with this event and its hash."""
    return _keyed(key, ["head", number, told])


def _keyed(key: bytes, parts: list[Any]) -> str:
    return hmac.new(key, json.dumps(parts).encode("utf-8"), hashlib.sha256).hexdigest()


def number_of(made: sa.CursorResult[Any]) -> int:
    """The number that a row was given by its insert."""
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def utc(at: datetime) -> str:
    """A moment as the ledger keeps it: it sorts as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
