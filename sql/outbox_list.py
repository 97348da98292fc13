"""The outbox as a list: who is told by role, and how it goes; never what a message says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sql.access import Viewer, require
from sql.ledger import Ledger
from sql.ledger_tables import MESSAGE, RECIPIENT
from sql.outbox import WAITS

# Of a message; its words, and the mailbox, are for the person to whom it is sent.
SHOWN = ("number", "made_at", "state", "attempts", "unanswered", "next_at", "sent_at", "last_error")


def listed(ledger: Ledger, viewer: Viewer) -> Sequence[dict[str, Any]]:
    """Every message, newest first: SHOWN, role, sites (a list), is_removed, most_attempts.

    `next_at` is null once a message is sent or has failed.

    Raises:
        AccessDenied: for a viewer who may not see the outbox.
    """
    require(viewer, "see the outbox")
    about = [RECIPIENT.c.role, RECIPIENT.c.sites, RECIPIENT.c.removed_at]
    query = sa.select(*(MESSAGE.c[name] for name in SHOWN), *about).join(RECIPIENT)
    with ledger.read() as connection:
        found = connection.execute(query.order_by(MESSAGE.c.number.desc())).mappings().all()
    return [
        {name: row[name] for name in (*SHOWN, "role")}
        | {
            "next_at": row["next_at"] if row["state"] == "queued" else None,
            "sites": json.loads(row["sites"]),
            "is_removed": row["removed_at"] is not None,
            "most_attempts": len(WAITS),
        }
        for row in found
    ]
