"""Count and list by SQL the rows that fail the checks of a suite: never through Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from ingest.compiled import KeyCheck, RowCheck, literal, quoted


class Counts(NamedTuple):
    """The rows that a check speaks of, those that fail it, and those it ignores."""

    elements: int
    failed: int
    ignored: int


class Repeats(NamedTuple):
    """A relation (row_id) of the rows in which a column repeats an earlier row's value."""

    column: str
    relation: str | None  # None: no value is repeated

    def tells(self, check: KeyCheck) -> bool:
        """True where the check asks for nothing else."""
        return check == KeyCheck((self.column,), f"{quoted(self.column)} is null", "true")

    def are_none(self, check: KeyCheck) -> bool:
        """True where no row fails the check: it is counted in the scan of all the others."""
        return self.relation is None and self.tells(check)


class Verdicts(NamedTuple):
    """A relation (column_name, evaluated, failing) that stands for boolean columns.

    A column that has no row in it was evaluated nowhere.
    """

    relation: str
    columns: frozenset[str]
    repeats: Repeats | None = None


def row_counts(
    connection: duckdb.DuckDBPyConnection, table: str, checks: Mapping[int, RowCheck]
) -> dict[int, Counts]:
    """What one scan of the table finds, by the checks' places."""
    # Several expectations ignore the same missing values: each count stands once.
    counts = {"count(*)": 0}
    asked = {}
    for place, check in checks.items():
        wanted = (
            "count(*)" if check.condition == "true" else _count(check.condition),
            _count(check.condition, check.fails),
            _count(check.condition, check.ignored),
        )
        for count in wanted:
            counts.setdefault(count, len(counts))
        asked[place] = wanted
    query = f"select {', '.join(counts)} from {quoted(table)}"
    found = [number or 0 for number in connection.execute(query).fetchall()[0]] if checks else []
    return {
        place: Counts(*(found[counts[count]] for count in wanted))
        for place, wanted in asked.items()
    }


def _count(condition: str, predicate: str = "true") -> str:
    """A count of the scan; constants stand for what need not be counted."""
    if predicate == "false":
        return "0"
    both = [part for part in (condition, predicate) if part != "true"]
    return f"count_if({' and '.join(both)})"


def key_counts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    checks: Mapping[int, KeyCheck],
    repeats: Repeats | None = None,
) -> dict[int, Counts]:
    """What one group-by a check finds: every row of a repeated key fails it."""
    found = {}
    for place, check in checks.items():
        if repeats is not None and repeats.relation is not None and repeats.tells(check):
            found[place] = _repeat_counts(connection, table, repeats.column, repeats.relation)
            continue
        keys = ", ".join(quoted(column) for column in check.columns)
        elements, failed, ignored = connection.execute(
            f"""
            select
                coalesce(sum(n), 0)::bigint,
                coalesce(sum(n) filter (where n > 1 and not ({check.ignored})), 0)::bigint,
                coalesce(sum(n) filter (where ({check.ignored})), 0)::bigint
            from (
                select {keys}, count(*) as n
                from {quoted(table)}
                where {check.condition}
                group by all
            )
            """
        ).fetchall()[0]
        found[place] = Counts(elements, failed, ignored)
    return found


def _repeat_counts(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, relation: str
) -> Counts:
    """The same where the repeating rows are known: without a group for every value."""
    column, rows = quoted(name), f"select row_id from {quoted(relation)}"
    values = f"select {column} from {quoted(table)} where row_id in ({rows})"
    query = f"""
        select
            count(*),
            coalesce(count_if({column} in ({values})), 0),
            coalesce(count_if({column} is null), 0)
        from {quoted(table)}
    """
    return Counts(*connection.execute(query).fetchall()[0])


def verdict_counts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    verdicts: Verdicts,
    columns: Mapping[int, str],
) -> dict[int, Counts]:
    """What was found of the columns that the verdicts stand for."""
    if not columns:
        return {}
    rows = connection.execute(f"select count(*) from {quoted(table)}").fetchall()[0][0]
    told = connection.execute(
        f"select column_name, evaluated, len(failing) from {quoted(verdicts.relation)}"
    ).fetchall()
    known = {name: Counts(rows, failed, rows - evaluated) for name, evaluated, failed in told}
    return {place: known.get(name, Counts(rows, 0, rows)) for place, name in columns.items()}


def record_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    checks: Mapping[int, RowCheck],
    failures: str,
) -> None:
    """Append the rows that fail, in two steps: the few failing ones first, then their checks."""
    cases, anywhere = [], []
    for place, check in checks.items():
        fails = f"({check.condition}) and not ({check.ignored}) and ({check.fails})"
        cases.append(f"case when {fails} then {place} end")
        anywhere.append(f"({fails})")
    if cases:
        connection.execute(
            f"""
            insert into {failures}
            select {literal(table)}, row_id, unnest(places)
            from (
                select
                    row_id,
                    list_filter([{", ".join(cases)}], lambda x: x is not null) as places
                from {quoted(table)}
                where {" or ".join(anywhere)}
            )
            """
        )


def record_keys(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    checks: Mapping[int, KeyCheck],
    failures: str,
    repeats: Repeats | None = None,
) -> None:
    """Append, of each repeated key, the second and later rows."""
    for place, check in checks.items():
        if repeats is not None and repeats.relation is not None and repeats.tells(check):
            rows = f"select {literal(table)}, row_id, {place} from {quoted(repeats.relation)}"
            connection.execute(f"insert into {failures} {rows}")
            continue
        keys = ", ".join(quoted(column) for column in check.columns)
        connection.execute(
            f"""
            insert into {failures}
            select {literal(table)}, row_id, {place}
            from (
                select row_id, row_number() over (partition by {keys} order by row_id) as nth
                from {quoted(table)}
                where {check.condition} and not ({check.ignored})
            )
            where nth > 1
            """
        )


def record_verdicts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    verdicts: Verdicts,
    columns: Mapping[int, str],
    failures: str,
) -> None:
    """Append the rows that the verdicts say fail."""
    if columns:
        connection.execute(
            f"""
            insert into {failures}
            select {literal(table)}, unnest(told.failing), asked.place
            from {quoted(verdicts.relation)} as told
            inner join (
                select unnest($places) as place, unnest($columns) as column_name
            ) as asked using (column_name)
            """,
            {"places": list(columns), "columns": list(columns.values())},
        )
