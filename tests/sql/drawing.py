"""Tests draw small tables as text; these functions make accepted submissions of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from expectations.dictionary import (
    PATIENT,
    PATIENT_KEY,
    Table,
    register_tables,
    site_tables,
    stored_columns,
    stored_key,
    tables,
)
from sql.frames import POLARS_TYPES
from sql.walk import BESIDE, BESIDE_FILES, Accepted

SITE = "ZZ101"
SEPARATOR = "\x1f"

# What a column holds where a test does not draw it. A rule's links are empty: each
# compliance test draws its own.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "patient": {"tumour_type": "HCC", "birth_year_month": "1950-01"},
    "procedure": {"procedure_date": "2024-01-01", "approach": "PERCUTANEOUS"},
    "lesion_treatment": {"lesion_id": "lesion"},
    "complication": {
        "onset_date": "2024-01-01",
        "nice_category": "OTHER",
        "subtype": "PAIN",
        "clavien_dindo": "I",
        "relatedness": "POSSIBLE",
    },
    "followup_imaging": {"new_lesion": "NONE"},
    "vital_status": {"status": "ALIVE", "status_date": "2026-09-30"},
    "research_enrolment": {
        "study_id": "study",
        "consent_date": "2023-12-01",
        "consent_scope": "DATA_REGISTRY;TREATMENT",
    },
    "mdt_review": {
        "meeting_date": "2023-12-01",
        "mdt_level": "SPECIALIST_HPB",
        "recommendation": "IRE",
        "attended_hepatology": True,
        "attended_hpb_surgery": True,
        "attended_ir": True,
        "attended_oncology": True,
    },
    "governance_approval": {"decision": "APPROVED", "valid_from": "2023-01-01"},
    "operator_training": {"training_type": "SIGN_OFF", "training_date": "2023-01-01"},
    "site": {"trust_ods_code": "ZZ1", "site_name": "Site", "nation": "E"},
    "research_study": {
        "rec_reference": "21/LO/0123",
        "rec_favourable_opinion_date": "2023-01-01",
        "study_open": "2023-01-01",
    },
    "study_site": {"study_id": "study", "site_confirmation_date": "2023-01-01"},
}


def draw(text: str) -> list[dict[str, str | None]]:
    """The rows of a table drawn with pipes; an empty cell is a null."""
    lines = [line.split("|") for line in text.strip().splitlines() if line.strip()]
    header, *rows = [[cell.strip() for cell in line] for line in lines]
    return [{name: cell or None for name, cell in zip(header, row, strict=True)} for row in rows]


def stored(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a submission stores them: typed, keyed, and with the line they came from.

    A patient may be drawn as `patient`; a row that names none is of the procedure's own
    patient, "of " and its procedure.
    """
    types = [column.duckdb_type for column in table.columns.values()]
    kinds = dict(zip(stored_columns(table), types, strict=True))
    frame = pl.DataFrame(
        [
            {name: _typed(kind, _cell(table, row, name)) for name, kind in kinds.items()}
            for row in rows
        ],
        schema={name: POLARS_TYPES[kind] for name, kind in kinds.items()},
        orient="row",
    )
    if table.is_registry_owned:
        return frame.rename({PATIENT_KEY: PATIENT}) if PATIENT in table.columns else frame
    key = [pl.col(name).cast(pl.String) for name in stored_key(table)]
    return frame.with_columns(
        pl.concat_str(key, separator=SEPARATOR).alias("record_key"),
        pl.lit(f"{table.name}.csv").alias("source_file"),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("source_line"),
    )


