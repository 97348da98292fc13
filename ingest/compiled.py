"""Turn Great Expectations expectations into predicates of one DuckDB scan.

An expectation of a known type becomes two predicates: which rows fail it, and which it
ignores because a value is missing. Both follow the pandas engine of Great Expectations,
the oracle of `tests/ingest/test_compiled.py`. A type, option or pattern not known here
gives None, and the caller hands the expectation to the stock engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_NAN_TYPES = ("DOUBLE", "FLOAT")
# Python's re and DuckDB's RE2 agree on ASCII classes only.
_UNLIKE = re.compile(r"\\[dDwWsSbB]|\(\?[=!<]|\\[1-9]")


@dataclass(frozen=True)
class RowCheck:
    """A check that looks at one row: predicates over the columns of the table."""

    fails: str
    ignored: str
    condition: str


@dataclass(frozen=True)
class KeyCheck:
    """A uniqueness check over one or more columns."""

    columns: tuple[str, ...]
    ignored: str
    condition: str


Check = RowCheck | KeyCheck


def compiled(expectation: Any, types: Mapping[str, str]) -> Check | None:
    """The predicates of an expectation, or None where only the stock engine knows.

    Args:
        expectation: a Great Expectations expectation object.
        types: DuckDB type of each column of the table.
    """
    condition = _condition(expectation.row_condition, types)
    if condition is None or getattr(expectation, "windows", None):
        return None
    name = type(expectation).__name__
    if name == "ExpectCompoundColumnsToBeUnique":
        if expectation.ignore_row_if != "any_value_is_missing":
            return None
        columns = tuple(expectation.column_list)
        ignored = " or ".join(_is_missing(c, types) for c in columns)
        return KeyCheck(columns, ignored, condition)
    if name == "ExpectColumnValuesToBeUnique":
        column = expectation.column
        return KeyCheck((column,), _is_missing(column, types), condition)
    if name == "ExpectColumnPairValuesAToBeGreaterThanB":
        return _pair_check(expectation, types, condition)
    if name not in _FAILS:
        return None
    fails = _FAILS[name](expectation, types)
    if fails is None:
        return None
    if name == "ExpectColumnValuesToNotBeNull":
        return RowCheck(fails, "false", condition)
    missing = _is_missing(expectation.column, types)
    if types.get(expectation.column) in _NAN_TYPES:
        fails = f"not {missing} and {fails}"  # to DuckDB NaN is the largest number
    return RowCheck(fails, missing, condition)


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """A value as SQL writes it; a float is a double, never a decimal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"cast('{value!r}' as double)"
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"


def _is_missing(column: str, types: Mapping[str, str]) -> str:
    name = quoted(column)
    if types.get(column) in _NAN_TYPES:
        return f"({name} is null or isnan({name}))"
    return f"{name} is null"


def _not_null(expectation: Any, types: Mapping[str, str]) -> str:
    return _is_missing(expectation.column, types)


def _in_set(expectation: Any, types: Mapping[str, str]) -> str:
    allowed = [value for value in expectation.value_set if value is not None]
    if not allowed:
        return "true"
    name = quoted(expectation.column)
    if allowed == [True]:
        return f"not {name}"
    return f"{name} not in ({', '.join(literal(value) for value in allowed)})"


def _regex(expectation: Any, types: Mapping[str, str]) -> str | None:
    pattern = expectation.regex
    if not isinstance(pattern, str) or _UNLIKE.search(pattern):
        return None
    if pattern.endswith("$") and not pattern.endswith(r"\$"):
        # Python's $ also matches before a line feed at the very end; RE2's does not.
        pattern = pattern[:-1] + r"\n?\z"
    return f"not regexp_matches({quoted(expectation.column)}, {literal(pattern)})"


def _between(expectation: Any, types: Mapping[str, str]) -> str | None:
    return _bounds(quoted(expectation.column), expectation)


def _lengths(expectation: Any, types: Mapping[str, str]) -> str | None:
    return _bounds(f"length({quoted(expectation.column)})", expectation)


def _bounds(value: str, expectation: Any) -> str | None:
    parts = []
    for bound, strict, sign in (
        (expectation.min_value, expectation.strict_min, "<"),
        (expectation.max_value, expectation.strict_max, ">"),
    ):
        if bound is None:
            continue
        if not isinstance(bound, int | float | date):
            return None  # an evaluation parameter or a date in words
        parts.append(f"{value} {sign}{'=' if strict else ''} {literal(bound)}")
    return "(" + " or ".join(parts) + ")" if parts else None


_FAILS = {
    "ExpectColumnValuesToNotBeNull": _not_null,
    "ExpectColumnValuesToBeInSet": _in_set,
    "ExpectColumnValuesToMatchRegex": _regex,
    "ExpectColumnValuesToBeBetween": _between,
    "ExpectColumnValueLengthsToBeBetween": _lengths,
}


def _pair_check(expectation: Any, types: Mapping[str, str], condition: str) -> RowCheck | None:
    if expectation.ignore_row_if != "either_value_is_missing":
        return None
    left, right = quoted(expectation.column_A), quoted(expectation.column_B)
    sign = "<" if expectation.or_equal else "<="
    ignored = " or ".join(
        _is_missing(c, types) for c in (expectation.column_A, expectation.column_B)
    )
    return RowCheck(f"(not ({ignored}) and {left} {sign} {right})", f"({ignored})", condition)


def _condition(condition: Any, types: Mapping[str, str]) -> str | None:
    """The rows an expectation speaks of; None for a form not known here."""
    if condition is None:
        return "true"
    name = type(condition).__name__
    if name == "NullityCondition":
        missing = _is_missing(condition.column.name, types)
        return missing if condition.is_null else f"not {missing}"
    if name == "ComparisonCondition":
        column = quoted(condition.column.name)
        operator = str(getattr(condition.operator, "value", condition.operator))
        if operator == "==":
            return f"coalesce({column} = {literal(condition.parameter)}, false)"
        if operator == "IN":
            values = ", ".join(literal(value) for value in condition.parameter)
            return f"coalesce({column} in ({values}), false)"
        return None
    if name in ("AndCondition", "OrCondition"):
        parts = [_condition(part, types) for part in condition.conditions]
        if None in parts:
            return None
        return "(" + f" {name[:-9].lower()} ".join(str(part) for part in parts) + ")"
    return None
