"""Rotations of the storage key in the ledger: begun, told of what was rewritten, done.

All that the ledger itself keeps under the storage key changes in one transaction with that move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sql.case_tables import SENTINEL_REVIEW
from sql.erasure_tables import TOMBSTONE
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import AGREEMENT, ANSWER, REQUEST, SUBMISSION
from sql.rotation_tables import (
    ABANDONED,
    BEGUN,
    DONE,
    MOVES,
    REKEYING,
    RELEASE_REKEYED,
    REWRITTEN,
    ROTATION,
)
from sql.snapshot_rebuilt import NOW, REKEYED
from sql.snapshot_tables import TAKEN
from sql.snapshots import snapshots

Row = Mapping[str, Any]
Change = Callable[[str], str]
OPEN = (BEGUN, REWRITTEN)


@dataclass(frozen=True)
class Rekeyed:
    """What was rewritten beside the ledger, and how what stands in it changes.

    Attributes:
        submissions: by id, the columns that change and what its event says.
        listed: of held submissions, the digests of the list of exclusions before and now.
        releases: by number, the SHA-256 of the full file.
        finding, value, event, stone: what stands for a finding's identity, the digest of a
            query's value, the key of a sentinel event and a tombstone, under the new key.
    """

    finding: Change
    value: Change
    event: Change
    stone: Change
    submissions: dict[str, tuple[Row, Row]] = field(default_factory=dict)
    listed: dict[str, tuple[str, str]] = field(default_factory=dict)
    releases: dict[int, str] = field(default_factory=dict)


def begin(ledger: Ledger, old_key: str, new_key: str, *, by: str, at: datetime) -> int:
    """Enter a rotation, by the ids of the keys; gives its number. Nothing is changed by it yet."""
    told = {"old_key": old_key, "new_key": new_key}
    with ledger.write() as connection:
        values = told | {"begun_by": by, "begun_at": utc(at), "state": BEGUN}
        number = number_of(connection.execute(ROTATION.insert().values(**values)))
        append(connection, at, by, "key rotation begun", subject(number), None, BEGUN, told)
    return number


def abandon(ledger: Ledger, number: int, *, by: str, at: datetime) -> None:
    """Let go one that was stopped before anything was changed."""
    with ledger.write() as connection:
        _set(connection, number, ABANDONED)
        told = ("key rotation abandoned", subject(number), BEGUN, ABANDONED)
        append(connection, at, by, *told, {})


def tell_rewritten(ledger: Ledger, number: int, told: Rekeyed, *, by: str, at: datetime) -> Row:
    """Put what the ledger keeps under the new key: from here on there is no way back.

    Returns:
        How many rows changed, by what they are.
    """
    frozen = [row for row in snapshots(ledger) if row["state"] == TAKEN]
    with ledger.write() as connection:
        _set(connection, number, REKEYING)
        changed = {
            "tombstones": _rekey(connection, TOMBSTONE.c.digest, told.stone),
            "reviews": _rekey(connection, SENTINEL_REVIEW.c.event_key, told.event),
            "answers": _rekey(connection, ANSWER.c.value_digest, told.value),
        }
        _rekey(connection, ANSWER.c.finding_id, told.finding)
        for name, (columns, detail) in told.submissions.items():
            _tell_submission(connection, name, columns, detail, by=by, at=at)
        for name, (before, now) in told.listed.items():
            for table in (AGREEMENT, REQUEST):
                of_it = (table.c.submission_id == name) & (table.c.digest == before)
                connection.execute(table.update().where(of_it).values(digest=now))
        for release, digest in told.releases.items():
            values = {"rotation": number, "release": release, "full_sha256": digest}
            connection.execute(RELEASE_REKEYED.insert().values(**values))
        for row in frozen:
            if row["release"] in told.releases:
                now_is = {name: row[name] for name in NOW}
                now_is["full_sha256"] = told.releases[row["release"]]
                which = f"snapshot {row['number']}"
                append(connection, at, by, REKEYED, which, None, None, now_is)
        _set(connection, number, REWRITTEN)
        detail = changed | {"submissions": len(told.submissions), "releases": len(told.releases)}
        append(connection, at, by, "rows re-keyed", subject(number), BEGUN, REWRITTEN, detail)
    return changed


def finish(ledger: Ledger, number: int, *, by: str, at: datetime) -> None:
    """Say that nothing stands under the old key alone any more."""
    with ledger.write() as connection:
        _set(connection, number, DONE, done_at=utc(at))
        told = ("storage key rotated", subject(number), REWRITTEN, DONE)
        append(connection, at, by, *told, {})


def rotations(ledger: Ledger, states: Iterable[str] | None = None) -> Sequence[Row]:
    """Every rotation there ever was, in order; of these states only, where given."""
    query = sa.select(ROTATION).order_by(ROTATION.c.number)
    if states is not None:
        query = query.where(ROTATION.c.state.in_(list(states)))
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def newest_first(ledger: Ledger) -> Sequence[Row]:
    """Every rotation there ever was, the last one first."""
    return list(reversed(rotations(ledger)))


def subject(number: int) -> str:
    return f"key rotation {number}"


def _set(connection: sa.Connection, number: int, to: str, **values: str) -> None:
    of_it = ROTATION.c.number == number
    old = str(connection.execute(sa.select(ROTATION.c.state).where(of_it)).scalar_one())
    if to not in MOVES.get(old, ()):
        raise LedgerError(f"{subject(number)} is {old}; it cannot become {to}")
    connection.execute(ROTATION.update().where(of_it).values(state=to, **values))


def _rekey(connection: sa.Connection, column: sa.Column[Any], change: Change) -> int:
    """Change every value of a column; gives how many rows there were."""
    table, rows = column.table, 0
    for old in connection.execute(sa.select(column).distinct()).scalars().all():
        if (new := change(old)) != old:
            found = connection.execute(
                sa.update(table).where(column == old).values({column.name: new})
            )
            rows += found.rowcount
    return rows


def _tell_submission(
    connection: sa.Connection, name: str, values: Row, detail: Row, *, by: str, at: datetime
) -> None:
    of_it = SUBMISSION.c.submission_id == name
    if values:
        connection.execute(SUBMISSION.update().where(of_it).values(**values))
    state = connection.execute(sa.select(SUBMISSION.c.state).where(of_it)).scalar()
    append(connection, at, by, "records re-keyed", name, state, state, detail)