def accept(
    home: Path,
    number: int,
    *,
    site: str = SITE,
    kind: str = "INCREMENTAL",
    period: tuple[str, str] = ("2023-01-01", "2026-09-30"),
    received: str = "2026-10-10T12:00:00+01:00",
    nil_return: bool = False,
    removed: str | None = None,
    exclusions: str | None = None,
    findings: str | None = None,
    hes_ire_count: int | None = None,
    **drawn: str | list[dict[str, Any]],
) -> Accepted:
    """Write the folder of an accepted submission with the tables drawn."""
    folder = home / "submissions" / f"s{number}"
    folder.mkdir(parents=True)
    counts = {}
    for name, table in site_tables().items():
        given = drawn.get(name, [])
        rows = draw(given) if isinstance(given, str) else given
        if rows:
            stored(table, rows).write_parquet(folder / f"{name}.parquet")
            counts[name] = {"rows": len(rows)}
    beside = {"removed": removed, "exclusion": exclusions, "finding": findings}
    for name, text in beside.items():
        if text:
            _beside(name, text).write_parquet(folder / f"{BESIDE_FILES[name]}.parquet")
    manifest = {
        "submission_id": f"s{number}",
        "acceptance_number": number,
        "site_ods_code": site,
        "period_start": period[0],
        "period_end": period[1],
        "submission_type": kind,
        "nil_return": nil_return,
        "hes_ire_count": hes_ire_count,
        "extract_datetime": received,
        "received_at": received,
        "accepted_at": received,
        "received_by": "data manager",
        "filename": "export.zip",
        "tables": counts,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return Accepted(f"s{number}", site, number, kind, folder)


def load_register(home: Path, **drawn: str) -> Path:
    """Write a load of the register; without sites drawn, the one site of most tests."""
    folder = home / "register" / "1"
    folder.mkdir(parents=True)
    drawn = {"site": f"site_ods_code\n{SITE}"} | drawn
    for name, table in register_tables().items():
        if name in drawn:
            stored(table, draw(drawn[name])).write_parquet(folder / f"{name}.parquet")
    (folder / "manifest.json").write_text(json.dumps({"n": 1}), "utf-8")
    return folder


def with_parents(drawn: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Add what a test need not draw: the patient of every row, its lesion, its vital status.

    `procedure` may be drawn with `death_date`: the patient died then, or is alive where it
    is empty.
    """
    whole = {name: [dict(row) for row in rows] for name, rows in drawn.items()}
    people = [
        _patient_key(tables()[name], row)
        for name, rows in whole.items()
        if name != "patient" and tables()[name].holds_patients
        for row in rows
    ]
    known = {row["patient"] for row in whole.get("patient", [])}
    new = [{"patient": person} for person in dict.fromkeys(people) if person not in known]
    whole["patient"] = whole.get("patient", []) + new
    for row in whole.get("procedure", []):
        if "death_date" in row:
            died = row.pop("death_date")
            person = _patient_key(tables()["procedure"], row)
            status = {"status": "DEAD", "status_date": died, "death_date": died}
            status = {"patient": person, **(status if died else {})}
            whole.setdefault("vital_status", []).append(status)
    return whole


def _cell(table: Table, row: Mapping[str, Any], name: str) -> Any:
    if name == PATIENT_KEY:
        return _patient_key(table, row)
    if name == "site_ods_code":
        return row.get("site_ods_code") or row.get("site") or SITE
    if name in row:
        return row[name]
    return DEFAULTS.get(table.name, {}).get(name)


def _patient_key(table: Table, row: Mapping[str, Any]) -> str:
    return str(row.get("patient") or row.get(PATIENT_KEY) or f"of {row.get('procedure_id')}")


def _typed(kind: str, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    return {
        "date": date.fromisoformat,
        "bigint": int,
        "double": float,
        "boolean": lambda text: text in ("Y", "true"),
        "varchar": str,
    }[kind](value)


def _beside(name: str, text: str) -> pl.DataFrame:
    kinds = BESIDE[name]
    schema = {column: POLARS_TYPES[kind] for column, kind in kinds.items()}
    rows = [
        {column: _typed(kind, row.get(column)) for column, kind in kinds.items()}
        for row in draw(text)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


TODAY = date(2026, 11, 16)
BUILT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def values(connection: Any, source: str, column: str = "value") -> dict[Any, Any]:
    """One column of an indicator's view by procedure, or by the unit that `source` names."""
    found = connection.sql(f"select procedure_id, {column} from {source}").fetchall()
    assert len(dict(found)) == len(found), "more than one row a procedure"
    return dict(found)
