"""Periods of the financial year: quarters, and rolling months that end at the data date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

DUE = timedelta(weeks=6)  # a quarter is due six weeks after its end (indicator D3)
ROLLING = {"36 months": 36, "12 months": 12}
MONTHS_OF = {"": 12, "H": 6, "Q": 3}  # of the financial year's parts

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Period:
    """Days from start to end, both counted."""

    label: str
    start: date
    end: date

    @property
    def sentence(self) -> str:
        kind = f"rolling {self.label}" if self.label in ROLLING else self.label
        return f"{day(self.start)} to {day(self.end)} ({kind})"


def period(label: str, data_date: date) -> Period:
    """The period of a label: "36 months", "12 months", or of the financial year one such as
    "2026/27", "2026/27 H1" or "2026/27 Q2".

    Raises:
        ValueError: if the label is none of these.
    """
    if label in ROLLING:
        months = data_date.year * 12 + data_date.month - ROLLING[label]
        return Period(label, date(months // 12, months % 12 + 1, 1), data_date)
    found = re.fullmatch(r"([0-9]{4})/([0-9]{2})(?: (Q[1-4]|H[12]))?", label)
    if not found or (int(found[1]) + 1) % 100 != int(found[2]):
        raise ValueError(f"no such period: {label!r}; give 36 months, 12 months or 2026/27 Q2")
    kind, number = (found[3][0], int(found[3][1])) if found[3] else ("", 1)
    months = MONTHS_OF[kind]
    first = int(found[1]) * 12 + 3 + months * (number - 1)  # months since year 0; April is 3
    return Period(label, _first_day(first), _first_day(first + months) - timedelta(days=1))


def reporting_period(text: str) -> Period:
    """The quarter or the financial year that a person names: 2026/27 Q2, 2026-27-Q2, 2026/27.

    Raises:
        ValueError: if it names neither.
    """
    found = re.fullmatch(r"([0-9]{4})[/-]([0-9]{2})(?:[ -](Q[1-4]))?", text.strip())
    if not found:
        raise ValueError(
            f"no such period: {text!r}; give a quarter, 2026/27-Q2, or a year, 2026/27"
        )
    return period(" ".join(part for part in (f"{found[1]}/{found[2]}", found[3]) if part), date.min)


def quarter(of: date) -> Period:
    """The financial quarter that holds a day."""
    year = of.year if of.month >= 4 else of.year - 1
    number = (of.month - 4) % 12 // 3 + 1
    return period(f"{year}/{(year + 1) % 100:02d} Q{number}", of)


def quarters(first: date, last: date) -> list[Period]:
    """The quarters from the one that holds `first` to the one that holds `last`."""
    found = []
    current = quarter(first)
    while current.start <= last:
        found.append(current)
        current = quarter(current.end + timedelta(days=1))
    return found


def day(value: date) -> str:
    """A date as people read it: 3 Apr 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def _first_day(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)
