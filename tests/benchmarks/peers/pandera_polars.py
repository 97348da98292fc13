"""The rules as a pandera schema over polars; every failing row is listed."""

from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
from measured import REPEATED, measured
from pandera.errors import SchemaErrors
from typed import typed


def check(path: Path, asked: dict[str, Any]) -> dict[str, int]:
    frame = typed(path, asked["types"])
    rules = asked["rules"]
    columns = {
        name: pa.Column(
            checks=[_check(r) for r in rules if r["column"] == name and r["kind"] != "not_null"],
            nullable=not any(
                r["column"] == name and r["kind"] == "not_null" and not r["when"] for r in rules
            ),
            unique=name == asked["key"],
        )
        for name in frame.columns
    }
    schema = pa.DataFrameSchema(columns, checks=[_required(r) for r in rules if r["when"]])
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return _counts(errors.failure_cases, rules)
    return {}


def _check(rule: dict[str, Any]) -> pa.Check:
    if rule["kind"] == "in":
        return pa.Check.isin(rule["values"], error=rule["id"])
    if rule["kind"] == "match":
        return pa.Check.str_matches(rule["pattern"], error=rule["id"])
    if rule["kind"] == "length":
        return pa.Check.str_length(rule["low"], rule["high"], error=rule["id"])
    return pa.Check.in_range(rule["low"], rule["high"], error=rule["id"])


def _required(rule: dict[str, Any]) -> pa.Check:
    is_in_force = pl.col(rule["when"]["column"]).is_in(rule["when"]["values"]).fill_null(False)
    holds = ~is_in_force | pl.col(rule["column"]).is_not_null()
    return pa.Check(lambda data: data.lazyframe.select(holds), error=rule["id"])


def _counts(cases: pl.DataFrame, rules: list[dict[str, Any]]) -> dict[str, int]:
    required = {r["column"]: r["id"] for r in rules if r["kind"] == "not_null" and not r["when"]}
    found: dict[str, int] = {}
    for column, name, count in cases.group_by("column", "check").len().iter_rows():
        if name == "not_nullable":
            found[required[column]] = count
        elif name == "field_uniqueness":
            found[REPEATED] = count
        else:
            found[name] = count
    return found


if __name__ == "__main__":
    measured(check)
