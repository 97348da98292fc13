"""The ledger's tables, the states of a submission, and what keeps the log append-only."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from sql.ledger_triggers import Refusal

METADATA = sa.MetaData()

SUBMISSION = sa.Table(
    "submission",
    METADATA,
    sa.Column("submission_id", sa.String, primary_key=True),
    sa.Column("site_ods_code", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("filename", sa.String, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("received_at", sa.String, nullable=False),
    sa.Column("received_by", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("form", sa.String),  # what was said of a single table's file, as JSON
    sa.Column("period_start", sa.String),
    sa.Column("period_end", sa.String),
    sa.Column("submission_type", sa.String),
    sa.Column("extract_datetime", sa.String),
    sa.Column("nil_return", sa.Boolean),
    sa.Column("canonical_digest", sa.String),
    sa.Column("acceptance_number", sa.Integer, unique=True),
    sa.Column("code", sa.String),
    sa.Column("records_read", sa.Integer),
    sa.Column("records_excluded", sa.Integer),
    sa.Column("findings_F", sa.Integer),
    sa.Column("findings_R", sa.Integer),
    sa.Column("findings_B", sa.Integer),
    sa.Column("findings_W", sa.Integer),
    sa.Column("decided_at", sa.String),
    sa.Column("note", sa.String),
)

REQUEST = sa.Table(
    "request",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("submission_id", sa.String, nullable=False),  # or what else it is about
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("outcome", sa.String),
    sa.Column("digest", sa.String),  # of the list that the person was shown
)

# A locked period takes corrections only; without unlocked_at the lock stands.
LOCK = sa.Table(
    "lock",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("period_start", sa.String, nullable=False),
    sa.Column("period_end", sa.String, nullable=False),
    sa.Column("locked_by", sa.String, nullable=False),
    sa.Column("locked_at", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("unlocked_by", sa.String),
    sa.Column("unlocked_at", sa.String),
    sa.Column("unlock_reason", sa.String),
)

# A lead's attestation of one site's period; without voided_at it stands.
SIGN_OFF = sa.Table(
    "sign_off",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("site_ods_code", sa.String, nullable=False),
    sa.Column("period_start", sa.String, nullable=False),
    sa.Column("period_end", sa.String, nullable=False),
    sa.Column("signed_by", sa.String, nullable=False),
    sa.Column("signed_at", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("submissions", sa.String, nullable=False),  # those signed, as JSON
    sa.Column("voided_at", sa.String),
    sa.Column("voided_by", sa.String),
    sa.Column("void_reason", sa.String),
)

# Who agreed to what needs two: the site, and the registry team with a reason.
AGREEMENT = sa.Table(
    "agreement",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("submission_id", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("side", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)

# What a site says of an unusual value; the digest is keyed, and of the value it holds for.
ANSWER = sa.Table(
    "answer",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("site_ods_code", sa.String, nullable=False),
    sa.Column("finding_id", sa.String, nullable=False),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("value_digest", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("expires", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("taken_back_at", sa.String),
    sa.Column("taken_back_by", sa.String),
)

# Who may sign in, as what. A disabled one stays, and its login may be given anew.
ACCOUNT = sa.Table(
    "account",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("login", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("sites", sa.String, nullable=False),  # as JSON
    sa.Column("trust", sa.String),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("subject", sa.String),  # bound at the first sign-in
    sa.Column("granted_by", sa.String, nullable=False),
    sa.Column("granted_at", sa.String, nullable=False),
)

# One sign-in and how long it is good for. The provider's claims are known by their hash alone.
SESSION = sa.Table(
    "session",
    METADATA,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("account", sa.Integer, sa.ForeignKey(ACCOUNT.c.number)),  # empty: nobody let in
    sa.Column("begun_at", sa.String, nullable=False),
    sa.Column("seen_at", sa.String, nullable=False),
    sa.Column("ended_at", sa.String),
    sa.Column("ended", sa.String),  # why
)

# What a person keeps: an address under a name of their own, and nothing of what it shows.
SAVED_VIEW = sa.Table(
    "saved_view",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String, nullable=False),  # account 7; in a demo who the persona is
    sa.Column("name", sa.String, nullable=False),
    sa.Column("address", sa.String, nullable=False),
    sa.Column("saved_at", sa.String, nullable=False),
    sa.UniqueConstraint("owner", "name"),
)

# When a person was here last, and before that: the end of the visit before this one.
VISIT = sa.Table(
    "visit",
    METADATA,
    sa.Column("owner", sa.String, primary_key=True),  # as of a saved view
    sa.Column("seen_at", sa.String, nullable=False),
    sa.Column("release", sa.Integer),
    sa.Column("earlier_at", sa.String),
    sa.Column("earlier_release", sa.Integer),
)

# Who is sent a digest, and where; without removed_at it stands.
RECIPIENT = sa.Table(
    "recipient",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("address", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("sites", sa.String, nullable=False),  # as JSON
    sa.Column("often", sa.String, nullable=False),
    sa.Column("added_at", sa.String, nullable=False),
    sa.Column("added_by", sa.String, nullable=False),
    sa.Column("removed_at", sa.String),
    sa.Column("removed_by", sa.String),
)

# The outbox. The audit log has the digest of a body, never its words.
MESSAGE = sa.Table(
    "message",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("recipient", sa.Integer, sa.ForeignKey(RECIPIENT.c.number), nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("body", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("told", sa.String, nullable=False),  # what it told of and stands still, as JSON
    sa.Column("made_at", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("unanswered", sa.Integer, nullable=False),  # attempts whose end is not known
    sa.Column("next_at", sa.String, nullable=False),
    sa.Column("last_error", sa.String),
    sa.Column("sent_at", sa.String),
    sa.UniqueConstraint("recipient", "digest"),
)

EVENT = sa.Table(
    "event",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("old", sa.String),
    sa.Column("new", sa.String),
    sa.Column("detail", sa.String, nullable=False),
    sa.Column("previous_hash", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)

# One row: how far the log goes. Its seal is keyed, so that a log cut short does not fit it.
LOG_HEAD = sa.Table(
    "log_head",
    METADATA,
    sa.Column("one", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("seal", sa.String, nullable=False),
)

# Who may move a submission is decided before this; where to, here (design of states).
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "received": frozenset({"checking", "refused"}),
    "checking": frozenset({"received", "held", "refused", "accepted"}),
    "held": frozenset({"accepted", "replaced", "lapsed"}),
    "accepted": frozenset({"signed", "superseded", "withdrawn"}),
    "signed": frozenset({"accepted", "superseded", "withdrawn"}),
    "superseded": frozenset({"accepted", "signed", "withdrawn"}),
}
IN_THE_WALK = ("accepted", "signed", "superseded")

KEPT = tuple(
    Refusal(f"event_no_{change}", change, EVENT.name, "the audit log is append-only")
    for change in ("update", "delete")
)
