"""The outbox: the digests written to each recipient, and what came of them.

A letter is queued in the transaction that logs it; sending it is another's work, and each
attempt is entered before it is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from sql.accepted import LONDON
from sql.ledger import Ledger
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import MESSAGE, RECIPIENT
from sql.recipients import OFTEN, Recipient

# How long an attempt is waited for, and how long after it the next one comes.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440))
UNANSWERED = 2  # attempts that may have arrived; a third might be the third copy

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Letter:
    """One digest.

    Attributes:
        told: what it tells of, a text each; a letter without a new one is not worth sending.
    """

    subject: str
    body: str
    told: tuple[str, ...]


def still_told(ledger: Ledger, recipient: Recipient, standing: Collection[str]) -> frozenset[str]:
    """What the last letter to a recipient told of and stands still, one that failed left aside.

    What stands no more is forgotten: it is news again should it return.
    """
    with ledger.write() as connection:
        told = _last_told(connection, recipient)
        still = told.intersection(standing)
        if still != told:
            kept = json.dumps(sorted(still), ensure_ascii=False)
            last = connection.execute(_last(recipient, MESSAGE.c.number)).scalar_one()
            _update(connection, last, {"told": kept})
    return still


def queue(
    ledger: Ledger, recipient: Recipient, letter: Letter, *, by: str, at: datetime
) -> int | None:
    """Put a letter into the outbox; gives its number.

    None where its day has not come (daily, weekly), it tells nothing that the last did not, or
    the same was written to this recipient before.
    """
    with ledger.write() as connection:
        query = sa.select(sa.func.max(MESSAGE.c.made_at))
        last = connection.execute(query.where(MESSAGE.c.recipient == recipient.number)).scalar()
        if last is not None and (_day(at) - _day(last)).days < OFTEN[recipient.often]:
            return None
        if set(letter.told) <= _last_told(connection, recipient):
            return None
        digest = hashlib.sha256(letter.body.encode("utf-8")).hexdigest()
        query = sa.select(MESSAGE.c.number).where(MESSAGE.c.digest == digest)
        if connection.execute(query.where(MESSAGE.c.recipient == recipient.number)).scalar():
            return None
        made = connection.execute(
            MESSAGE.insert().values(
                recipient=recipient.number,
                subject=letter.subject,
                body=letter.body,
                digest=digest,
                told=json.dumps(letter.told, ensure_ascii=False),
                made_at=utc(at),
                state="queued",
                attempts=0,
                unanswered=0,
                next_at=utc(at),
            )
        )
        number = number_of(made)
        detail = {"recipient": recipient.number, "digest": digest}
        append(connection, at, by, "message queued", f"message {number}", None, "queued", detail)
    return number


def _last_told(connection: sa.Connection, recipient: Recipient) -> frozenset[str]:
    found = connection.execute(_last(recipient, MESSAGE.c.told)).scalar()
    return frozenset(json.loads(found or "[]"))


def _last(recipient: Recipient, column: sa.Column[Any]) -> sa.Select[Any]:
    query = sa.select(column).where(MESSAGE.c.recipient == recipient.number)
    return query.where(MESSAGE.c.state != "failed").order_by(MESSAGE.c.number.desc()).limit(1)


def messages(ledger: Ledger, state: str | None = None) -> Sequence[Row]:
    """The outbox with each message's address, in the order queued."""
    query = sa.select(MESSAGE, RECIPIENT.c.address).join(RECIPIENT).order_by(MESSAGE.c.number)
    if state is not None:
        query = query.where(MESSAGE.c.state == state)
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def begin(ledger: Ledger, number: int, *, by: str, at: datetime) -> bool:
    """Enter an attempt before it is made; False where the message is not to be sent now.

    A second sender finds it begun. An attempt that nothing is heard of, because its process
    or the server died, may have arrived: a second one is made, and no third.
    """
    with ledger.write() as connection:
        row = _one(connection, number)
        if row["state"] != "queued" or row["next_at"] > utc(at):
            return False
        why = None
        if row["removed_at"] is not None:
            why = "the recipient was removed"
        elif row["unanswered"] >= UNANSWERED:
            why = f"{row['unanswered']} attempts had no answer; it may have arrived"
        elif row["attempts"] >= len(WAITS):
            why = f"tried {row['attempts']} times"
        if why is not None:
            _end(connection, number, "failed", why, by=by, at=at)
            return False
        told = {"attempts": row["attempts"] + 1, "unanswered": row["unanswered"] + 1}
        _update(connection, number, told | {"next_at": utc(at + WAITS[row["attempts"]])})
    return True


def sent(ledger: Ledger, number: int, *, by: str, at: datetime) -> None:
    """The server has taken the message."""
    with ledger.write() as connection:
        _update(connection, number, {"sent_at": utc(at)})
        _end(connection, number, "sent", None, by=by, at=at)


def not_sent(
    ledger: Ledger,
    number: int,
    error: str,
    *,
    by: str,
    at: datetime,
    is_final: bool = False,
    is_unanswered: bool = False,
) -> bool:
    """Enter why an attempt failed; True where it was the last.

    Args:
        error: in our words: a server's own may hold anything.
        is_final: the server will never take it.
        is_unanswered: the server has the message, and did not say whether it took it.
    """
    with ledger.write() as connection:
        row = _one(connection, number)
        answered = 0 if is_unanswered else 1
        _update(
            connection, number, {"last_error": error, "unanswered": row["unanswered"] - answered}
        )
        if not is_final and row["attempts"] < len(WAITS):
            return False
        _end(connection, number, "failed", error, by=by, at=at)
    return True


def _end(
    connection: sa.Connection, number: int, state: str, error: str | None, *, by: str, at: datetime
) -> None:
    """Move a queued message to its end, and log it."""
    _update(connection, number, {"state": state, "last_error": error})
    detail = {"error": error} if error else {}
    append(connection, at, by, f"message {state}", f"message {number}", "queued", state, detail)


def _one(connection: sa.Connection, number: int) -> Row:
    query = sa.select(MESSAGE, RECIPIENT.c.removed_at).join(RECIPIENT)
    query = query.where(MESSAGE.c.number == number)
    return dict(connection.execute(query).mappings().one())


def _update(connection: sa.Connection, number: int, values: Row) -> None:
    connection.execute(MESSAGE.update().where(MESSAGE.c.number == number).values(**values))


def _day(at: datetime | str) -> date:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(LONDON).date()
