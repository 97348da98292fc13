"""A fault: what is changed in a case that has none, and which rules must then speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tests.ingest.clean_case import FIRST_DAY, Rows, case


@dataclass(frozen=True)
class Fault:
    """Cells to change, by table.column; a value @n is the day n days after the procedure."""

    rule: str
    cells: Mapping[str, str]
    comes_with: str = ""  # the rules that must speak too, with spaces between
    first_day: date = FIRST_DAY  # on or after which the procedure is done
    reshape: Callable[[Rows], None] = lambda rows: None

    @property
    def rules(self) -> frozenset[str]:
        return frozenset([self.rule, *self.comes_with.split()])


def faulty(fault: Fault, number: int) -> Rows:
    """The rows of a case with one fault."""
    rows = case(number, fault.first_day)
    day = date.fromisoformat(rows["procedure"][0]["procedure_date"])
    for place, value in fault.cells.items():
        table, column = place.split(".")
        if value.startswith("@"):
            value = (day + timedelta(days=int(value[1:]))).isoformat()
        rows[table][0][column] = value
    fault.reshape(rows)
    return rows
