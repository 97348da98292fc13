"""The queries about a whole column, told a second time: K11, K12, D19."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from expectations.dictionary import Column, site_tables
from tests.sample_data.oracle import State
from tests.sample_data.reading import Sent

# rule, severity, table, file, line, column
Place = tuple[str, str, str, str | None, int | None, str | None]

FEWEST = 10
MEASURED = {("pulse_delivery", "spacing_mm"), ("lesion", "max_diameter_mm")}


def whole_file_queries(state: State) -> Iterator[tuple[str, str, str]]:
    """K11, K12 and D19: the rule, the table and the column.

    Fewer than ten values of an export are looked at with all that the site has.
    """
    for name, table in site_tables().items():
        rows = state.all(name)
        for column in table.columns.values():
            values = [r[column.name] for r in rows if r.line and r[column.name] is not None]
            if 0 < len(values) < FEWEST:
                values = [r[column.name] for r in rows if r[column.name] is not None]
            if len(values) >= FEWEST:
                for rule in _queries(name, column, values):
                    yield rule, name, column.name


def are_unusable(sent: list[Sent], found: set[Place]) -> bool:
    """K07: more than 5 %, and at least 20, of the procedures cannot be placed or repeat a key."""
    columns = site_tables()["procedure"].columns
    total = sum(row.table == "procedure" for row in sent)
    out = {
        line
        for rule, severity, table, _, line, column in found
        if table == "procedure" and severity == "R" and column is not None
        if rule == "K04a" or columns[column].places_record
    }
    return len(out) >= 20 and len(out) > 0.05 * total


def _queries(table: str, column: Column, values: list[Any]) -> Iterator[str]:
    is_mandatory = column.null == "mandatory"
    if column.type in {"integer", "decimal"} and is_mandatory and len(set(values)) == 1:
        yield "K11"
    is_round = [value % 5 == 0 for value in values if (table, column.name) in MEASURED]
    if sum(is_round) > 0.6 * len(values):
        yield "K12"
    is_new_year = [f"{value:%m-%d}" == "01-01" for value in values if column.type == "date"]
    if sum(is_new_year) > 0.1 * len(values):
        yield "D19"
