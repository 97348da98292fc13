"""Write an accepted submission: a folder that is filled, flushed, then renamed into place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from expectations import dictionary, rules
from expectations.dictionary import site_tables, stored_columns
from ingest.answers import with_digests
from ingest.assess import Assessment
from ingest.check import CheckFailed
from ingest.exclusions import SCHEMA as EXCLUSION_SCHEMA
from ingest.exclusions import exclusions, without
from ingest.findings import severity_counts
from ingest.folder import EXPORT, FolderOf, Step
from ingest.history import KEYS, keys_of
from ingest.home import Home
from ingest.state import PLACE
from sql.keyring import Keyring


@dataclass(frozen=True)
class Receipt:
    """Who sent what, when, and who accepted it."""

    submission_id: str
    filename: str
    sha256: str
    received_at: str
    received_by: str
    accepted_at: datetime
    accepted_by: str
    agreed_by: str | None = None  # of the registry team, where it needs two
    agreed_reason: str | None = None


def store(
    home: Home,
    assessment: Assessment,
    receipt: Receipt,
    raw: bytes,
    acceptance_number: int,
    step: Step = lambda name: None,
) -> dict[str, Any]:
    """Keep an accepted submission for good; the rename of its folder is the commit.

    Returns:
        The manifest as written.

    Raises:
        CheckFailed: if a record would be neither kept, excluded nor a duplicate.
    """
    left_out = exclusions(assessment)
    with FolderOf(home, receipt.submission_id, step) as folder:
        if _is_export_kept(assessment):
            suffix = Path(receipt.filename).suffix.lower() or ".bin"
            (folder.unfinished / f"{EXPORT}{suffix}").write_bytes(raw)
        tables = {
            name: folder.write_table(name, frame)
            for name, frame in _kept(assessment, left_out).items()
        }
        removed = _removed(assessment, left_out)
        if removed.height:
            folder.write("removed", removed)
        folder.write("findings", _findings(assessment, home.storage_keys()))
        listed = [name for name in EXCLUSION_SCHEMA if name != "row_id"]
        folder.write("exclusions", left_out.select(*listed, *_deciders(receipt)))
        site = assessment.submission.site
        folder.write(KEYS, keys_of(assessment.typed, home.storage_keys(), site))
        step("tables written")
        manifest = _manifest(assessment, receipt, acceptance_number, tables, left_out)
        folder.write_manifest(manifest)
    return manifest


def _is_export_kept(assessment: Assessment) -> bool:
    """False where what was received holds what must not be at rest."""
    return not assessment.held_numbers and not assessment.erased


def _deciders(receipt: Receipt) -> list[pl.Expr]:
    names = ("accepted_by", "agreed_by", "agreed_reason")
    return [pl.lit(getattr(receipt, name), dtype=pl.String).alias(name) for name in names]


def _findings(assessment: Assessment, storage_keys: Keyring | None) -> pl.DataFrame:
    """The findings, each query with the digest by which a release knows its answer."""
    sent, held = assessment.typed, assessment.held
    return with_digests(assessment.findings, sent, held, storage_keys).drop("row_id")


def _kept(assessment: Assessment, left_out: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What is stored of each table: sent rows, and held rows with a value emptied."""
    kept = {}
    for name, frame in assessment.typed.items():
        rows = without(frame, left_out, name)
        gone = left_out.filter(
            (pl.col("table_name") == name)
            & pl.col("column_name").is_null()
            & (pl.col("row_id") > 0)
        )["row_id"].n_unique()
        if rows.height + gone != assessment.records[name]:
            raise CheckFailed(f"{name}: {assessment.records[name]} read, {rows.height} kept")
        kept[name] = rows.select(_kept_columns(name))
    for name, frame in assessment.held.items():
        emptied = _emptied(frame, left_out, name)
        if emptied.height:
            before = [kept[name]] if name in kept else []
            kept[name] = pl.concat([*before, emptied.select(_kept_columns(name))])
    return {name: frame for name, frame in kept.items() if frame.height}


def _kept_columns(table: str) -> list[str]:
    """The columns of a stored table, in order."""
    return [*stored_columns(site_tables()[table]), *PLACE]


def _emptied(held: pl.DataFrame, left_out: pl.DataFrame, table: str) -> pl.DataFrame:
    cells = left_out.filter(
        (pl.col("table_name") == table)
        & (pl.col("row_id") < 0)
        & pl.col("column_name").is_not_null()
    )
    rows = held.filter(pl.col("record_key").is_in(cells["record_key"].implode()))
    for (column,), here in cells.group_by("column_name"):
        is_out = pl.col("record_key").is_in(here["record_key"].implode())
        value = pl.when(~is_out).then(pl.col(str(column)))
        rows = rows.with_columns(value.alias(str(column)))
    return rows


def _removed(assessment: Assessment, left_out: pl.DataFrame) -> pl.DataFrame:
    """Records taken away: those the export removes, and held rows that cannot stand."""
    schema = {"table_name": pl.String, "record_key": pl.String, "reason": pl.String}
    held = left_out.filter((pl.col("row_id") < 0) & pl.col("column_name").is_null())
    gone = held.select(
        "table_name", "record_key", pl.concat_str(pl.lit("excluded: "), "rule").alias("reason")
    )
    asked = pl.DataFrame(schema=schema) if assessment.removed is None else assessment.removed
    return pl.concat([asked.select(list(schema)), gone])


def _manifest(
    assessment: Assessment,
    receipt: Receipt,
    acceptance_number: int,
    tables: dict[str, Any],
    left_out: pl.DataFrame,
) -> dict[str, Any]:
    said = assessment.submission
    whole = left_out.filter(pl.col("column_name").is_null() & (pl.col("row_id") > 0))
    duplicates = whole.filter(pl.col("rule") == "K04a")["row_id"].len()
    excluded = whole.unique(["table_name", "row_id"]).height - duplicates
    told = asdict(receipt) | {
        "accepted_at": receipt.accepted_at.astimezone(UTC).isoformat(),
        "acceptance_number": acceptance_number,
        "site_ods_code": said.site,
        "period_start": said.period_start.isoformat() if said.period_start else None,
        "period_end": said.period_end.isoformat() if said.period_end else None,
        "submission_type": said.submission_type,
        "extract_datetime": said.extract_datetime.isoformat(),
        "nil_return": said.nil_return,
        "hes_ire_count": said.hes_ire_count,
        "canonical_digest": assessment.digest,
        "export_kept": _is_export_kept(assessment),
        "records_left_out": assessment.erased,
        "tables": tables,
        "records_read": sum(assessment.records.values()),
        "records_excluded": excluded,
        "duplicates": duplicates,
        "notices": list(assessment.notices),
        "not_evaluated": list(assessment.not_evaluated),
        "not_evaluable": dict(assessment.not_evaluable),
        "findings": severity_counts(assessment.findings),
        "versions": {
            "dictionary": dictionary.VERSION,
            "rules": rules.VERSION,
            "code": version("ire-liver-audit"),
        },
    }
    return told
