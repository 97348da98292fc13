"""Run a suite on a table: one scan, Great Expectations' own result objects, rows by SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import great_expectations as gx  # 4 to 8 s to import: only the worker pays for it
from great_expectations.core import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.data_context.types.base import ProgressBarsConfig

from ingest.compiled import Check, KeyCheck, RowCheck, compiled, quoted


class CheckFailed(Exception):
    """A check did not run to its end: a fault of ours, never of the site's data."""


@dataclass(frozen=True)
class _Step:
    expectation: Any
    check: Check


def validate(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    suite: gx.ExpectationSuite,
    failures: str | None = None,
) -> ExpectationSuiteValidationResult:
    """Evaluate every expectation of the suite; record the failing rows where asked.

    Args:
        connection: holds `table`, with a `row_id` where failures are recorded.
        table: name of the relation to look at.
        suite: its expectations name their rule in `meta["rule"]`.
        failures: name of a table to append (table_name, row_id, expectation) to; the
            last is the expectation's place in the suite. Of repeated keys the second
            and later rows are recorded.

    Returns:
        One result an expectation, in the suite's order.

    Raises:
        CheckFailed: where an expectation could not be evaluated.
    """
    types = {
        name: str(kind)
        for name, kind, *_ in connection.execute(f"describe {quoted(table)}").fetchall()
    }
    steps, stock = [], []
    for place, expectation in enumerate(suite.expectations):
        check = compiled(expectation, types)
        if check is None:
            stock.append(place)
        else:
            steps.append((place, _Step(expectation, check)))
    results: dict[int, ExpectationValidationResult] = {}
    results |= _row_results(connection, table, steps)
    results |= _key_results(connection, table, steps)
    if stock:
        results |= _stock_results(connection, table, suite, stock)
    if failures is not None:
        _record(connection, table, steps, results, failures)
        for place in stock:
            if not results[place].success:
                raise CheckFailed(f"{table}: rows of expectation {place} not traceable")
    if len(results) != len(suite.expectations):
        raise CheckFailed(f"{table}: {len(results)} of {len(suite.expectations)} checks ran")
    ordered = [results[place] for place in range(len(suite.expectations))]
    return _suite_result(suite, ordered)


def without_verdict(
    suite: gx.ExpectationSuite, result: ExpectationSuiteValidationResult, columns: Collection[str]
) -> Counter[str]:
    """By rule, the rows in which these columns of its verdicts are neither true nor false."""
    counts = Counter[str]()
    for expectation, judged in zip(suite.expectations, result.results, strict=True):
        if getattr(expectation, "column", None) in columns:
            assert judged.result is not None
            assert expectation.meta is not None
            counts[expectation.meta["rule"]] += judged.result["missing_count"]
    return +counts  # without the rules that always had a verdict


def _row_results(
    connection: duckdb.DuckDBPyConnection, table: str, steps: Sequence[tuple[int, _Step]]
) -> dict[int, ExpectationValidationResult]:
    rows = [(place, step) for place, step in steps if isinstance(step.check, RowCheck)]
    if not rows:
        return {}
    # Several expectations ignore the same missing values: each count stands once.
    counts = {"count(*)": 0}
    asked = {}
    for place, step in rows:
        check = step.check
        assert isinstance(check, RowCheck)
        wanted = (
            "count(*)" if check.condition == "true" else _count(check.condition),
            _count(check.condition, check.fails),
            _count(check.condition, check.ignored),
        )
        for count in wanted:
            counts.setdefault(count, len(counts))
        asked[place] = wanted
    query = f"select {', '.join(counts)} from {quoted(table)}"
    found = [number or 0 for number in connection.execute(query).fetchall()[0]]
    results = {}
    for place, step in rows:
        elements, failed, ignored = (found[counts[count]] for count in asked[place])
        results[place] = _result(step.expectation, elements, failed, ignored)
    return results


def _count(condition: str, predicate: str = "true") -> str:
    """A count of the scan; constants stand for what need not be counted."""
    if predicate == "false":
        return "0"
    both = [part for part in (condition, predicate) if part != "true"]
    return f"count_if({' and '.join(both)})"


