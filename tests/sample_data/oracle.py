"""A second opinion on the exports: every rule of the domain, row by row, in plain Python.

It shares nothing with the generator but the dictionary, and nothing with the product.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expectations.dictionary import Column, site_tables
from tests.sample_data.reading import Sent

NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


@dataclass(eq=False)
class Row:
    """A typed row of the site as it would be; `line` is none where this export lacks it."""

    table: str
    key: tuple[str, ...]
    line: int | None
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


Found = tuple[str, Row, str]  # rule, row, column
Rule = Callable[["State"], Iterator[Found]]


@dataclass
class State:
    """A site's current rows with one submission laid over them, and the register."""

    site: str
    extracted: date
    rows: dict[str, list[Row]]
    register: Mapping[str, list[dict[str, str]]]
    index: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict)

    def where(self, table: str, column: str, value: Any) -> list[Row]:
        """The rows of a table with one value in a column; none for no value."""
        if (table, column) not in self.index:
            found: dict[Any, list[Row]] = defaultdict(list)
            for row in self.rows.get(table, ()):
                found[row[column]].append(row)
            self.index[table, column] = found
        return self.index[table, column].get(value, []) if value is not None else []

    def one(self, table: str, column: str, value: Any) -> Row | None:
        found = self.where(table, column, value)
        return found[0] if found else None

    def all(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

    def procedures_of(self, patient: str) -> list[Row]:
        return [
            row for row in self.where("procedure", "patient_pseudo_id", patient)
            if row["procedure_date"] is not None
        ]  # fmt: skip

    def first_procedure_of(self, patient: str) -> date | None:
        days = [row["procedure_date"] for row in self.procedures_of(patient)]
        return min(days, default=None)

    def death_of(self, patient: str) -> date | None:
        status = self.one("vital_status", "patient_pseudo_id", patient)
        return status["death_date"] if status else None


def cell_findings(sent: Iterable[Sent], extracted: date) -> Iterator[tuple[Sent, str, str]]:
    """What the column rules find: the row, the rule and the column; one a cell at most."""
    for row in sent:
        for name, column in site_tables()[row.table].columns.items():
            kind = _kind(column, row.cells[name], row.cells, extracted)
            if kind:
                yield row, f"{row.table}.{name}.{kind}", name


def severity_of(rule: str) -> str:
    """The severity of a column rule."""
    table, name, kind = rule.split(".")
    if kind == "PLAUSIBLE":
        return "W"
    places = site_tables()[table].columns[name].places_record
    return "W" if kind == "REQUIRED" and not places else "R"


def typed(column: Column, cell: str) -> Any:
    """A cell's value; none where it is empty or cannot be typed."""
    if not cell:
        return None
    if column.type == "date":
        return _date(cell)
    if column.type in {"integer", "decimal"}:
        return float(cell) if NUMBER.match(cell) else None
    if column.type == "boolean":
        return {"Y": True, "N": False}.get(cell)
    if column.type == "set":
        return frozenset(cell.split(";"))
    return cell


def _kind(column: Column, cell: str, cells: Mapping[str, str], extracted: date) -> str | None:
    if not cell:
        return "REQUIRED" if _is_required(column, cells) else None
    if re.match(r"^#[A-Z0-9/]+[!?A]$", cell):  # a spreadsheet's error, not a value
        return "NUMBER" if column.type in {"integer", "decimal"} else "TYPE"
    value = typed(column, cell)
    if value is None:
        return _untypable(column, cell)
    members = value if isinstance(value, frozenset) else {value}
    if column.codes and not members <= set(column.codes.codes):
        return "CODE"
    if column.pattern and not all(re.match(column.pattern, str(each)) for each in members):
        return "PATTERN"
    if isinstance(value, date):
        if value > extracted and not column.may_be_future:
            return "DATE_FUTURE"
        is_early = column.hard and column.hard[0] and value < date.fromisoformat(column.hard[0])
        return "HARD" if is_early else None
    if column.length and not column.length[0] <= len(cell) <= column.length[1]:
        return "HARD"
    for limits, kind in ((column.hard, "HARD"), (column.plausible, "PLAUSIBLE")):
        if limits and isinstance(value, float) and not limits[0] <= value <= limits[1]:
            return kind
    return None


def _is_required(column: Column, cells: Mapping[str, str]) -> bool:
    if column.when:
        other = cells[column.when.column]
        return bool(other) and (not column.when.is_in or other in column.when.is_in)
    return column.null in {"mandatory", "required"}


def _untypable(column: Column, cell: str) -> str:
    if column.type in {"integer", "decimal"}:
        return "NUMBER"
    if column.type != "date":
        return "TYPE"
    is_shaped = re.match(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", cell)
    day_first = re.match(r"^[0-9]{2}/([0-9]{2})/[0-9]{4}$", cell)
    if is_shaped or (day_first and int(day_first[1]) <= 12):
        return "DATE_IMPOSSIBLE"
    return "DATE_FORMAT"


def _date(cell: str) -> date | None:
    if day_first := re.match(r"^([0-9]{2})/([0-9]{2})/([0-9]{4})$", cell):
        cell = f"{day_first[3]}-{day_first[2]}-{day_first[1]}"
    try:
        return date.fromisoformat(cell) if len(cell) == 10 else None
    except ValueError:
        return None
