"""The rules as pointblank steps over polars; the failing rows of each step are taken."""

from pathlib import Path
from typing import Any

import pointblank as pb
import polars as pl
from measured import REPEATED, measured
from typed import typed


def check(path: Path, asked: dict[str, Any]) -> dict[str, int]:
    frame = typed(path, asked["types"])
    steps = pb.Validate(frame)
    for rule in asked["rules"]:
        steps = _step(steps, rule)
    steps = steps.rows_distinct(columns_subset=asked["key"])
    done = steps.interrogate(extract_limit=frame.height)
    done.get_data_extracts()
    failing = done.n_failed()
    names = [*(rule["id"] for rule in asked["rules"]), REPEATED]
    return {name: failing[number] for number, name in enumerate(names, 1) if failing[number]}


def _step(steps: pb.Validate, rule: dict[str, Any]) -> pb.Validate:
    column = rule["column"]
    if rule["when"]:
        is_in_force = pl.col(rule["when"]["column"]).is_in(rule["when"]["values"])
        return steps.col_vals_expr(~is_in_force.fill_null(False) | pl.col(column).is_not_null())
    if rule["kind"] == "not_null":
        return steps.col_vals_not_null(column)
    if rule["kind"] == "in":  # a set has no way to let a missing value pass
        holds = pl.col(column).is_null() | pl.col(column).is_in(rule["values"])
        return steps.col_vals_expr(holds)
    if rule["kind"] == "match":
        return steps.col_vals_regex(column, rule["pattern"], na_pass=True)
    if rule["kind"] == "length":
        size = pl.col(column).str.len_chars()
        holds = size.is_null() | size.is_between(rule["low"], rule["high"])
        return steps.col_vals_expr(holds)
    return steps.col_vals_between(column, rule["low"], rule["high"], na_pass=True)


if __name__ == "__main__":
    measured(check)
