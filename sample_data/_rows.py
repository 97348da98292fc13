"""Rows as text in the dictionary's columns, and the records of which exports are cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expectations.dictionary import tables

Row = dict[str, str]


@dataclass(frozen=True)
class Breach:
    """A finding that a record's own facts bring about whenever the record is sent."""

    rule: str
    column: str
    severity: str = "B"


@dataclass
class Record:
    """One record of one site: its versions, each with the day from which it is known."""

    table: str
    owner: str  # the patient, or "" for staff and approvals
    versions: list[tuple[date, Row]] = field(default_factory=list)
    breaches: tuple[Breach, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        first = self.versions[0][1]
        return tuple(first[name] for name in tables()[self.table].key)

    def number_on(self, day: date) -> int:
        """How many versions are known on a day."""
        return sum(known <= day for known, _ in self.versions)

    def on(self, day: date) -> Row | None:
        """The version that is known on a day."""
        number = self.number_on(day)
        return self.versions[number - 1][1] if number else None


def row(table: str, **values: Any) -> Row:
    """A row of a table as text: every column in dictionary order, empty where not given.

    Raises:
        KeyError: if a value is given for a column that the table does not have.
    """
    unknown = set(values) - set(tables()[table].columns)
    if unknown:
        raise KeyError(f"{table}: {', '.join(sorted(unknown))}")
    return {name: text(values.get(name)) for name in tables()[table].columns}


def text(value: Any) -> str:
    """A value in the spelling of an export: ISO dates, Y and N, codes joined by ';'."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, (set, frozenset, tuple, list)):
        return ";".join(sorted(value))
    return str(value)


def by_table(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by table, in dictionary order."""
    grouped: dict[str, list[Record]] = {name: [] for name in tables()}
    for record in records:
        grouped[record.table].append(record)
    return {name: found for name, found in grouped.items() if found}
