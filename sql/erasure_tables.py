"""The ledger's tables of erasures, and what the database itself keeps of them.

None of them names a patient or a record: a tombstone is a keyed digest.
"""

from __future__ import annotations

import sqlalchemy as sa

from sql.ledger_tables import METADATA
from sql.ledger_triggers import listed, refused
from sql.rotation_tables import IS_REKEYING
from sql.snapshot_tables import SNAPSHOT

ASKED, PREVIEWED, CONFIRMED = "asked", "previewed", "confirmed"
BEGUN, REWRITTEN, DONE = "begun", "rewritten", "done"
REFUSED, CANCELLED = "refused", "cancelled"
MOVES = {
    ASKED: (PREVIEWED, REFUSED),
    PREVIEWED: (CONFIRMED, CANCELLED),
    CONFIRMED: (BEGUN, REFUSED),
    BEGUN: (REWRITTEN,),
    REWRITTEN: (DONE,),
}
EXPORT, ORDER = "export", "order"
COUNTS = ("patients", "records", "submissions", "releases", "snapshots", "cases", "answers")

# One a request: of patients who withdrew in a site's export, or ordered by the registry team.
ERASURE = sa.Table(
    "erasure",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("site_ods_code", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("asked_by", sa.String, nullable=False),
    sa.Column("asked_at", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("sites", sa.String),  # that hold the patients, as JSON
    *(sa.Column(name, sa.Integer) for name in COUNTS),
    sa.Column("confirmed_by", sa.String),
    sa.Column("confirmed_at", sa.String),
    sa.Column("done_at", sa.String),
    sa.Column("note", sa.String),  # why it was refused or cancelled
)

# What is left out of every later upload.
TOMBSTONE = sa.Table(
    "tombstone",
    METADATA,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("erasure", sa.Integer, sa.ForeignKey(ERASURE.c.number), nullable=False),
)

# The release that took the place of a snapshot's, without the patients.
SNAPSHOT_REBUILT = sa.Table(
    "snapshot_rebuilt",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("snapshot", sa.Integer, sa.ForeignKey(SNAPSHOT.c.number), nullable=False),
    sa.Column("erasure", sa.Integer, sa.ForeignKey(ERASURE.c.number), nullable=False),
    sa.Column("records", sa.Integer, nullable=False),  # erased since the one before
    sa.Column("replaced", sa.Integer, nullable=False),  # the release before
    sa.Column("release", sa.Integer, nullable=False),
    sa.Column("full_sha256", sa.String, nullable=False),
    sa.Column("public_hash", sa.String, nullable=False),
    sa.Column("rules_hash", sa.String, nullable=False),
    sa.Column("code_hash", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)

_ASKED = ("number", "source", "site_ods_code", "reason", "asked_by", "asked_at")
_LEGAL = ", ".join(f"'{old} > {new}'" for old, to in MOVES.items() for new in to)
_STAYS = "what was erased stays on record"
_ENDED = ", ".join(f"'{state}'" for state in (DONE, REFUSED, CANCELLED))

KEPT = (
    refused(f"update of {listed(_ASKED)}", ERASURE, "what was asked stays"),
    refused(
        "update of state",
        ERASURE,
        "no such move of an erasure",
        f"not (old.state || ' > ' || new.state in ({_LEGAL}))",
    ),
    refused("update", ERASURE, "an erasure that has ended stays", f"old.state in ({_ENDED})"),
    # Under another storage key a tombstone is another digest of the same.
    refused("update of digest", TOMBSTONE, _STAYS, unless=IS_REKEYING),
    refused("update of erasure", TOMBSTONE, _STAYS),
    refused("update", SNAPSHOT_REBUILT, _STAYS),
    *(refused("delete", table, _STAYS) for table in (TOMBSTONE, SNAPSHOT_REBUILT, ERASURE)),
)
