"""Visits: when a person was here last, and which release they saw."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("seen_at", sa.String, nullable=False),
        sa.Column("release", sa.Integer),
        sa.Column("earlier_at", sa.String),
        sa.Column("earlier_release", sa.Integer),
    )
