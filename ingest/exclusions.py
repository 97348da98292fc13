"""What an accepted exclusion removes: the least that lets the row stand.

A value goes where the row can stand without it; the row goes only where something that
places it is unusable, or where it repeats a key. Nothing goes quietly: each exclusion is
listed, and a complication, a death, or a procedure that has either is protected.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from expectations.dictionary import PATIENT_KEY
from expectations.rules import catalogue
from ingest.assess import Assessment
from ingest.findings import goes_whole

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


def exclusions(assessment: Assessment) -> pl.DataFrame:
    """What accepting a held submission as it is would leave out.

    Returns:
        One row an exclusion, SCHEMA: column_name null where the row goes (or, for K06
        and OLDER, where nothing goes and the site confirms what it sent); procedure_id,
        patient_key and event_date (of a procedure) as far as the row says them; row_id as
        in the findings.
    """
    rows = []
    for finding in assessment.findings.iter_rows(named=True):
        rule = catalogue()[finding["rule"]]
        if rule.severity != "R":
            continue
        table, column = finding["table_name"], finding["column_name"]
        record = _record(assessment, finding)
        is_whole = goes_whole(rule.id, table, column)
        rows.append(
            {
                "rule": rule.id,
                "table_name": table,
                "record_key": finding["record_key"],
                "column_name": None if is_whole else column,
                "is_protected": _is_protected(
                    rule.id, None if is_whole else column, finding, record, assessment
                ),
                "source_line": finding["source_line"],
                "procedure_id": record.get("procedure_id"),
                "patient_key": record.get(PATIENT_KEY),
                "event_date": record.get("procedure_date") if table == "procedure" else None,
                "row_id": finding["row_id"],
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


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


def _record(assessment: Assessment, finding: Mapping[str, object]) -> Mapping[str, object]:
    """The row a finding stands on, or nothing for one about the whole submission."""
    table, row_id = finding["table_name"], finding["row_id"]
    if not isinstance(table, str):
        return {}
    if isinstance(row_id, int) and row_id > 0:
        return assessment.typed[table].row(row_id - 1, named=True)
    if table not in assessment.held or finding["record_key"] is None:
        return {}
    held = assessment.held[table].filter(pl.col("record_key") == finding["record_key"])
    return held.row(0, named=True) if held.height else {}


def _is_protected(
    rule: str,
    emptied: str | None,
    finding: Mapping[str, object],
    record: Mapping[str, object],
    assessment: Assessment,
) -> bool:
    table = finding["table_name"]
    if rule == "K04a" and _is_repeat(assessment, finding, record):
        return False  # the first row of the key says the same, and stays
    if table == "complication":
        return emptied is None
    if table == "vital_status":
        # A row whose status cannot be read may be of a death.
        may_be_death = (
            rule == "K06"
            or record.get("status") not in ("ALIVE", "LOST")
            or record.get("death_date") is not None
        )
        return may_be_death and emptied in (None, "death_date")
    if table == "procedure":
        return emptied is None and finding["record_key"] in assessment.harmed
    return False


def _is_repeat(
    assessment: Assessment, finding: Mapping[str, object], record: Mapping[str, object]
) -> bool:
    """True where the first row of the key says all that this one does."""
    rows = assessment.typed[str(finding["table_name"])]
    first = rows.filter(pl.col("record_key") == finding["record_key"]).row(0, named=True)
    return all(first[name] == record[name] for name in record if name not in _OF_PLACE)


_OF_PLACE = ("source_line", "row_id")
