"""Small releases for the Reader's tests: procedures drawn as rows, written in its shape."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from sql.publish import write_public
from tests.sql.small_cases import (
    DATA_DATE,
    FIRST,
    SITES,
    Complication,
    Procedure,
    procedures,
)
from tests.sql.small_courses import PAIR, QUESTIONNAIRE, SCAN, TREATMENT
from tests.sql.small_tables import (
    EXCLUSION,
    FINDING,
    IDENTITY_CLASH,
    more_values,
    rows,
    tables,
)

__all__ = ["DATA_DATE", "SITES", "Complication", "Procedure", "procedures", "write_release"]

# No procedure of a drawn release has lost its patient.
UNPLACED = {
    "stg_procedure": {"site_id": pl.String, "record_key": pl.String, "procedure_date": pl.Date},
    "unplaced": dict.fromkeys(
        ("site_id", "table_name", "record_key", "missing_table", "missing_key"), pl.String
    ),
}


def write_release(
    home: Path,
    drawn: list[Procedure],
    complications: list[Complication] | None = None,
    *,
    number: int = 14,
    sites: dict[str, str] = SITES,
    complete_to: dict[str, date] | None = None,
    missing: dict[str, tuple[str, ...]] | None = None,
    nil: dict[str, tuple[str, ...]] | None = None,
    exclusions: list[dict[str, object]] | None = None,
    findings: list[dict[str, object]] | None = None,
    clashes: list[dict[str, object]] | None = None,
    expected: dict[str, int] | None = None,
    fields: list[tuple[str, str, str, int]] | None = None,
    more: list[dict[str, object]] | None = None,
    scans: list[dict[str, object]] | None = None,
    treatments: list[dict[str, object]] | None = None,
    questionnaires: list[dict[str, object]] | None = None,
    pairs: list[dict[str, object]] | None = None,
    is_public_too: bool = True,
) -> Path:
    """Write releases/release-<n>.duckdb, its public file and the pointer; gives the home.

    `more` are rows of indicator_value beside those of the procedures drawn.
    """
    folder = home / "releases"
    folder.mkdir(parents=True, exist_ok=True)
    full = folder / f"release-{number}.duckdb"
    full.unlink(missing_ok=True)
    complete = dict.fromkeys(sites, DATA_DATE) | (complete_to or {})
    made = tables(drawn, complications or [], number, sites, complete, missing or {}, nil or {})
    # The hospital's own count is given for one quarter, the first of 2025/26.
    hospital = pl.col("site_id").replace_strict(expected or {}, default=None, return_dtype=pl.Int64)
    counted = pl.when(pl.col("quarter") == "2025/26 Q1").then(hospital)
    made["site_quarter"] = made["site_quarter"].with_columns(hes_ire_count=counted)
    made["fct_followup"] = rows(SCAN, scans or [])
    made["fct_prom"] = rows(QUESTIONNAIRE, questionnaires or [])
    made["fct_prom_pair"] = rows(PAIR, pairs or [])
    made["fct_subsequent"] = rows(TREATMENT, treatments or [])
    made["stg_exclusion"] = rows(EXCLUSION, exclusions or [])
    made |= {name: pl.DataFrame(schema=columns) for name, columns in UNPLACED.items()}
    made["stg_finding"] = rows(FINDING, findings or [])
    made["identity_clash"] = rows(IDENTITY_CLASH, clashes or [])
    made["ind_completeness_per_field"] = pl.DataFrame(
        [
            (site, table, column, f"{n}", None, FIRST, value)
            for n, (site, table, column, value) in enumerate(fields or [])
        ],
        schema={
            **dict.fromkeys(("site_id", "table_name", "column_name", "record_key"), pl.String),
            "procedure_id": pl.String,
            "procedure_date": pl.Date,
            "value": pl.Int32,
        },
        orient="row",
    )
    made["indicator_value"] = pl.concat([made["indicator_value"], more_values(more or [])])
    with duckdb.connect(str(full)) as connection:
        for name, table in made.items():
            connection.register("given", table)
            connection.execute(f"create table {name} as select * from given")
            connection.unregister("given")
    if is_public_too:
        write_public(full, folder / f"release-{number}.public.duckdb")
    (folder / "CURRENT").write_text(json.dumps({"release": number}))
    return home
