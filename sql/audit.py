"""The audits of a build: grain, keys, and the conservation of rows."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sql import catalog
from sql.walk import BuildError, Walked

# Every current row of these tables either becomes a row of the fact or is listed as unplaced.
PLACED = {
    "procedure": "fct_procedure",
    "complication": "fct_complication",
    "lesion_treatment": "fct_lesion",
    "followup_imaging": "fct_followup",
    "lesion_response": "fct_response",
    "subsequent_treatment": "fct_subsequent",
    "pulse_delivery": "fct_pulse",
    "prom": "fct_prom",
}

INDICATOR_GRAIN = ("indicator_id", "site_id", "unit_key")


def audit(connection: duckdb.DuckDBPyConnection, walked: Sequence[Walked]) -> None:
    """Pass, or raise BuildError naming the audit that does not hold.

    Row counts stand in the message, values never.
    """
    audit_walk(walked)
    audit_tables(connection)


def audit_walk(walked: Sequence[Walked]) -> None:
    """Conservation: every row of a submission's file is current, superseded or removed."""
    for table in walked:
        _conserved(table)


def audit_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Grain and keys of every table, conservation of rows into facts, and values."""
    for model in catalog.models():
        if model.grain and model.kept_as == "table":
            _unique(connection, model.name, model.grain)
    _unique(connection, "indicator_value", INDICATOR_GRAIN)
    _placed(connection)
    _values(connection)


def _conserved(table: Walked) -> None:
    if table.read != table.declared:
        raise BuildError(
            f"conservation: {table.table}: {table.read} rows in the submissions' files, "
            f"{table.declared} in their manifests"
        )
    walked = table.current + table.superseded + table.removed
    if table.read != walked:
        raise BuildError(
            f"conservation: {table.table}: {table.read} rows read, {walked} in the walk "
            f"(current, superseded or removed)"
        )


def _unique(connection: duckdb.DuckDBPyConnection, name: str, grain: Sequence[str]) -> None:
    columns = ", ".join(grain)
    missing = " or ".join(f"{column} is null" for column in grain)
    rows, distinct, keyless = connection.execute(f"""
        select count(*), count(distinct ({columns})), count(*) filter (where {missing})
        from {name}
    """).fetchall()[0]
    if keyless:
        raise BuildError(f"keys: {name}: {keyless} rows without a value in ({columns})")
    if rows != distinct:
        raise BuildError(f"grain: {name}: {rows - distinct} rows too many for ({columns})")


def _placed(connection: duckdb.DuckDBPyConnection) -> None:
    for table, fact in PLACED.items():
        current, placed, unplaced = connection.execute(f"""
            select
                (select count(*) from stg_{table}),
                (select count(*) from {fact}),
                (
                    select count(distinct (site_id, record_key))
                    from unplaced
                    where table_name = '{table}'
                )
        """).fetchall()[0]
        if current != placed + unplaced:
            raise BuildError(
                f"conservation: {fact}: {current} current rows of {table}, but {placed} "
                f"placed and {unplaced} unplaced"
            )


def _values(connection: duckdb.DuckDBPyConnection) -> None:
    wrong = connection.execute("""
        select count(*)
        from indicator_value as found
        where found.value not in (0, 1)
            or found.procedure_id is not null
            and not exists (
                select 1
                from fct_procedure as procedure
                where procedure.site_id = found.site_id
                    and procedure.procedure_id = found.procedure_id
                    and procedure.is_counted
            )
    """).fetchall()[0][0]
    if wrong:
        raise BuildError(
            f"values: indicator_value: {wrong} rows that are not 0, 1 or null, or whose "
            f"procedure is not counted"
        )
