"""What holds of every rule written in SQL, whatever it asks."""

from contextlib import contextmanager

import duckdb
import pytest

from expectations.dictionary import stored_columns, tables
from expectations.rules import sql_rules
from ingest.working_days import load_working_days

RULES = {f"{cross.table}.{cross.column_name}": cross for cross in sql_rules()}
# What says something by being absent: a link, the guidance, the pulses of a lesion.
ABSENCE_COUNTS = {"D02", "D04", "D10", "P06", "P07a"}

# What asks about something that a row without any value doesn't have.
NOTHING_TO_ASK = {"D15", "O05"}


@contextmanager
def made():
    """The tables that rules read, without a row."""
    with duckdb.connect() as connection:
        for name, table in tables().items():
            columns = zip(stored_columns(table), table.columns.values(), strict=True)
            declared = ", ".join(f"{column} {kind.duckdb_type}" for column, kind in columns)
            connection.execute(f"create table {name} ({declared}, row_id bigint)")
        connection.execute(
            "create table code_group (code_list varchar, code varchar, group_code varchar)"
        )
        connection.execute("create table submission as select date '2026-10-20' as extract_date")
        load_working_days(connection)
        yield connection


@pytest.fixture(scope="module")
def empty():
    with made() as connection:
        yield connection


@pytest.fixture(scope="module")
def silent():
    """The same with two rows sent and one held in each table, all of them without a value."""
    with made() as connection:
        for table in tables():
            connection.execute(f"insert into {table} (row_id) values (1), (2), (-1)")
        yield connection


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_nothing_in_empty_tables(empty, name):
    assert empty.execute(RULES[name].select).fetchall() == []


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_nothing_wrong_with_rows_that_say_nothing(silent, name):
    found = silent.execute(RULES[name].select).fetchall()
    row_ids = [row_id for row_id, _ in found]
    assert len(row_ids) == len(set(row_ids)), "one verdict a row at most"
    if RULES[name].rule.id not in ABSENCE_COUNTS:
        allowed = {True} if RULES[name].rule.id in NOTHING_TO_ASK else {None}
        assert {verdict for _, verdict in found} <= allowed


@pytest.mark.parametrize("name", RULES)
def test_a_rule_gives_a_row_and_a_boolean(empty, name):
    described = empty.execute(f"describe {RULES[name].select}").fetchall()
    assert [column for column, *_ in described] == ["row_id", "holds"]
    assert described[1][1] == "BOOLEAN"
