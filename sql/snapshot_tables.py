"""The ledger's table of annual snapshots, and what the database itself keeps of it."""

from __future__ import annotations

import sqlalchemy as sa

from sql.ledger_tables import LOCK, METADATA
from sql.ledger_triggers import listed, refused

OPEN, TAKEN, CANCELLED = "validating", "taken", "cancelled"

# One a reporting year, those cancelled apart. What is taken or cancelled never changes again.
SNAPSHOT = sa.Table(
    "snapshot",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("period", sa.String, nullable=False),
    sa.Column("period_start", sa.String, nullable=False),
    sa.Column("period_end", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("opened_at", sa.String, nullable=False),
    sa.Column("opened_by", sa.String, nullable=False),
    sa.Column("window_end", sa.String, nullable=False),  # the last day to validate and sign
    sa.Column("window_source", sa.String, nullable=False),
    sa.Column("taken_at", sa.String),
    sa.Column("taken_by", sa.String),
    sa.Column("release", sa.Integer),
    sa.Column("data_date", sa.String),
    sa.Column("full_sha256", sa.String),  # of the release's full file
    sa.Column("public_hash", sa.String),  # over the published rows
    sa.Column("rules_hash", sa.String),
    sa.Column("code_hash", sa.String),
    sa.Column("signed", sa.String),  # the sites that had signed the year, as JSON
    sa.Column("not_signed", sa.String),  # the sites expected that had not, as JSON
    sa.Column("lock_number", sa.Integer, sa.ForeignKey(LOCK.c.number)),
    sa.Column("cancelled_at", sa.String),
    sa.Column("cancelled_by", sa.String),
    sa.Column("cancel_reason", sa.String),
    sa.Index(
        "one_snapshot_a_period",
        "period",
        unique=True,
        sqlite_where=sa.text(f"state <> '{CANCELLED}'"),
        postgresql_where=sa.text(f"state <> '{CANCELLED}'"),
    ),
)

_OPENED = ("number", "period", "period_start", "period_end", "opened_at", "opened_by")

KEPT = (
    refused("insert", SNAPSHOT, "a snapshot begins as validating", f"new.state <> '{OPEN}'"),
    refused(
        f"update of {listed((*_OPENED, 'window_end', 'window_source'))}",
        SNAPSHOT,
        "what a snapshot was opened with stays",
    ),
    refused("update", SNAPSHOT, "a snapshot that has ended stays", f"old.state <> '{OPEN}'"),
    refused(
        "update of state",
        SNAPSHOT,
        "no such move of a snapshot",
        f"new.state not in ('{TAKEN}', '{CANCELLED}')",
    ),
    refused("delete", SNAPSHOT, "a snapshot is never deleted"),
)
