"""Frames as tables of a database, by the dictionary's types."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

POLARS_TYPES: Mapping[str, pl.DataType] = {
    "varchar": pl.String(),
    "bigint": pl.Int64(),
    "double": pl.Float64(),
    "date": pl.Date(),
    "boolean": pl.Boolean(),
}
DUCKDB_TYPES = {of: name for name, of in POLARS_TYPES.items()} | {pl.Datetime("us"): "timestamp"}


def schema_of(columns: Mapping[str, str]) -> dict[str, pl.DataType]:
    """The frame's types for columns of the dictionary's."""
    return {name: POLARS_TYPES[kind] for name, kind in columns.items()}


def make(
    connection: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame, *, kept: bool = False
) -> None:
    """Make a table of the rows; `kept` with the database, or else with the connection."""
    kind = "table" if kept else "temp table"
    if rows.is_empty():  # most tables of most checks
        columns = (f"{column} {DUCKDB_TYPES[of]}" for column, of in rows.schema.items())
        connection.execute(f"create {kind} {name} ({', '.join(columns)})")
        return
    # In one chunk: with a chunk a file DuckDB takes ten times as long.
    connection.register("frame", rows.rechunk().to_arrow())
    connection.execute(f"create {kind} {name} as select * from frame")
    connection.unregister("frame")
