"""The site as it would be: held rows with an export's rows laid over them.

For each table of the dictionary a DuckDB connection gets
`held_<table>`: the site's current rows; `sent_<table>`: the export's rows, numbered;
`<table>`: the state that the rules read, one row a record; its `row_id` is positive for
sent rows and negative for held ones.
Beside them stand `submission`, with the day of the extract, and `code_group`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import (
    PATIENT,
    PATIENT_KEY,
    Table,
    code_lists,
    register_tables,
    site_tables,
    stored_columns,
    stored_key,
)
from ingest.pseudonym import patient_keys
from sql.walk import Accepted, stage

SEPARATOR = "\x1f"
PLACE = ("record_key", "source_file", "source_line")


def sent_rows(
    typed: pl.DataFrame, table: Table, *, file: str, extract: date, storage_key: bytes | None
) -> pl.DataFrame:
    """The typed rows of a table with what checking and storing need beside them.

    Returns:
        The dictionary's columns, then patient_key (where the table has patients),
        record_key (null where part of the key is missing), source_file, source_line,
        row_id from 1, extract_date.
    """
    frame = typed
    if table.holds_patients:
        keys = patient_keys(frame[PATIENT], storage_key)
        frame = frame.with_columns(keys.alias(PATIENT_KEY))
    return frame.with_columns(
        pl.concat_str(
            [pl.col(name).cast(pl.String) for name in stored_key(table)], separator=SEPARATOR
        ).alias("record_key"),
        pl.lit(file).alias("source_file"),
        pl.int_range(1, pl.len() + 1).alias("row_id"),
        pl.lit(extract).alias("extract_date"),
    )


def load_sent(connection: duckdb.DuckDBPyConnection, sent: Mapping[str, pl.DataFrame]) -> None:
    """Make sent_<table> for every site table, empty where none was sent."""
    for name, table in site_tables().items():
        if name in sent:
            connection.register("arriving", sent[name].to_arrow())
            connection.execute(f"create table sent_{name} as from arriving")
            connection.unregister("arriving")
        else:
            columns = [f"{c.name} {c.duckdb_type}" for c in table.columns.values()]
            columns += [f"{PATIENT_KEY} varchar"] if table.holds_patients else []
            columns += [*_place_columns(), "row_id bigint", "extract_date date"]
            connection.execute(f"create table sent_{name} ({', '.join(columns)})")


def load_held(
    connection: duckdb.DuckDBPyConnection, accepted: Sequence[Accepted], register: Path | None
) -> None:
    """Make held_<table>, the site's current rows, the register's tables and held_finding.

    Args:
        accepted: the accepted submissions of one site.
        register: folder of a load of the register; without one its tables are empty.
    """
    stage(connection, accepted, register or Path())
    for name, table in site_tables().items():
        columns = [_stored(column) for column in (*stored_columns(table), *PLACE)]
        connection.execute(
            f"create view held_{name} as select {', '.join(columns)} from stg_{name}"
        )
    for name, table in register_tables().items():
        columns = [_stored(column) for column in table.columns]
        connection.execute(f"create view {name} as select {', '.join(columns)} from stg_{name}")
    connection.execute(
        "create view held_finding as select distinct rule, record_key from walk_finding"
    )


def _stored(column: str) -> str:
    return "site_id as site_ods_code" if column == "site_ods_code" else column


def load_code_groups(connection: duckdb.DuckDBPyConnection) -> None:
    """Make code_group (code_list, code, group_code) from the dictionary's code lists."""
    connection.execute(
        "create table code_group (code_list varchar, code varchar, group_code varchar)"
    )
    rows = [
        (codes.name, code, group)
        for codes in code_lists().values()
        for group, members in codes.groups.items()
        for code in members
    ]
    connection.executemany("insert into code_group values (?, ?, ?)", rows)


def load_submission(connection: duckdb.DuckDBPyConnection, extract: date) -> None:
    """Make submission (extract_date), one row: the day on which the site drew its export."""
    connection.execute(
        "create table submission as select $extract::date as extract_date", {"extract": extract}
    )


def lay_over(
    connection: duckdb.DuckDBPyConnection, *, is_full: bool, removed: pl.DataFrame | None = None
) -> None:
    """Make <table> for every site table: held rows with the sent rows laid over them."""
    schema = {"table_name": pl.String, "record_key": pl.String}
    gone = pl.DataFrame(schema=schema) if removed is None else removed.select(list(schema))
    connection.register("arriving", gone.to_arrow())
    connection.execute("create table removed_record as from arriving")
    connection.unregister("arriving")
    for name, table in site_tables().items():
        columns = ", ".join(stored_columns(table))
        kept = (
            "false"
            if is_full
            else f"""
            not exists (select 1 from sent_{name} as sent where sent.record_key = held.record_key)
            and not exists (
                select 1 from removed_record as gone
                where gone.table_name = '{name}' and gone.record_key = held.record_key
            )"""
        )
        connection.execute(
            f"""
            create table {name} as
            select {columns}, row_id, record_key
            from (
                select *, row_number() over (partition by record_key order by row_id) as nth
                from sent_{name}
            )
            where nth = 1 or record_key is null
            union all
            select {columns}, -row_number() over () as row_id, record_key
            from held_{name} as held
            where {kept}
            """
        )


def _place_columns() -> list[str]:
    return ["record_key varchar", "source_file varchar", "source_line bigint"]
