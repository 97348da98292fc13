"""Write an accepted submission: a folder that is filled, flushed, then renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from expectations import dictionary, rules
from expectations.dictionary import site_tables, stored_columns
from ingest.assess import Assessment
from ingest.check import CheckFailed
from ingest.exclusions import SCHEMA as EXCLUSION_SCHEMA
from ingest.exclusions import exclusions, without
from ingest.findings import severity_counts
from ingest.home import Home
from ingest.state import PLACE

Step = Callable[[str], None]


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
    folder = home.submission_folder(receipt.submission_id)
    unfinished = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    step("folder made")
    left_out = exclusions(assessment)
    suffix = Path(receipt.filename).suffix.lower() or ".bin"
    if not assessment.held_numbers:
        (unfinished / f"export{suffix}").write_bytes(raw)
    tables = {}
    for name, frame in _kept(assessment, left_out).items():
        _write(frame, unfinished / f"{name}.parquet")
        tables[name] = {"rows": frame.height, "sha256": _digest(unfinished / f"{name}.parquet")}
    removed = _removed(assessment, left_out)
    if removed.height:
        _write(removed, unfinished / "removed.parquet")
    _write(assessment.findings.drop("row_id"), unfinished / "findings.parquet")
    listed = [name for name in EXCLUSION_SCHEMA if name != "row_id"]
    accepted_by = pl.lit(receipt.accepted_by).alias("accepted_by")
    _write(left_out.select(*listed, accepted_by), unfinished / "exclusions.parquet")
    step("tables written")
    manifest = _manifest(assessment, receipt, acceptance_number, tables, left_out)
    (unfinished / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
    for path in unfinished.iterdir():
        _flush(path)
    _flush(unfinished)
    step("folder flushed")
    unfinished.rename(folder)
    _flush(folder.parent)
    step("folder renamed")
    return manifest


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
    for row in cells.iter_rows(named=True):
        name = row["column_name"]
        is_out = pl.col("record_key") == row["record_key"]
        rows = rows.with_columns(pl.when(is_out).then(None).otherwise(pl.col(name)).alias(name))
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
        "export_kept": not assessment.held_numbers,
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


def _write(frame: pl.DataFrame, path: Path) -> None:
    # Uncompressed: a build opens a thousand small files, and spends half its reading time
    # on setting up decompression (measured).
    frame.write_parquet(path, compression="uncompressed")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
