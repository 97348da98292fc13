"""Erasures, their tombstones, and the releases that took the place of a snapshot's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COUNTS = ("patients", "records", "submissions", "releases", "snapshots", "cases", "answers")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        *_texts("source", "site_ods_code", "reason", "asked_by", "asked_at", "state"),
        sa.Column("sites", sa.String),
        *(sa.Column(name, sa.Integer) for name in COUNTS),
        *(sa.Column(name, sa.String) for name in ("confirmed_by", "confirmed_at", "done_at")),
        sa.Column("note", sa.String),
    )
    op.create_table(
        "tombstone",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("erasure", sa.Integer, sa.ForeignKey("erasure.number"), nullable=False),
    )
    op.create_table(
        "snapshot_rebuilt",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("snapshot", sa.Integer, sa.ForeignKey("snapshot.number"), nullable=False),
        sa.Column("erasure", sa.Integer, sa.ForeignKey("erasure.number"), nullable=False),
        *(sa.Column(n, sa.Integer, nullable=False) for n in ("records", "replaced", "release")),
        *_texts("full_sha256", "public_hash", "rules_hash", "code_hash", "at"),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]
