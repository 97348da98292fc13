"""The ledger's tables of cases, documents and sentinel reviews, and what the database keeps."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from sql.case_moves import TRANSITIONS
from sql.case_stages import FIRST_STAGE
from sql.ledger_tables import METADATA
from sql.ledger_triggers import Refusal, listed, refused
from sql.rotation_tables import IS_REKEYING

# One a site, indicator and period. What it was opened with never changes; lateness is not
# kept, it follows from `due`.
CASE = sa.Table(
    "outlier_case",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("site_ods_code", sa.String, nullable=False),
    sa.Column("indicator_id", sa.String, nullable=False),
    sa.Column("period", sa.String, nullable=False),
    sa.Column("period_start", sa.String, nullable=False),
    sa.Column("period_end", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("nation", sa.String, nullable=False),
    sa.Column("opened_at", sa.String, nullable=False),
    sa.Column("opened_by", sa.String, nullable=False),
    sa.Column("release", sa.Integer),  # from which it was opened; kept for it
    sa.Column("evidence", sa.String, nullable=False),  # as JSON: figures of the site, no patient
    sa.Column("evidence_digest", sa.String, nullable=False),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("stage_began", sa.String, nullable=False),
    sa.Column("due", sa.String),
    sa.Column("decision", sa.String),
    sa.Column("published_at", sa.String),
    sa.Column("closed_at", sa.String),
    sa.UniqueConstraint("site_ods_code", "indicator_id", "period_start", "period_end"),
)

# Each move of a case and what was said; the audit log has the text's digest.
CASE_STEP = sa.Table(
    "case_step",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_number", sa.Integer, sa.ForeignKey(CASE.c.number), nullable=False),
    sa.Column("move", sa.String, nullable=False),
    sa.Column("old", sa.String),
    sa.Column("new", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("was_due", sa.String),  # of the stage left
    sa.Column("text", sa.String, nullable=False),
    sa.Column("text_digest", sa.String, nullable=False),
)

# Each document attached to a case: what is told of it, never its content.
CASE_DOCUMENT = sa.Table(
    "case_document",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_number", sa.Integer, sa.ForeignKey(CASE.c.number), nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),  # its name at rest
    sa.Column("by", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),  # waiting, kept, refused, removed
    sa.Column("note", sa.String),  # why it was refused, or what could not be looked into
)
DOCUMENT_STATES = {"waiting": ("kept", "refused"), "kept": ("removed",)}

# A review of one sentinel event, by a keyed digest that names no patient; the newest stands.
SENTINEL_REVIEW = sa.Table(
    "sentinel_review",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("event_key", sa.String, nullable=False, index=True),
    sa.Column("site_ods_code", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("lesson", sa.String, nullable=False),
    sa.Column("lesson_digest", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)

MOVING = ("stage", "stage_began", "due", "decision", "published_at", "closed_at")


def _refused() -> Iterator[Refusal]:
    frozen = [column.name for column in CASE.columns if column.name not in MOVING]
    pairs = ", ".join(f"'{old} > {new}'" for old, new in sorted(TRANSITIONS))
    legal = f"old.stage || ' > ' || new.stage in ({pairs})"
    yield refused(f"update of {listed(frozen)}", CASE, "the evidence of a case is frozen")
    yield refused("update of stage", CASE, "no such move of a case", f"not ({legal})")
    yield refused("insert", CASE, "a case begins as potential", f"new.stage <> '{FIRST_STAGE}'")
    yield refused("delete", CASE, "a case is never deleted")
    told = [column.name for column in CASE_DOCUMENT.columns if column.name not in ("state", "note")]
    steps = ", ".join(f"'{old} > {new}'" for old, to in DOCUMENT_STATES.items() for new in to)
    legal = f"old.state || ' > ' || new.state in ({steps})"
    yield refused(f"update of {listed(told)}", CASE_DOCUMENT, "what is on record stays")
    yield refused("update of state", CASE_DOCUMENT, "no such state", f"not ({legal})")
    yield refused("delete", CASE_DOCUMENT, "what is on record stays")
    # A text may be emptied, where an erasure must; its digest stays.
    for table, text in ((CASE_STEP, "text"), (SENTINEL_REVIEW, "lesson")):
        others = [c.name for c in table.columns if c.name not in (text, "event_key")]
        yield refused(f"update of {listed(others)}", table, "what was said stays")
        yield refused(f"update of {text}", table, "what was said stays", f"new.{text} <> ''")
        yield refused("delete", table, "what was said stays")
    # Under another storage key the same event has another key.
    said = "what was said stays"
    yield refused("update of event_key", SENTINEL_REVIEW, said, unless=IS_REKEYING)


KEPT = tuple(_refused())
