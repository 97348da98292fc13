"""The verdicts of link and cross-table rules on the rows of a state.

A rule about one row is an expression of the one scan that checks its table. A rule that
reads other rows or tables is a query; all of a table's are one statement, since planning
a statement each costs more than the rows of most exports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import duckdb

from expectations.rules import CrossRule
from ingest.state import SMALL_ROWS

_ONE_ROW = re.compile(
    r"\s*select\s+(?:\w+\.)?row_id,\s+(?P<holds>.+)\s+as\s+holds"
    r"\s+from\s+\w+(?:\s+where\s+(?P<where>.+))?",
    re.DOTALL,
)
_READS_MORE = re.compile(r"\b(?:select|from|join|over|having|qualify|limit)\b|\bgroup\s+by\b")
_COMMENT = re.compile(r"--.*")


@cache
def expression(select: str) -> str | None:
    """A rule about one row as an expression over its table; None where it reads more."""
    match = _ONE_ROW.fullmatch(_COMMENT.sub("", select).rstrip())
    if match is None or _READS_MORE.search(f"{match['holds']} {match['where'] or ''}"):
        return None
    holds = match["holds"]
    return f"case when {match['where']} then {holds} end" if match["where"] else f"({holds})"


def make_verdicts(
    connection: duckdb.DuckDBPyConnection, table: str, rules: Sequence[CrossRule]
) -> None:
    """Make verdict_<table> of the rules that are queries.

    It has one row a rule: column_name, how many sent rows it was evaluated on, and which
    rows fail it, of those sent and of those held.
    """
    selects = [
        f"""
        select
            {_text(rule.column_name)} as column_name,
            count(holds) filter (where row_id > 0) as evaluated,
            coalesce(list(row_id) filter (where not holds and row_id > 0), []) as failing,
            coalesce(list(row_id) filter (where not holds and row_id < 0), []) as failing_held
        from ({rule.select}) as rule
        """
        for rule in rules
    ]
    none = (
        "select null::varchar as column_name, 0::bigint as evaluated,"
        " []::bigint[] as failing, []::bigint[] as failing_held where false"
    )
    connection.execute(
        f"create temp table verdict_{table} as {' union all '.join([none, *selects])}"
    )


def make_checked(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    expressions: Mapping[str, str],
    *,
    has_repeated: bool,
) -> None:
    """Make checked_<table>: the sent rows, with a boolean column a rule about one row.

    Of a repeated key only the first row is part of the state, and of the rules.
    """
    rows = connection.execute(f"select count(*) from sent_{table}").fetchall()[0][0]
    # Every query plans the expressions of a view again: that costs more than a small copy.
    kind = "table" if rows <= SMALL_ROWS else "view"
    first = f"row_id not in (select row_id from repeated_{table})"
    columns = [
        f'case when {first} then {holds} end as "{name}"'
        if has_repeated
        else f'{holds} as "{name}"'
        for name, holds in expressions.items()
    ]
    selected = ", ".join([f"{table}.*", *columns])
    connection.execute(
        f"create temp {kind} checked_{table} as select {selected} from sent_{table} as {table}"
    )


def record_held(
    connection: duckdb.DuckDBPyConnection, table: str, rules: Sequence[CrossRule]
) -> None:
    """Enter into rule_result the held rows that fail a rule which reads more than one row.

    What a rule says of a row alone, no other row can change: it was said when the row came.
    """
    about = {
        "columns": [rule.column_name for rule in rules],
        "rules": [rule.rule.id for rule in rules],
        "named": [rule.column for rule in rules],
    }
    connection.execute(
        f"""
        insert into rule_result
        select {_text(table)}, ($rules)[place], ($named)[place], row_id
        from (
            select unnest(failing_held) as row_id, list_position($columns, column_name) as place
            from verdict_{table}
            where list_contains($columns, column_name)
        )
        """,
        about,
    )


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
