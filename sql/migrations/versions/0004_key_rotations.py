"""Rotations of the storage key, and the releases that were rewritten by one.

What an earlier version refused of tombstones and of reviews gives way to what this one refuses.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# As they were named: PostgreSQL keeps 63 bytes of a name.
SUPERSEDED = {
    "tombstone": "tombstone: no update",
    "sentinel_review": "sentinel_review: no update of "
    "number, event_key, site_ods_code, outcome, lesson_digest, by, at",
}


def upgrade() -> None:
    op.create_table(
        "key_rotation",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        *_texts("old_key", "new_key", "begun_by", "begun_at", "state"),
        sa.Column("done_at", sa.String),
    )
    op.create_table(
        "release_rekeyed",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("rotation", sa.Integer, sa.ForeignKey("key_rotation.number"), nullable=False),
        sa.Column("release", sa.Integer, nullable=False),
        *_texts("full_sha256"),
    )
    for table, name in SUPERSEDED.items():
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f'drop trigger if exists "{name}"')
        else:
            op.execute(f'drop trigger if exists "{name[:63]}" on {table}')


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]
