"""The rules as a dataframely schema; failing rows are set apart, with why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from measured import REPEATED, measured
from typed import typed

COLUMNS = {
    "integer": dy.Integer, "decimal": dy.Float, "date": dy.Date, "boolean": dy.Bool,
}  # fmt: skip


def check(path: Path, asked: dict[str, Any]) -> dict[str, int]:
    frame = typed(path, asked["types"])
    rules = asked["rules"]
    parts: dict[str, Any] = {
        name: _column(kind, [r for r in rules if r["column"] == name and not r["when"]])
        for name, kind in asked["types"].items()
    }
    names = {}
    for number, rule in enumerate(r for r in rules if r["when"]):
        names[f"required_{number}"] = rule["id"]
        parts[f"required_{number}"] = dy.rule()(_required(rule))
    parts["is_only"] = dy.rule()(lambda cls: pl.col(asked["key"]).is_unique())
    schema = type("Table", (dy.Schema,), parts)
    _, failing = schema.filter(frame)
    failing.details()  # each failing row with its rules
    return {_id(told, rules, names): count for told, count in failing.counts().items()}


def _column(kind: str, rules: list[dict[str, Any]]) -> Any:
    checks = {r["id"]: _holds(r) for r in rules if r["kind"] != "not_null"}
    nullable = not any(r["kind"] == "not_null" for r in rules)
    return COLUMNS.get(kind, dy.String)(nullable=nullable, check=checks or None)


def _holds(rule: dict[str, Any]) -> Callable[[pl.Expr], pl.Expr]:
    if rule["kind"] == "in":
        return lambda value: value.is_in(rule["values"])
    if rule["kind"] == "match":
        return lambda value: value.str.contains(rule["pattern"])
    if rule["kind"] == "length":
        return lambda value: value.str.len_chars().is_between(rule["low"], rule["high"])
    return lambda value: value.is_between(rule["low"], rule["high"])


def _required(rule: dict[str, Any]) -> Callable[[Any], pl.Expr]:
    is_in_force = pl.col(rule["when"]["column"]).is_in(rule["when"]["values"]).fill_null(False)
    return lambda cls: ~is_in_force | pl.col(rule["column"]).is_not_null()


def _id(told: str, rules: list[dict[str, Any]], names: dict[str, str]) -> str:
    column, _, kind = told.partition("|")
    if told == "is_only":
        return REPEATED
    if kind == "nullability":
        return next(r["id"] for r in rules if r["column"] == column and r["kind"] == "not_null")
    return names.get(told) or kind.removeprefix("check__")


if __name__ == "__main__":
    measured(check)
