"""Visits: when a person was here last, and which release they saw, to say what is new since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from sql.access import Viewer
from sql.ledger import Ledger
from sql.ledger_events import utc
from sql.ledger_tables import EVENT, VISIT
from sql.saved_views import owner_of

AWAY = timedelta(hours=4)  # after so long without a click, the next is of another visit
MARKED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Visit:
    """The end of a visit, and the release that was served then (None: there was none)."""

    at: datetime
    release: int | None


def last_visit(ledger: Ledger, viewer: Viewer, *, at: datetime) -> Visit | None:
    """A person's visit before the one that they make now; None at the first."""
    with ledger.read() as connection:
        row = _row(connection, owner_of(connection, viewer))
    if row is None:
        return None
    if _is_over(row, at):
        return Visit(datetime.fromisoformat(row.seen_at), row.release)
    if row.earlier_at is None:
        return None
    return Visit(datetime.fromisoformat(row.earlier_at), row.earlier_release)


def visit(ledger: Ledger, viewer: Viewer, release: int | None, *, at: datetime) -> None:
    """Mark that a person is here, and which release they see; of a closed account, nothing."""
    with ledger.read() as connection:
        row = _row(connection, owner_of(connection, viewer))
        if row is not None and row.release == release and _is_marked(row, at):
            return
    with ledger.write() as connection:
        owner = owner_of(connection, viewer)
        if owner is None:
            return
        row = _row(connection, owner)
        here = {"seen_at": utc(at), "release": release}
        if row is None:
            connection.execute(VISIT.insert().values(owner=owner, **here))
            return
        if _is_over(row, at):
            here |= {"earlier_at": row.seen_at, "earlier_release": row.release}
        connection.execute(VISIT.update().where(VISIT.c.owner == owner).values(**here))


def touched_since(ledger: Ledger, at: datetime) -> list[tuple[str, str]]:
    """What every event after a moment was: its action and its subject, in order."""
    query = sa.select(EVENT.c.action, EVENT.c.subject).where(EVENT.c.at > utc(at))
    with ledger.read() as connection:
        found = connection.execute(query.order_by(EVENT.c.number))
        return [(action, subject) for action, subject in found]


def _row(connection: sa.Connection, owner: str | None) -> sa.Row[tuple[object, ...]] | None:
    return connection.execute(sa.select(VISIT).where(VISIT.c.owner == owner)).one_or_none()


def _is_marked(row: sa.Row[tuple[object, ...]], at: datetime) -> bool:
    return timedelta() <= at - datetime.fromisoformat(row.seen_at) < MARKED_EVERY


def _is_over(row: sa.Row[tuple[object, ...]], at: datetime) -> bool:
    return at - datetime.fromisoformat(row.seen_at) >= AWAY
