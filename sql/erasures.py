"""Erasures in the ledger: asked for, previewed, confirmed, carried out; and their tombstones.

Each move and its event are one transaction. Nothing here names a patient or a record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sql.erasure_tables import (
    ASKED,
    BEGUN,
    CANCELLED,
    CONFIRMED,
    DONE,
    ERASURE,
    EXPORT,
    MOVES,
    ORDER,
    PREVIEWED,
    REFUSED,
    REWRITTEN,
    TOMBSTONE,
)
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc

Row = Mapping[str, Any]
OPEN = (CONFIRMED, BEGUN, REWRITTEN)  # the worker is to finish these
WITHDREW = "the patient withdrew and asked for erasure"


def order(ledger: Ledger, site: str, *, reason: str, by: str, at: datetime) -> int:
    """Enter an order of the registry team; gives its number. Nothing is erased by it yet.

    Raises:
        LedgerError: if no reason is given.
    """
    if not reason.strip():
        raise LedgerError("an erasure needs a reason")
    return _enter(ledger, ORDER, site, ASKED, reason=reason.strip(), by=by, at=at)


def withdrawn(ledger: Ledger, site: str, *, by: str, at: datetime) -> int:
    """Enter that an accepted export of a site asks for erasure; there is nothing to confirm."""
    return _enter(ledger, EXPORT, site, CONFIRMED, reason=WITHDREW, by=by, at=at)


def _enter(
    ledger: Ledger, source: str, site: str, state: str, *, reason: str, by: str, at: datetime
) -> int:
    told = {"source": source, "site_ods_code": site, "reason": reason}
    with ledger.write() as connection:
        asked = {"asked_by": by, "asked_at": utc(at), "state": state}
        made = connection.execute(ERASURE.insert().values(**told, **asked))
        number = number_of(made)
        append(connection, at, by, "erasure asked", subject(number), None, state, told)
    return number


def preview(ledger: Ledger, number: int, counts: Row, *, by: str, at: datetime) -> None:
    """Say what an order would touch: COUNTS, and the sites."""
    with ledger.write() as connection:
        move(connection, number, PREVIEWED, "erasure previewed", counts, by=by, at=at)


def confirm(ledger: Ledger, number: int, *, by: str, at: datetime) -> None:
    """Let a previewed order be carried out: there is no way back from it.

    Raises:
        LedgerError: if it is not previewed.
    """
    with ledger.write() as connection:
        told = {"confirmed_by": by, "confirmed_at": utc(at)}
        move(connection, number, CONFIRMED, "erasure confirmed", told, by=by, at=at)


def cancel(ledger: Ledger, number: int, *, reason: str, by: str, at: datetime) -> None:
    """Let a previewed order go.

    Raises:
        LedgerError: if it is not previewed, or no reason is given.
    """
    if not reason.strip():
        raise LedgerError("to cancel an erasure needs a reason")
    with ledger.write() as connection:
        move(connection, number, CANCELLED, "erasure cancelled", {"note": reason}, by=by, at=at)


def refuse(ledger: Ledger, number: int, why: str, *, by: str, at: datetime) -> None:
    """End one by which nothing is to be erased."""
    with ledger.write() as connection:
        move(connection, number, REFUSED, "erasure refused", {"note": why}, by=by, at=at)


def begin(
    ledger: Ledger,
    number: int,
    counts: Row,
    tombstones: Collection[str],
    *,
    by: str,
    at: datetime,
) -> None:
    """Set the tombstones: from here on nothing of the patients is taken in again."""
    with ledger.write() as connection:
        known = set(connection.execute(sa.select(TOMBSTONE.c.digest)).scalars())
        for digest in sorted(set(tombstones) - known):
            connection.execute(TOMBSTONE.insert().values(digest=digest, erasure=number))
        move(connection, number, BEGUN, "erasure begun", counts, by=by, at=at)


def finish(ledger: Ledger, number: int, told: Row, *, by: str, at: datetime) -> None:
    """Say that nothing of the patients is left."""
    with ledger.write() as connection:
        values = {"done_at": utc(at)}
        move(connection, number, DONE, "patient erased", values, by=by, at=at, detail=told)


def move(
    connection: sa.Connection,
    number: int,
    to: str,
    action: str,
    values: Row,
    *,
    by: str,
    at: datetime,
    detail: Row | None = None,
) -> None:
    """Move an erasure on, with the columns that change and the event that says so."""
    query = sa.select(ERASURE.c.state).where(ERASURE.c.number == number)
    old = connection.execute(query).scalar_one_or_none()
    if old is None:
        raise LedgerError(f"no erasure {number}; list them: ire-audit erase")
    if to not in MOVES.get(old, ()):
        raise LedgerError(f"erasure {number} is {old}; it cannot become {to}")
    change = ERASURE.update().where(ERASURE.c.number == number)
    connection.execute(change.values(state=to, **values))
    append(connection, at, by, action, subject(number), old, to, {**values, **(detail or {})})


def erasures(ledger: Ledger, states: Iterable[str] | None = None) -> Sequence[Row]:
    """Every erasure there ever was, in order; of these states only, where given."""
    query = sa.select(ERASURE).order_by(ERASURE.c.number)
    if states is not None:
        query = query.where(ERASURE.c.state.in_(list(states)))
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def erasure(ledger: Ledger, number: int) -> Row:
    """One of them.

    Raises:
        LedgerError: if there is none of that number.
    """
    for row in erasures(ledger):
        if row["number"] == number:
            return row
    raise LedgerError(f"no erasure {number}; list them: ire-audit erase")


def tombstones(ledger: Ledger) -> frozenset[str]:
    """The digests of what is left out of later uploads."""
    with ledger.read() as connection:
        return frozenset(connection.execute(sa.select(TOMBSTONE.c.digest)).scalars())


def erased_since(ledger: Ledger, moment: datetime) -> int:
    """How many records have been erased since a moment."""
    rows = erasures(ledger, (REWRITTEN, DONE))
    return sum(row["records"] or 0 for row in rows if (row["done_at"] or "~") > utc(moment))


def sites_of(row: Row) -> list[str]:
    """The sites that an erasure touches, as far as is known."""
    found: list[str] = json.loads(row["sites"]) if row["sites"] else [row["site_ods_code"]]
    return found


def subject(number: int) -> str:
    return f"erasure {number}"
