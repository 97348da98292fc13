"""What people ask the worker to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from sql.ledger import Ledger, one
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import REQUEST

Kind = Literal["accept", "withdraw", "roll back", "workbook", "bridge"]
FOR_REGISTRY = " for the registry"  # after the kind: the registry team's side of it


def request(
    ledger: Ledger,
    submission_id: str,
    kind: str,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    digest: str | None = None,
) -> None:
    """Ask the worker for something.

    Args:
        kind: a Kind, with FOR_REGISTRY where the registry team asks.
        digest: of the list that the person was shown and decided on.
    """
    with ledger.write() as connection:
        state = one(connection, submission_id)["state"]
        asked = {"submission_id": submission_id, "kind": kind, "by": by, "reason": reason}
        connection.execute(REQUEST.insert().values(**asked, digest=digest, at=utc(at)))
        detail = {"reason": reason} | ({"digest": digest} if digest else {})
        append(connection, at, by, f"{kind} requested", submission_id, state, state, detail)


def ask(ledger: Ledger, subject: str, kind: str, *, by: str, at: datetime, reason: str = "") -> int:
    """Ask the worker for something that is of no submission; once, while it waits.

    Args:
        subject: what it is about, as the worker knows it: of a bridge "12-14", of a snapshot
            "snapshot 3", of a past moment its time.

    Returns:
        The number of the request that waits.
    """
    waits = sa.select(REQUEST.c.number).where(
        REQUEST.c.submission_id == subject, REQUEST.c.kind == kind, REQUEST.c.outcome.is_(None)
    )
    with ledger.write() as connection:
        found = connection.execute(waits).scalars().first()
        if found is not None:
            return int(found)
        asked = {"submission_id": subject, "kind": kind, "by": by, "reason": reason}
        made = connection.execute(REQUEST.insert().values(**asked, at=utc(at)))
        detail = {"reason": reason} if reason else {}
        append(connection, at, by, f"{kind} requested", f"{kind} {subject}", None, None, detail)
        return number_of(made)


def open_requests(ledger: Ledger) -> Sequence[Mapping[str, Any]]:
    """Those not carried out yet, in the order asked."""
    query = sa.select(REQUEST).where(REQUEST.c.outcome.is_(None)).order_by(REQUEST.c.number)
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def requests(ledger: Ledger, submission_id: str) -> Sequence[Mapping[str, Any]]:
    """All that was asked about a submission, with its outcome, in the order asked."""
    query = sa.select(REQUEST).where(REQUEST.c.submission_id == submission_id)
    with ledger.read() as connection:
        return [
            dict(row) for row in connection.execute(query.order_by(REQUEST.c.number)).mappings()
        ]


def close_request(ledger: Ledger, number: int, outcome: str) -> None:
    """Say what came of it: "done", or why it was not."""
    with ledger.write() as connection:
        connection.execute(
            REQUEST.update().where(REQUEST.c.number == number).values(outcome=outcome)
        )
