"""The tables as they were when migrations began.

A ledger that an earlier version made has most of them: it gets those that it lacks, and the
columns that came since it was made. Nothing of it is lost.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# A column a word: text unless it says otherwise, `?` where it may be empty, `!` the key. A table
# without a key of its own has a number.
TABLES = {
    "account": """
        login name role sites trust? state subject? granted_by granted_at
    """,
    "agreement": """
        submission_id action side digest by reason at
    """,
    "answer": """
        site_ods_code finding_id rule value_digest reason expires by at taken_back_at?
        taken_back_by?
    """,
    "event": """
        at by action subject old? new? detail previous_hash hash
    """,
    "lock": """
        period_start period_end locked_by locked_at reason unlocked_by? unlocked_at?
        unlock_reason?
    """,
    "log_head": """
        one!:int number:int seal
    """,
    "outlier_case": """
        site_ods_code indicator_id period period_start period_end kind nation opened_at
        opened_by release:int? evidence evidence_digest stage stage_began due? decision?
        published_at? closed_at?
    """,
    "recipient": """
        address role sites often added_at added_by removed_at? removed_by?
    """,
    "request": """
        submission_id kind by reason? at outcome? digest?
    """,
    "sentinel_review": """
        event_key site_ods_code outcome lesson lesson_digest by at
    """,
    "sign_off": """
        site_ods_code period_start period_end signed_by signed_at text submissions voided_at?
        voided_by? void_reason?
    """,
    "submission": """
        submission_id! site_ods_code state filename bytes:int sha256 received_at received_by
        attempts:int form? period_start? period_end? submission_type? extract_datetime?
        nil_return:bool? canonical_digest? acceptance_number:int? code? records_read:int?
        records_excluded:int? findings_F:int? findings_R:int? findings_B:int? findings_W:int?
        decided_at? note?
    """,
    "case_document": """
        case_number:int name bytes:int sha256 file by at state note?
    """,
    "case_step": """
        case_number:int move old? new by at was_due? text text_digest
    """,
    "message": """
        recipient:int subject body digest told made_at state attempts:int unanswered:int next_at
        last_error? sent_at?
    """,
    "snapshot": """
        period period_start period_end state opened_at opened_by window_end window_source
        taken_at? taken_by? release:int? data_date? full_sha256? public_hash? rules_hash?
        code_hash? signed? not_signed? lock_number:int? cancelled_at? cancelled_by?
        cancel_reason?
    """,
}
UNIQUE = {
    "submission": ("acceptance_number",),
    "outlier_case": ("site_ods_code", "indicator_id", "period_start", "period_end"),
    "message": ("recipient", "digest"),
}
PARENTS = {
    ("case_document", "case_number"): "outlier_case.number",
    ("case_step", "case_number"): "outlier_case.number",
    ("message", "recipient"): "recipient.number",
    ("snapshot", "lock_number"): "lock.number",
}
KINDS = {"": sa.String, "int": sa.Integer, "bool": sa.Boolean}


def upgrade() -> None:
    connection = op.get_bind()
    tables = sa.MetaData()
    for name, words in TABLES.items():
        _declare(tables, name, words.split())
    _declare_indexes(tables)
    known = sa.inspect(connection).get_table_names()
    tables.create_all(connection)
    for table in tables.sorted_tables:
        if table.name in known:
            _add_missing(table)


def _declare(tables: sa.MetaData, name: str, words: list[str]) -> None:
    has_key = any("!" in word for word in words)
    key = [] if has_key else [sa.Column("number", sa.Integer, primary_key=True)]
    unique = [sa.UniqueConstraint(*UNIQUE[name])] if name in UNIQUE else []
    sa.Table(name, tables, *key, *(_column(name, word) for word in words), *unique)


def _column(table: str, word: str) -> sa.Column[object]:
    name, _, kind = word.rstrip("?").partition(":")
    is_key, name = name.endswith("!"), name.rstrip("!")
    parent = PARENTS.get((table, name))
    links = [] if parent is None else [sa.ForeignKey(parent)]
    return sa.Column(name, KINDS[kind], *links, primary_key=is_key, nullable=word.endswith("?"))


def _declare_indexes(tables: sa.MetaData) -> None:
    snapshot, review = tables.tables["snapshot"], tables.tables["sentinel_review"]
    stands = sa.text("state <> 'cancelled'")
    sa.Index(
        "one_snapshot_a_period",
        snapshot.c.period,
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    sa.Index("ix_sentinel_review_event_key", review.c.event_key)


def _add_missing(table: sa.Table) -> None:
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table.name)}
    for column in table.columns:
        if column.name not in present:
            op.add_column(table.name, sa.Column(column.name, column.type))
