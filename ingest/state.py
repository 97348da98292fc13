"""The site as it would be: held rows with an export's rows laid over them.

For each table of the dictionary a DuckDB connection gets
`held_<table>`: the site's current rows; `sent_<table>`: the export's rows, numbered;
`<table>`: the state that the rules read, one row a record; its `row_id` is positive for
sent rows and negative for held ones. A code that is not of its list is no value there: the
column's own rule has found it in `sent_<table>`, and no other rule repeats that.
Beside them stand `submission`, with the day of the extract, and `code_group`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import (
    PATIENT,
    PATIENT_KEY,
    Column,
    Table,
    code_lists,
    register_tables,
    site_tables,
    stored_columns,
    stored_key,
)
from ingest.coded import distinct
from ingest.compiled import literal
from ingest.pseudonym import patient_keys
from sql.hardening import Settings
from sql.keyring import Keyring
from sql.walk import Accepted, stage

SEPARATOR = "\x1f"
SMALL_ROWS = 5_000  # the state of a table of more is a view
FEW_CELLS = 10  # with unknown codes, of one set
COPIED_ROWS = 200_000  # a table of more is not copied into the database
PLACE = ("record_key", "source_file", "source_line")


def sized(rows: int) -> Settings:
    """Settings for the size of a check: a small one is slower with more than one thread."""
    return {} if rows > COPIED_ROWS else {"threads": "1"}


@dataclass(frozen=True)
class Laid:
    """Of which tables rows are held, in which a key was sent twice, or an unknown code."""

    held: frozenset[str]
    repeated: frozenset[str]
    miscoded: frozenset[str] = frozenset()


def sent_rows(
    typed: pl.DataFrame, table: Table, *, file: str, extract: date, storage_keys: Keyring | None
) -> pl.DataFrame:
    """The typed rows of a table with what checking and storing need beside them.

    Returns:
        The dictionary's columns, then patient_key (where the table has patients),
        record_key (null where part of the key is missing), source_file, source_line,
        row_id from 1, extract_date.
    """
    frame = typed
    if table.holds_patients:
        keys = patient_keys(frame[PATIENT], storage_keys)
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
        if name in sent and sent[name].height > COPIED_ROWS:
            # A large table is read where it stands: a copy costs more than its scans.
            arriving = sent[name].to_arrow(compat_level=pl.CompatLevel.newest())
            connection.register(f"sent_{name}", arriving)
        elif name in sent:
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
    rows = [
        (codes.name, code, group)
        for codes in code_lists().values()
        for group, members in codes.groups.items()
        for code in members
    ]
    schema = dict.fromkeys(("code_list", "code", "group_code"), pl.String)
    connection.register("arriving", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    connection.execute("create table code_group as from arriving")
    connection.unregister("arriving")


def load_submission(connection: duckdb.DuckDBPyConnection, extract: date) -> None:
    """Make submission (extract_date), one row: the day on which the site drew its export."""
    connection.execute(
        "create table submission as select $extract::date as extract_date", {"extract": extract}
    )


def lay_over(
    connection: duckdb.DuckDBPyConnection,
    sent: Mapping[str, pl.DataFrame],
    *,
    is_full: bool,
    removed: pl.DataFrame | None = None,
) -> Laid:
    """Make <table> for every site table: held rows with the sent rows laid over them.

    Beside it stand kept_<table>, the held rows of it, and repeated_<table>, the row_id of
    each sent row that repeats a key.
    """
    schema = {"table_name": pl.String, "record_key": pl.String}
    gone = pl.DataFrame(schema=schema) if removed is None else removed.select(list(schema))
    connection.register("arriving", gone.to_arrow())
    connection.execute("create table removed_record as from arriving")
    connection.unregister("arriving")
    held = frozenset() if is_full else _with_rows(connection)
    repeated = {name: _repeated(frame) for name, frame in sent.items()}
    repeated = {name: rows for name, rows in repeated.items() if rows.len()}
    miscoded = {name: found for name, frame in sent.items() if (found := _miscoded(frame, name))}
    for name, table in site_tables().items():
        columns = ", ".join((*stored_columns(table), "row_id", "record_key"))
        rows = _keep(connection, table, is_held=name in held)
        rows += sent[name].height if name in sent else 0
        is_first = ""
        if name in repeated:
            connection.register("arriving", repeated[name].to_frame().to_arrow())
            connection.execute(f"create table repeated_{name} as from arriving")
            connection.unregister("arriving")
            is_first = f"where row_id not in (select row_id from repeated_{name})"
        kept = f"union all select {columns} from kept_{name}" if name in held else ""
        usable = _usable(miscoded.get(name, {}), table)
        # Each rule that reads a view plans it again: that costs more than a small copy.
        kind = "table" if 0 < rows <= SMALL_ROWS else "view"
        connection.execute(
            f"create {kind} {name} as"
            f" select {columns} from (select *{usable} from sent_{name}) {is_first} {kept}"
        )
    return Laid(held, frozenset(repeated), frozenset(miscoded))


def _miscoded(frame: pl.DataFrame, table: str) -> dict[str, pl.Series]:
    """By column, the cells in which a code stands that is not of its list.

    Such a cell may stand in no row of the frame.
    """
    found = {}
    for column in site_tables()[table].columns.values():
        if column.codes is None or column.name not in frame.columns:
            continue
        told = distinct(frame[column.name]).drop_nulls()
        known = list(column.codes.codes)
        if column.type == "set":
            cells = told.filter(
                ~told.str.split(";").list.eval(pl.element().is_in(known)).list.all()
            )
        else:
            cells = told.filter(~told.is_in(known))
        if cells.len():
            found[column.name] = cells
    return found


def _usable(miscoded: Mapping[str, pl.Series], table: Table) -> str:
    """What a select of all columns replaces, so that an unknown code is no value.

    Of a set the known codes stay.
    """
    known = [f"{_known(table.columns[name], cells)} as {name}" for name, cells in miscoded.items()]
    return f" replace ({', '.join(known)})" if known else ""


def _known(column: Column, cells: pl.Series) -> str:
    name, codes = column.name, list(column.codes.codes) if column.codes else []
    if column.type != "set":
        return f"case when list_contains({codes}, {name}) then {name} end"
    if cells.len() <= FEW_CELLS:  # a list made of every row costs ten times as much
        usable_of = {
            cell: ";".join(code for code in cell.split(";") if code in codes) for cell in cells
        }
        whens = (
            f"when {literal(cell)} then nullif({literal(usable)}, '')"
            for cell, usable in usable_of.items()
        )
        return f"case {name} {' '.join(whens)} else {name} end"
    kept = f"list_filter(string_split({name}, ';'), lambda code: list_contains({codes}, code))"
    return f"nullif(array_to_string({kept}, ';'), '')"


def _with_rows(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The site tables of which rows are held."""
    counts = " union all ".join(
        f"select '{name}' as name, count(*) as n from held_{name}" for name in site_tables()
    )
    found = connection.execute(f"select name from ({counts}) where n > 0").fetchall()
    return frozenset(name for (name,) in found)


