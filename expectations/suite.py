"""The Great Expectations suites, built as objects from the dictionary and the rules.

One suite a table. Each expectation carries its rule's id, severity, clause, message and
fix in `meta`, and the column its finding stands in. The suites run unchanged on stock
GX engines; the registry runs them compiled (`ingest.check`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import great_expectations as gx  # 4 to 8 s to import: only the worker pays for it
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column as RowColumn

from expectations.dictionary import Column, Table, site_tables
from expectations.rules import (
    CrossRule,
    Rule,
    catalogue,
    column_kinds,
    column_rule_id,
    link_rules,
    sql_rules,
)

# Beside its own columns a checked table has the day of the extract (DATE_FUTURE), its
# stored key (K04a), and one boolean column a link or cross-table rule.
EXTRACT_DATE = "extract_date"
RECORD_KEY = "record_key"

_SEVERITY = {"F": "critical", "R": "critical", "B": "warning", "W": "info"}


@cache
def suite(table_name: str) -> gx.ExpectationSuite:
    """The suite of one table of an export."""
    table = site_tables()[table_name]
    return gx.ExpectationSuite(name=table_name, expectations=list(_expectations(table)))


def cross_rules(table_name: str) -> tuple[CrossRule, ...]:
    """The rules that give the table a boolean column each."""
    return tuple(r for r in (*link_rules(), *sql_rules()) if r.table == table_name)


def _expectations(table: Table) -> Iterator[Expectation]:
    for column in table.columns.values():
        yield from _column_expectations(table, column)
    yield gxe.ExpectColumnValuesToBeUnique(
        column=RECORD_KEY, **_about(catalogue()["K04a"], table.key[0])
    )
    for cross in cross_rules(table.name):
        yield gxe.ExpectColumnValuesToBeInSet(
            column=cross.column_name, value_set=[True], **_about(cross.rule, cross.column)
        )


def _column_expectations(table: Table, column: Column) -> Iterator[Expectation]:
    def about(kind: str) -> dict[str, Any]:
        rule = catalogue()[column_rule_id(table.name, column.name, kind)]
        return _about(rule, column.name)

    kinds = {kind for kind, _, _ in column_kinds(column)}
    name = column.name
    if "REQUIRED" in kinds:
        condition: dict[str, Any] = {}
        if column.when is not None:
            other = RowColumn(column.when.column)
            in_force = (
                other.is_in(list(column.when.is_in)) if column.when.is_in else other.is_not_null()
            )
            condition = {"row_condition": in_force}
        yield gxe.ExpectColumnValuesToNotBeNull(column=name, **condition, **about("REQUIRED"))
    if "DATE_FUTURE" in kinds:
        yield gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=EXTRACT_DATE,
            column_B=name,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            **about("DATE_FUTURE"),
        )
    if column.codes is not None and column.type == "set":
        codes = "|".join(re.escape(code) for code in column.codes.codes)
        yield gxe.ExpectColumnValuesToMatchRegex(
            column=name, regex=f"^(?:{codes})(?:;(?:{codes}))*$", **about("CODE")
        )
    elif column.codes is not None:
        yield gxe.ExpectColumnValuesToBeInSet(
            column=name, value_set=list(column.codes.codes), **about("CODE")
        )
    if column.pattern is not None:
        pattern = _many(column.pattern) if column.type == "set" else column.pattern
        yield gxe.ExpectColumnValuesToMatchRegex(column=name, regex=pattern, **about("PATTERN"))
    if column.hard is not None:
        low, high = (_bound(column, bound) for bound in column.hard)
        yield gxe.ExpectColumnValuesToBeBetween(
            column=name, min_value=low, max_value=high, **about("HARD")
        )
    if column.earlier is not None:
        yield gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=name,
            column_B=column.earlier,
            or_equal=column.after is None,
            ignore_row_if="either_value_is_missing",
            **about("HARD"),
        )
    if column.length is not None:
        shortest, longest = column.length
        yield gxe.ExpectColumnValueLengthsToBeBetween(
            column=name, min_value=shortest, max_value=longest, **about("HARD")
        )
    if column.plausible is not None:
        low, high = column.plausible
        yield gxe.ExpectColumnValuesToBeBetween(
            column=name, min_value=low, max_value=high, **about("PLAUSIBLE")
        )


def _bound(column: Column, declared: Any) -> Any:
    if declared == "":
        return None
    return datetime.fromisoformat(declared) if column.type == "date" else declared


def _many(pattern: str) -> str:
    """The pattern of one item, for a list of items joined by ';'."""
    item = pattern.removeprefix("^").removesuffix("$")
    return f"^(?:{item})(?:;(?:{item}))*$"


def _about(rule: Rule, column: str) -> dict[str, Any]:
    meta = {
        "rule": rule.id,
        "severity": rule.severity,
        "clause": list(rule.clause),
        "message": rule.message,
        "fix": rule.fix,
        "column": column,
    }
    return {"meta": meta, "severity": _SEVERITY[rule.severity]}
