"""One procedure of a site's own: what it counts in, what was sent of it, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from expectations.dictionary import PATIENT, PATIENT_KEY, Column, Table, site_tables
from sql.lineage import moved_by
from sql.reader_source import Source

PROCEDURE = """
    select procedure_id, procedure_date, patient_key
    from fct_procedure
    where site_id = $site
        and site_id = any($sites)
        and patient_key in (
            select patient_key
            from fct_procedure
            where site_id = $site
                and procedure_id = $procedure
        )
    order by procedure_date, procedure_id
"""
COUNTS = """
    select
        value.indicator_id,
        entry.title,
        entry.kind,
        entry.measured_in,
        value.unit,
        case when value.unit = 'patient' then null else value.unit_key end as unit_key,
        value.value,
        value.time_days,
        value.amount,
        value.reason
    from indicator_value as value
    inner join indicator as entry
        on entry.id = value.indicator_id
    where value.site_id = $site
        and value.site_id = any($sites)
        and value.procedure_id = $procedure
        and value.unit <> 'field'
    order by value.indicator_id, value.unit_key
"""
FINDINGS = """
    select
        rule,
        severity,
        table_name,
        column_name,
        record_key,
        submission_id,
        source_file,
        source_line,
        answer,
        answered_until
    from stg_finding
    where is_current
        and site_id = $site
        and site_id = any($sites)
    order by severity, table_name, source_line, rule
"""
OF_PATIENT = f"{PATIENT_KEY} = $patient"
# Which rows of a table are of the procedure; where nothing is said, those of its patient.
ROWS_OF = {
    **dict.fromkeys(
        ("procedure", "lesion_treatment", "pulse_delivery", "complication"),
        "procedure_id = $procedure",
    ),
    "lesion_response": f"imaging_id in (select imaging_id from stg_followup_imaging where"
    f" site_id = $site and {OF_PATIENT})",
}
STORED = pl.Schema(
    {
        **dict.fromkeys(("table_name", "table"), pl.String()),
        "record": pl.Int64(),
        **dict.fromkeys(("column_name", "field", "value", "code", "moves"), pl.String()),
        **dict.fromkeys(("submission_id", "source_file"), pl.String()),
        "source_line": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Record:
    """One procedure: the patient's at the site, and what Reader.record says of it."""

    procedures: pl.DataFrame
    counts: pl.DataFrame
    stored: pl.DataFrame
    findings: pl.DataFrame


def record(source: Source, site: str, procedure_id: str) -> Record | None:
    """See Reader.record."""
    source.require_own(site)
    asked = {"site": site, "procedure": procedure_id}
    procedures = source.rows(PROCEDURE, **asked)
    if procedures.is_empty():
        return None
    held = dict(_held(source, asked | {"patient": procedures["patient_key"][0]}))
    stored = [cell for table, rows in held.items() for cell in _cells(site_tables()[table], rows)]
    keys = pl.concat(
        rows.select("record_key", table_name=pl.lit(table)) for table, rows in held.items()
    ).unique()
    findings = source.rows(FINDINGS, site=site)
    return Record(
        procedures.drop("patient_key"),
        source.rows(COUNTS, **asked),
        pl.DataFrame(stored, schema=STORED),
        findings.join(keys, on=["table_name", "record_key"], how="semi").drop("record_key"),
    )


def _held(source: Source, asked: Mapping[str, str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """By table, in dictionary order, the current rows of a procedure and its patient."""
    for name, table in site_tables().items():
        claim = ROWS_OF.get(name, OF_PATIENT if table.holds_patients else None)
        if claim is None:
            continue  # of the site, not of a patient
        values = {key: value for key, value in asked.items() if f"${key}" in f"$site {claim}"}
        found = source.rows(
            f"select * from stg_{name} where site_id = $site and site_id = any($sites)"
            f" and {claim} order by source_line",
            **values,
        )
        if found.height:
            yield name, found


def _cells(table: Table, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Every field that holds something, record by record."""
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        for name, column in table.columns.items():
            value = None if name == PATIENT else row.get(name)
            if value is not None:
                yield {
                    "table_name": table.name,
                    "table": table.title,
                    "record": number,
                    "column_name": name,
                    "field": column.title,
                    "value": _text(value),
                    "code": _meaning(column, value),
                    "moves": ", ".join(moved_by(table.name, name)),
                    **{of: row[of] for of in ("submission_id", "source_file", "source_line")},
                }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _meaning(column: Column, value: object) -> str | None:
    """What a code means, of a set every part."""
    if column.codes is None:
        return None
    codes = column.codes.codes
    return "; ".join(codes.get(part, part) for part in str(value).split(";"))
