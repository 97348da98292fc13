"""The ledger's tables of rotations of the storage key, and what the database itself keeps of them.

Keys stand here by their ids alone. What is kept under the storage key may be changed while a
rotation is `rekeying`: it enters and leaves that state within one transaction.
"""

from __future__ import annotations

import sqlalchemy as sa

from sql.ledger_tables import METADATA
from sql.ledger_triggers import listed, refused

BEGUN, REKEYING, REWRITTEN, DONE = "begun", "rekeying", "rewritten", "done"
ABANDONED = "abandoned"
MOVES = {BEGUN: (REKEYING, ABANDONED), REKEYING: (REWRITTEN,), REWRITTEN: (DONE,)}

ROTATION = sa.Table(
    "key_rotation",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("old_key", sa.String, nullable=False),  # its id
    sa.Column("new_key", sa.String, nullable=False),
    sa.Column("begun_by", sa.String, nullable=False),
    sa.Column("begun_at", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("done_at", sa.String),
)

# The full file of a release, rewritten under the new key: its figures are those it had.
RELEASE_REKEYED = sa.Table(
    "release_rekeyed",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("rotation", sa.Integer, sa.ForeignKey(ROTATION.c.number), nullable=False),
    sa.Column("release", sa.Integer, nullable=False),
    sa.Column("full_sha256", sa.String, nullable=False),
)

IS_REKEYING = f"select 1 from key_rotation where state = '{REKEYING}'"

_BEGUN = ("number", "old_key", "new_key", "begun_by", "begun_at")
_LEGAL = ", ".join(f"'{old} > {new}'" for old, to in MOVES.items() for new in to)
_STAYS = "how keys were rotated stays on record"

KEPT = (
    refused("insert", ROTATION, "a rotation begins as begun", f"new.state <> '{BEGUN}'"),
    refused(f"update of {listed(_BEGUN)}", ROTATION, _STAYS),
    refused(
        "update of state",
        ROTATION,
        "no such move of a rotation",
        f"not (old.state || ' > ' || new.state in ({_LEGAL}))",
    ),
    refused("update", ROTATION, _STAYS, f"old.state in ('{DONE}', '{ABANDONED}')"),
    refused("delete", ROTATION, _STAYS),
    *(refused(change, RELEASE_REKEYED, _STAYS) for change in ("update", "delete")),
)
