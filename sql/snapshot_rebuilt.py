"""Snapshots after an erasure: the release that took the place of the one that was taken; and
after a rotation of the storage key, by which its file is another one with the same figures.

What a snapshot was taken with stays in its row and in the log; what it is now stands here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql.erasure_tables import ERASURE, SNAPSHOT_REBUILT
from sql.ledger import Ledger
from sql.ledger_events import append, utc
from sql.rebuilt import REBUILT, RELEASE
from sql.rotation_tables import RELEASE_REKEYED
from sql.sentences import counted
from sql.warehouse import release_path

ACTION = "snapshot rebuilt"
REKEYED = "snapshot re-keyed"
REWRITTEN = "rows erased"
NOW = ("release", "full_sha256", "public_hash", "rules_hash", "code_hash")


def enter(
    ledger: Ledger, snapshot: int, values: Mapping[str, Any], *, by: str, at: datetime
) -> None:
    """Record the release, with its hashes, that a snapshot is from now on.

    Args:
        values: the other columns of SNAPSHOT_REBUILT but number and at.
    """
    with ledger.write() as connection:
        row = dict(values) | {"snapshot": snapshot, "at": utc(at)}
        connection.execute(SNAPSHOT_REBUILT.insert().values(**row))
        append(connection, at, by, ACTION, f"snapshot {snapshot}", None, None, values)


def as_now(connection: sa.Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot's row with the release and hashes that it has now, and `erased`: how many
    records have been erased since it was taken."""
    query = sa.select(SNAPSHOT_REBUILT).where(SNAPSHOT_REBUILT.c.snapshot == row["number"])
    found = connection.execute(query.order_by(SNAPSHOT_REBUILT.c.number)).mappings().all()
    newest = {name: found[-1][name] for name in NOW} if found else {}
    now = {**row, **newest, "erased": sum(one["records"] for one in found)}
    query = sa.select(RELEASE_REKEYED).where(RELEASE_REKEYED.c.release == now["release"])
    rekeyed = connection.execute(query.order_by(RELEASE_REKEYED.c.number)).mappings().all()
    return now | ({"full_sha256": rekeyed[-1]["full_sha256"]} if rekeyed else {})


def erased_since_text(records: int) -> str:
    """What is said of a state of which records have been erased since."""
    return f"{counted(records, 'record')} erased since"


def became_of(home: Path, ledger: Ledger, release: int) -> str:
    """What an erasure did to a release that is kept otherwise, in words; "" where it is there."""
    if release_path(home, release).is_file():
        return ""
    query = sa.select(SNAPSHOT_REBUILT.c.replaced, SNAPSHOT_REBUILT.c.release)
    with ledger.read() as connection:
        instead = dict(iter(connection.execute(query).all()))
        erased = connection.execute(sa.select(sa.func.max(ERASURE.c.done_at))).scalar()
    now = release
    while now in instead:
        now = instead[now]
    if now != release:
        return f"an erasure removed that release, and release {now} was built in its place"
    why = "an erasure removed that release" if erased else "that release is not kept here"
    return f"{why}, and nothing was built in its place"


def made_since_rewriting(ledger: Ledger) -> frozenset[int]:
    """The releases that were made after the last patients' rows were erased."""
    found: set[int] = set()
    for event in ledger.events():
        if event["action"] == REWRITTEN:
            found.clear()
        elif event["action"] in ("published", REBUILT):
            found.add(int(event["subject"].removeprefix(RELEASE)))
        elif event["action"] == ACTION:
            found.add(json.loads(event["detail"])["release"])
    return frozenset(found)
