"""Run a suite on a table: one scan, Great Expectations' own result objects, rows by SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import duckdb
import great_expectations as gx  # 4 to 8 s to import: only the worker pays for it
from great_expectations.core import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.data_context.types.base import ProgressBarsConfig

from ingest.compiled import KeyCheck, RowCheck, compiled, quoted
from ingest.scan import (
    Verdicts,
    key_counts,
    record_keys,
    record_rows,
    record_verdicts,
    row_counts,
    verdict_counts,
)

_Check = TypeVar("_Check")


class CheckFailed(Exception):
    """A check did not run to its end: a fault of ours, never of the site's data."""


def validate(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    suite: gx.ExpectationSuite,
    failures: str | None = None,
    verdicts: Verdicts | None = None,
) -> ExpectationSuiteValidationResult:
    """Evaluate every expectation of the suite; record the failing rows where asked.

    Args:
        connection: holds `table`, with a `row_id` where failures are recorded.
        table: name of the relation to look at.
        suite: its expectations name their rule in `meta["rule"]`.
        failures: name of a table to append (table_name, row_id, expectation) to; the
            last is the expectation's place in the suite. Of repeated keys the second
            and later rows are recorded.
        verdicts: of the boolean columns that `table` does not have, and of the values
            that a column repeats, what was found.

    Returns:
        One result an expectation, in the suite's order.

    Raises:
        CheckFailed: where an expectation could not be evaluated.
    """
    types = {
        name: str(kind)
        for name, kind, *_ in connection.execute(f"describe {quoted(table)}").fetchall()
    }
    apart = verdicts or Verdicts("", frozenset())
    rows: dict[int, RowCheck] = {}
    keys: dict[int, KeyCheck] = {}
    columns: dict[int, str] = {}
    stock: list[int] = []
    for place, expectation in enumerate(suite.expectations):
        claimed = _claimed(expectation)
        if claimed in apart.columns:
            columns[place] = claimed
            continue
        check = compiled(expectation, types)
        if isinstance(check, RowCheck):
            rows[place] = check
        elif isinstance(check, KeyCheck):
            if apart.repeats is not None and apart.repeats.are_none(check):
                rows[place] = RowCheck("false", check.ignored, check.condition)
            else:
                keys[place] = check
        else:
            stock.append(place)
    counts = row_counts(connection, table, rows)
    counts |= key_counts(connection, table, keys, apart.repeats)
    counts |= verdict_counts(connection, table, apart, columns)
    results = {place: _result(suite.expectations[place], *found) for place, found in counts.items()}
    if stock:
        results |= _stock_results(connection, table, suite, stock)
    if failures is not None:
        failed = {place for place, found in counts.items() if found.failed}
        record_rows(connection, table, _of(rows, failed), failures)
        record_keys(connection, table, _of(keys, failed), failures, apart.repeats)
        record_verdicts(connection, table, apart, _of(columns, failed), failures)
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


def _claimed(expectation: Any) -> str:
    """The boolean column that an expectation claims to be true; empty for any other."""
    is_set = type(expectation).__name__ == "ExpectColumnValuesToBeInSet"
    return str(expectation.column) if is_set and expectation.value_set == [True] else ""


def _of(found: Mapping[int, _Check], places: Collection[int]) -> dict[int, _Check]:
    return {place: one for place, one in found.items() if place in places}


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
        expectation_config=_configuration(expectation),
        result=result,
        meta={},
        exception_info={
            "raised_exception": False,
            "exception_message": None,
            "exception_traceback": None,
        },
    )


_configurations: dict[int, tuple[Any, Any]] = {}


def _configuration(expectation: Any) -> Any:
    """The expectation's configuration, made once: it costs more than a small table's check."""
    made = _configurations.get(id(expectation))
    if made is None or made[0] is not expectation:
        made = _configurations[id(expectation)] = expectation, expectation.configuration
    return made[1]


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
