"""The queries about a whole file, told a second time: K11, K12, D19."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from expectations.dictionary import Column, site_tables
from tests.sample_data.oracle import typed
from tests.sample_data.reading import Sent

MEASURED = {("pulse_delivery", "spacing_mm"), ("lesion", "max_diameter_mm")}


def whole_file_queries(sent: list[Sent]) -> Iterator[tuple[str, str, str]]:
    """K11, K12 and D19 over the rows of one export: the rule, the table and the column."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sent:
        for name in site_tables()[row.table].columns:
            cells[row.table, name].append(row.cells[name])
    for (table, name), texts in cells.items():
        column = site_tables()[table].columns[name]
        for rule in _queries(table, column, [typed(column, text) for text in texts]):
            yield rule, table, name


def _queries(table: str, column: Column, read: list[Any]) -> Iterator[str]:
    values = [value for value in read if value is not None]
    if len(values) < 10:
        return
    is_mandatory = column.null == "mandatory"
    if column.type in {"integer", "decimal"} and is_mandatory and len(set(values)) == 1:
        yield "K11"
    is_round = [value % 5 == 0 for value in values if (table, column.name) in MEASURED]
    if sum(is_round) > 0.6 * len(values):
        yield "K12"
    is_new_year = [f"{value:%m-%d}" == "01-01" for value in values if column.type == "date"]
    if sum(is_new_year) > 0.1 * len(values):
        yield "D19"
