"""What an accepted exclusion removes: the least that lets the row stand.

A value goes where the row can stand without it; the row goes only where something that
places it is unusable, or where it repeats a key. Nothing goes quietly: each exclusion is
listed, and a complication, a death, or a procedure that has either is protected.
"""

from __future__ import annotations

import polars as pl

from expectations.dictionary import PATIENT_KEY
from ingest.assess import Assessment
from ingest.findings import FINDING_SCHEMA, are_whole, has_severity

SCHEMA = {
    "rule": pl.String,
    "table_name": pl.String,
    "record_key": pl.String,
    "column_name": pl.String,
    "is_protected": pl.Boolean,
    "source_line": pl.Int64,
    "procedure_id": pl.String,
    "patient_key": pl.String,
    "event_date": pl.Date,
    "row_id": pl.Int64,
}
_PLACED = {"place": pl.UInt32} | SCHEMA

# What the row of a finding says of it, where the row has such a column.
_SAID = {
    "procedure_id": pl.String,
    PATIENT_KEY: pl.String,
    "procedure_date": pl.Date,
    "status": pl.String,
    "death_date": pl.Date,
}
_FOUND = [name for name in _PLACED if name in {"place"} | FINDING_SCHEMA.keys()]
_OF_PLACE = ("source_line", "row_id")


def exclusions(assessment: Assessment) -> pl.DataFrame:
    """What accepting a held submission as it is would leave out.

    Returns:
        One row an exclusion, SCHEMA: column_name null where the row goes (or, for K06
        and OLDER, where nothing goes and the site confirms what it sent); procedure_id,
        patient_key and event_date (of a procedure) as far as the row says them; row_id as
        in the findings.
    """
    found = (
        assessment.findings.filter(has_severity("R"))
        .with_row_index("place")
        .with_columns(pl.when(~are_whole()).then("column_name").alias("column_name"))
    )
    parts = [pl.DataFrame(schema=_PLACED)]
    for (name,), here in found.group_by("table_name"):
        parts.append(_of_table(here, "" if name is None else str(name), assessment))
    return pl.concat(parts).sort("place").drop("place")


def without(frame: pl.DataFrame, excluded: pl.DataFrame, table: str) -> pl.DataFrame:
    """A table's rows without what is excluded: values emptied, rows left out."""
    here = excluded.filter(pl.col("table_name") == table)
    if not here.height or "row_id" not in frame.columns:
        return frame
    whole = here.filter(pl.col("column_name").is_null())["row_id"]
    kept = frame.filter(~pl.col("row_id").is_in(whole.implode()))
    values = here.filter(pl.col("column_name").is_not_null())
    for (column,), cells in values.group_by("column_name"):
        name = str(column)
        is_out = pl.col("row_id").is_in(cells["row_id"].implode())
        kept = kept.with_columns(pl.when(is_out).then(None).otherwise(pl.col(name)).alias(name))
    return kept


def _of_table(findings: pl.DataFrame, table: str, assessment: Assessment) -> pl.DataFrame:
    """The exclusions on one table (or, of no name, on the submission as a whole)."""
    is_sent = pl.col("row_id").fill_null(0) > 0
    rows = pl.concat(
        [
            _beside(findings.filter(is_sent), assessment.typed.get(table), "row_id"),
            _beside(findings.filter(~is_sent), assessment.held.get(table), "record_key"),
        ]
    )
    repeats = _repeats(findings, assessment.typed.get(table))
    is_repeat = (pl.col("rule") == "K04a") & pl.col("row_id").is_in(repeats.implode())
    is_protected = _is_protected(table, assessment) & ~is_repeat.fill_null(False)
    dated = pl.when(table == "procedure").then("procedure_date")
    cells = {"is_protected": is_protected, "event_date": dated}
    return rows.with_columns(**cells).select(
        pl.col(name).cast(kind) for name, kind in _PLACED.items()
    )


def _beside(findings: pl.DataFrame, rows: pl.DataFrame | None, by: str) -> pl.DataFrame:
    """The findings with what is said by the rows that they stand on."""
    said = [] if rows is None else [name for name in _SAID if name in rows.columns]
    if rows is not None and findings.height:
        of_rows = rows.select(by, *said).unique(by, keep="first", maintain_order=True)
        findings = findings.join(of_rows, on=by, how="left")
    else:
        said = []
    unsaid = {name: pl.lit(None, kind) for name, kind in _SAID.items() if name not in said}
    return findings.with_columns(**unsaid).select(*_FOUND, *_SAID)


def _is_protected(table: str, assessment: Assessment) -> pl.Expr:
    """Whether what goes is a complication, a death, or a procedure that has either."""
    emptied = pl.col("column_name")
    if table == "complication":
        return emptied.is_null()
    if table == "vital_status":
        # A row whose status cannot be read may be of a death.
        may_be_death = (
            (pl.col("rule") == "K06")
            | ~pl.col("status").is_in(["ALIVE", "LOST"]).fill_null(False)
            | pl.col("death_date").is_not_null()
        )
        return may_be_death & (emptied.is_null() | (emptied == "death_date"))
    if table == "procedure":
        harmed = pl.Series(list(assessment.harmed), dtype=pl.String)
        # One without its key is any of those without: where one is harmed, all are protected.
        return emptied.is_null() & pl.col("record_key").is_in(harmed.implode(), nulls_equal=True)
    return pl.lit(False)


def _repeats(findings: pl.DataFrame, rows: pl.DataFrame | None) -> pl.Series:
    """The rows of which the first row of their key says all that they do, and stays."""
    repeated = findings.filter(pl.col("rule") == "K04a")["row_id"]
    if rows is None or not repeated.len():
        return pl.Series(dtype=pl.Int64)
    found = rows.filter(pl.col("row_id").is_in(repeated.implode()))
    first = rows.filter(pl.col("record_key").is_in(found["record_key"].implode())).unique(
        "record_key", keep="first", maintain_order=True
    )
    both = found.join(first, on="record_key", suffix=" first")
    names = [name for name in rows.columns if name not in (*_OF_PLACE, "record_key")]
    same = [pl.col(name).eq_missing(pl.col(f"{name} first")) for name in names]
    return both.filter(pl.all_horizontal(same))["row_id"]
