"""Locks: the reporting years that take corrections only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import LOCK
from sql.reader_periods import Period

Days = tuple[date, date]  # first and last day, both within


def lock(ledger: Ledger, period: Period, *, by: str, at: datetime, reason: str) -> int:
    """Lock a period for every site; gives the lock's number.

    Raises:
        LedgerError: if no reason is given, or some of the period is locked already.
    """
    if not reason.strip():
        raise LedgerError("a lock needs a reason")
    with ledger.write() as connection:
        return lock_within(connection, period, by=by, at=at, reason=reason)


def lock_within(
    connection: sa.Connection, period: Period, *, by: str, at: datetime, reason: str
) -> int:
    """Lock a period in a transaction that changes more.

    Raises:
        LedgerError: if some of the period is locked already.
    """
    days = {"period_start": period.start.isoformat(), "period_end": period.end.isoformat()}
    for standing in _standing(connection):
        if standing["period_start"] <= days["period_end"] and (
            days["period_start"] <= standing["period_end"]
        ):
            raise LedgerError(f"{_named(standing)} is locked already")
    made = connection.execute(
        LOCK.insert().values(**days, locked_by=by, locked_at=utc(at), reason=reason)
    )
    number = number_of(made)
    detail = days | {"reason": reason}
    append(connection, at, by, "locked", f"lock {number}", "open", "locked", detail)
    return number


def lock_of(connection: sa.Connection, period: Period) -> int | None:
    """The number of the lock of exactly this period, where it is locked already."""
    days = (period.start.isoformat(), period.end.isoformat())
    for standing in _standing(connection):
        if (standing["period_start"], standing["period_end"]) == days:
            return int(standing["number"])
    return None


def unlock(ledger: Ledger, number: int, *, by: str, at: datetime, reason: str) -> None:
    """Open a locked period again.

    Raises:
        LedgerError: if no reason is given, or no such lock stands.
    """
    if not reason.strip():
        raise LedgerError("an unlock needs a reason")
    with ledger.write() as connection:
        standing = [one for one in _standing(connection) if one["number"] == number]
        if not standing:
            raise LedgerError(f"no lock {number} stands; list them: ire-audit lock")
        connection.execute(
            LOCK.update()
            .where(LOCK.c.number == number)
            .values(unlocked_by=by, unlocked_at=utc(at), unlock_reason=reason)
        )
        days = {name: standing[0][name] for name in ("period_start", "period_end")}
        detail = days | {"reason": reason}
        append(connection, at, by, "unlocked", f"lock {number}", "locked", "open", detail)


def locks(ledger: Ledger) -> Sequence[Mapping[str, Any]]:
    """Every lock there ever was, in order; one that stands has no unlocked_at."""
    with ledger.read() as connection:
        rows = connection.execute(sa.select(LOCK).order_by(LOCK.c.number)).mappings()
        return [dict(row) for row in rows]


def locked(ledger: Ledger) -> tuple[Days, ...]:
    """The periods that are locked now."""
    return tuple(
        (date.fromisoformat(one["period_start"]), date.fromisoformat(one["period_end"]))
        for one in locks(ledger)
        if one["unlocked_at"] is None
    )


def _standing(connection: sa.Connection) -> list[Mapping[str, Any]]:
    query = sa.select(LOCK).where(LOCK.c.unlocked_at.is_(None)).order_by(LOCK.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def _named(one: Mapping[str, Any]) -> str:
    return f"{one['period_start']} to {one['period_end']}"
