"""A rule about one row says as an expression of the scan what it says as a query."""

import random
from datetime import date, timedelta
from functools import cache

import duckdb
import polars as pl
import pytest

from expectations.dictionary import PATIENT, PATIENT_KEY, site_tables
from expectations.rules import sql_rules
from ingest.verdicts import expression, make_checked, make_verdicts, record_held

ABOUT_ONE_ROW = [rule for rule in sql_rules() if expression(rule.select) is not None]
TYPES = {
    "integer": pl.Int64,
    "decimal": pl.Float64,
    "date": pl.Date,
    "boolean": pl.Boolean,
}


def drawn(column, source):
    """A cell of a column: often null, else a code, a number at a bound, or any day."""
    if source.random() < 0.2:
        return None
    if column.codes is not None:
        return source.choice([*column.codes.codes])
    if column.type == "boolean":
        return source.random() < 0.5
    if column.type == "date":
        return date(2024, 1, 1) + timedelta(days=source.randrange(60))
    if column.type in ("integer", "decimal"):
        number = source.choice([0, 1, 2, 3, *(column.hard or ()), *(column.plausible or ())])
        return float(number) if column.type == "decimal" else int(number)
    return source.choice(["2023-07", "2024-01", "x", "A1"])


@cache
def state(name, rows=400):
    source = random.Random(532)
    columns = site_tables()[name].columns
    cells = {
        PATIENT_KEY if n == PATIENT else n: pl.Series(
            [drawn(column, source) for _ in range(rows)],
            dtype=TYPES.get(column.type, pl.String),
        )
        for n, column in columns.items()
    }
    return pl.DataFrame(cells).with_row_index("row_id", 1).cast({"row_id": pl.Int64})


def test_most_rules_with_one_table_are_expressions():
    assert {"D01c", "P01", "P03b", "T03a", "O15"} <= {rule.rule.id for rule in ABOUT_ONE_ROW}
    assert not {"D02", "D09", "O05"} & {rule.rule.id for rule in ABOUT_ONE_ROW}


@pytest.mark.parametrize("rule", ABOUT_ONE_ROW, ids=lambda rule: rule.rule.id)
def test_expression_and_query_agree_on_every_row(rule):
    name, holds = rule.table, expression(rule.select)
    with duckdb.connect() as connection:
        connection.register(name, state(name).to_arrow())
        connection.register(f"sent_{name}", state(name).to_arrow())
        queried = connection.execute(
            f"select row_id, rule.holds from {name} left join ({rule.select}) as rule"
            " using (row_id) order by row_id"
        ).fetchall()
        make_checked(connection, name, {rule.column_name: holds}, has_repeated=False)
        scanned = connection.execute(
            f'select row_id, "{rule.column_name}" from checked_{name} order by row_id'
        ).fetchall()
    assert scanned == queried


@pytest.mark.parametrize("rule", ABOUT_ONE_ROW, ids=lambda rule: rule.rule.id)
def test_verdicts_count_what_was_evaluated_and_list_what_fails(rule):
    rows = state(rule.table).with_columns(
        pl.when(pl.col("row_id") % 3 == 0)
        .then(-pl.col("row_id"))
        .otherwise(pl.col("row_id"))
        .alias("row_id")
    )
    with duckdb.connect() as connection:
        connection.register(rule.table, rows.to_arrow())
        found = connection.execute(rule.select).fetchall()
        make_verdicts(connection, rule.table, [rule])
        told = connection.execute(f"from verdict_{rule.table}").fetchall()
    sent = [(row, holds) for row, holds in found if row > 0]
    name, evaluated, failing, failing_held = told[0]
    assert name == rule.column_name
    assert evaluated == sum(holds is not None for _, holds in sent)
    assert sorted(failing) == sorted(row for row, holds in sent if holds is False)
    assert sorted(failing_held) == sorted(r for r, holds in found if r < 0 and holds is False)


def test_of_a_repeated_key_only_the_first_row_is_looked_at():
    with duckdb.connect() as connection:
        connection.execute("create table sent_procedure as select 1 as row_id union all select 2")
        connection.execute("create table repeated_procedure as select 2 as row_id")
        make_checked(connection, "procedure", {"P01": "false"}, has_repeated=True)
        found = connection.execute('select row_id, "P01" from checked_procedure').fetchall()
    assert sorted(found) == [(1, False), (2, None)]


def test_held_rows_are_asked_only_what_other_rows_can_change():
    asked = [rule for rule in sql_rules() if rule.table == "procedure"]
    queries = [rule for rule in asked if expression(rule.select) is None]
    first = queries[0]
    with duckdb.connect() as connection:
        connection.execute(
            "create table rule_result (table_name varchar, rule varchar, column_name varchar,"
            " row_id bigint)"
        )
        connection.execute(
            "create table verdict_procedure as select $name as column_name, 3 as evaluated,"
            " [1] as failing, [-2, -5] as failing_held",
            {"name": first.column_name},
        )
        record_held(connection, "procedure", queries)
        found = connection.execute("from rule_result order by row_id desc").fetchall()
    assert found == [("procedure", first.rule.id, first.column, row) for row in (-2, -5)]
