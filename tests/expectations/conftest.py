"""Draw the tables a rule reads, and ask the rule about each row of its own table."""

from collections.abc import Callable, Mapping

import duckdb
import pytest

from expectations.dictionary import code_lists, stored_columns, tables
from expectations.rules import link_rules, sql_rules
from ingest.working_days import load_working_days

Rows = str
Holds = Callable[..., dict[str, bool | None]]


@pytest.fixture
def holds() -> Holds:
    """holds("D02", procedure="… table …", mdt_review=…): first column of the row -> verdict."""

    def ask(rule_id: str, *, extract: str = "2026-10-20", **drawn: Rows) -> dict[str, bool | None]:
        known = [r for r in (*sql_rules(), *link_rules()) if r.column_name == rule_id]
        cross = next(r for r in known if r.table == next(iter(drawn)) or len(known) == 1)
        with duckdb.connect() as connection:
            names = {name: _make(connection, name, drawn.get(name, "")) for name in tables()}
            _make_code_groups(connection)
            load_working_days(connection)
            connection.execute(
                "create table submission as select $day::date as extract_date", {"day": extract}
            )
            found = dict(connection.execute(cross.select).fetchall())
        return {name: found.get(row_id) for row_id, name in names[cross.table].items()}

    return ask


def _make(connection: duckdb.DuckDBPyConnection, name: str, drawn: Rows) -> Mapping[int, str]:
    table = tables()[name]
    kinds = [column.duckdb_type for column in table.columns.values()]
    columns = dict(zip(stored_columns(table), kinds, strict=True))
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(f"create table {name} ({declared}, row_id bigint)")
    lines = [line.split("|") for line in drawn.strip().splitlines()]
    if not lines:
        return {}
    header, *rows = [[cell.strip() for cell in line] for line in lines]
    assert set(header) <= set(columns), set(header) - set(columns)
    for row_id, row in enumerate(rows, 1):
        cells = [cell or None for cell in row]
        marks = ", ".join("?" for _ in cells)
        connection.execute(
            f"insert into {name} ({', '.join(header)}, row_id) values ({marks}, {row_id})", cells
        )
    return {row_id: row[0] for row_id, row in enumerate(rows, 1)}


def _make_code_groups(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table code_group (code_list varchar, code varchar, group_code varchar)"
    )
    for codes in code_lists().values():
        for group, members in codes.groups.items():
            for code in members:
                connection.execute(
                    "insert into code_group values (?, ?, ?)", [codes.name, code, group]
                )
