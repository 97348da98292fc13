"""Sessions: how long a sign-in is good for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("account", sa.Integer, sa.ForeignKey("account.number")),
        sa.Column("begun_at", sa.String, nullable=False),
        sa.Column("seen_at", sa.String, nullable=False),
        sa.Column("ended_at", sa.String),
        sa.Column("ended", sa.String),
    )