def _repeated(frame: pl.DataFrame) -> pl.Series:
    """The rows whose key an earlier row has."""
    key = frame.get_column("record_key")
    is_first = key.is_first_distinct() | key.is_null()
    return (
        pl.Series("row_id", []) if is_first.all() else frame.get_column("row_id").filter(~is_first)
    )


def _keep(connection: duckdb.DuckDBPyConnection, table: Table, *, is_held: bool) -> int:
    """Make kept_<table>: the held rows that no sent row replaces and none removes.

    Gives how many there are.
    """
    name, columns = table.name, stored_columns(table)
    if not is_held:  # to plan a select of nothing costs more
        kinds = [column.duckdb_type for column in table.columns.values()]
        typed = ", ".join(map(" ".join, zip(columns, kinds, strict=True)))
        columns_kept = f"{typed}, row_id bigint, record_key varchar"
        connection.execute(f"create table kept_{name} ({columns_kept})")
        return 0
    rows: int = connection.execute(
        f"""
        create table kept_{name} as
        select {", ".join(columns)}, -row_number() over () as row_id, record_key
        from held_{name} as held
        where not exists (
            select 1 from sent_{name} as sent where sent.record_key = held.record_key
        )
        and not exists (
            select 1 from removed_record as gone
            where gone.table_name = '{name}' and gone.record_key = held.record_key
        )
        """
    ).fetchall()[0][0]
    return rows


def _place_columns() -> list[str]:
    return ["record_key varchar", "source_file varchar", "source_line bigint"]