def _key_results(
    connection: duckdb.DuckDBPyConnection, table: str, steps: Sequence[tuple[int, _Step]]
) -> dict[int, ExpectationValidationResult]:
    results = {}
    for place, step in steps:
        check = step.check
        if not isinstance(check, KeyCheck):
            continue
        keys = ", ".join(quoted(column) for column in check.columns)
        elements, ignored, repeated = connection.execute(
            f"""
            select
                coalesce(sum(n), 0)::bigint,
                coalesce(sum(n) filter (where ({check.ignored})), 0)::bigint,
                coalesce(sum(n) filter (where n > 1 and not ({check.ignored})), 0)::bigint
            from (
                select {keys}, count(*) as n
                from {quoted(table)}
                where {check.condition}
                group by all
            )
            """
        ).fetchall()[0]
        results[place] = _result(step.expectation, elements, repeated, ignored)
    return results


def _record(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    steps: Sequence[tuple[int, _Step]],
    results: dict[int, ExpectationValidationResult],
    failures: str,
) -> None:
    failing = [(p, s) for p, s in steps if results[p].result["unexpected_count"]]
    cases, anywhere = [], []
    for place, step in failing:
        if isinstance(step.check, RowCheck):
            check = step.check
            fails = f"({check.condition}) and not ({check.ignored}) and ({check.fails})"
            cases.append(f"case when {fails} then {place} end")
            anywhere.append(f"({fails})")
    if cases:
        # Two steps: the few failing rows first, then their rules; never through Python.
        connection.execute(
            f"""
            insert into {failures}
            select {_text(table)}, row_id, unnest(places)
            from (
                select
                    row_id,
                    list_filter([{", ".join(cases)}], lambda x: x is not null) as places
                from {quoted(table)}
                where {" or ".join(anywhere)}
            )
            """
        )
    for place, step in failing:
        if isinstance(step.check, KeyCheck):
            keys = ", ".join(quoted(column) for column in step.check.columns)
            connection.execute(
                f"""
                insert into {failures}
                select {_text(table)}, row_id, {place}
                from (
                    select
                        row_id,
                        row_number() over (partition by {keys} order by row_id) as nth
                    from {quoted(table)}
                    where {step.check.condition} and not ({step.check.ignored})
                )
                where nth > 1
                """
            )


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _stock_results(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    suite: gx.ExpectationSuite,
    places: Sequence[int],
) -> dict[int, ExpectationValidationResult]:
    """The stock pandas engine, for expectations that are not compiled."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    frame = connection.sql(f"from {quoted(table)}").pl().to_pandas()
    batch = (
        context.data_sources.add_pandas("stock")
        .add_dataframe_asset(table)
        .add_batch_definition_whole_dataframe("all")
        .get_batch(batch_parameters={"dataframe": frame})
    )
    results = {}
    for place in places:
        result = batch.validate(suite.expectations[place])
        if any(
            isinstance(info, dict) and info.get("raised_exception")
            for info in (result.exception_info, *(result.exception_info or {}).values())
        ):
            raise CheckFailed(f"{table}: expectation {place} crashed in the stock engine")
        results[place] = result
    return results


def _result(
    expectation: Any, elements: int, unexpected: int, missing: int
) -> ExpectationValidationResult:
    """What the stock engine would say, without any value of a cell."""
    present = elements - missing
    is_null_check = type(expectation).__name__ == "ExpectColumnValuesToNotBeNull"
    share = (present - unexpected) / present if present else 1.0
    result: dict[str, Any] = {
        "element_count": elements,
        "unexpected_count": unexpected,
        "unexpected_percent": 100 * unexpected / present if present else 0.0,
        "partial_unexpected_list": [],
    }
    if not is_null_check:
        result |= {
            "missing_count": missing,
            "missing_percent": 100 * missing / elements if elements else 0.0,
            "unexpected_percent_total": 100 * unexpected / elements if elements else 0.0,
            "unexpected_percent_nonmissing": result["unexpected_percent"],
        }
    return ExpectationValidationResult(
        success=share >= expectation.mostly,
        expectation_config=expectation.configuration,
        result=result,
        meta={},
        exception_info={
            "raised_exception": False,
            "exception_message": None,
            "exception_traceback": None,
        },
    )


def _suite_result(
    suite: gx.ExpectationSuite, results: list[ExpectationValidationResult]
) -> ExpectationSuiteValidationResult:
    succeeded = sum(bool(result.success) for result in results)
    return ExpectationSuiteValidationResult(
        success=succeeded == len(results),
        results=results,
        suite_name=suite.name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": succeeded,
            "unsuccessful_expectations": len(results) - succeeded,
            "success_percent": 100 * succeeded / len(results) if results else None,
        },
    )
