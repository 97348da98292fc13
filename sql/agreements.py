"""Agreements: what two must want, the site and the registry team, and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from sql.ledger import Ledger
from sql.ledger_events import append, utc
from sql.ledger_tables import AGREEMENT
from sql.requests import Kind

Side = Literal["site", "registry"]


def agree(
    ledger: Ledger,
    submission_id: str,
    action: Kind,
    side: Side,
    *,
    digest: str,
    by: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Record that one side wants an action; `digest` is of exactly what it was shown."""
    row = {"submission_id": submission_id, "action": action, "side": side, "digest": digest}
    row |= {"by": by, "reason": reason}
    with ledger.write() as connection:
        connection.execute(AGREEMENT.insert().values(**row, at=utc(at)))
        detail = {"digest": digest, "reason": reason}
        append(connection, at, by, f"{action}: {side} agrees", submission_id, None, None, detail)


def agreed(
    ledger: Ledger, submission_id: str, action: Kind, digest: str
) -> dict[Side, Mapping[str, Any]]:
    """The latest agreement of each side to this action on exactly this content."""
    query = sa.select(AGREEMENT).where(
        AGREEMENT.c.submission_id == submission_id,
        AGREEMENT.c.action == action,
        AGREEMENT.c.digest == digest,
    )
    with ledger.read() as connection:
        rows = connection.execute(query.order_by(AGREEMENT.c.number)).mappings()
        return {row["side"]: dict(row) for row in rows}
