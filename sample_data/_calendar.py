"""Financial quarters and the days on which things happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

DUE_DAYS = 42  # an export is due six weeks after its quarter's end
FIRST_YEAR = 2024
QUARTERS = 10


@dataclass(frozen=True, order=True)
class Quarter:
    """One NHS financial quarter; Q1 is April to June."""

    year: int  # calendar year in which the financial year starts
    number: int

    @property
    def label(self) -> str:
        """The name of its export: 2024-25-Q1."""
        return f"{self.year}-{(self.year + 1) % 100:02d}-Q{self.number}"

    @property
    def start(self) -> date:
        month = 3 * self.number + 1
        return date(self.year + (month > 12), (month - 1) % 12 + 1, 1)

    @property
    def end(self) -> date:
        return self.next.start - timedelta(days=1)

    @property
    def due(self) -> date:
        return self.end + timedelta(days=DUE_DAYS)

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def demo_quarters() -> tuple[Quarter, ...]:
    """The ten quarters of the demonstration, 2024/25 Q1 to 2026/27 Q2."""
    return tuple(Quarter(FIRST_YEAR + n // 4, n % 4 + 1) for n in range(QUARTERS))


def quarter_of(day: date) -> Quarter:
    """The quarter in which a day lies."""
    start_year = day.year - (day.month < 4)
    return Quarter(start_year, (day.month - 4) % 12 // 3 + 1)


def weekday_on_or_after(day: date) -> date:
    """The day itself, or the next day on which lists run (not a weekend, not Christmas)."""
    while day.weekday() > 4 or (day.month, day.day) in {(12, 25), (12, 26), (1, 1)}:
        day += timedelta(days=1)
    return day


def procedure_day(day: date) -> date:
    """A list day early enough in its quarter for the discharge to fall within it."""
    latest = quarter_of(day).end - timedelta(days=11)
    if day > latest:
        day = quarter_of(day).next.start + timedelta(days=2)
    return weekday_on_or_after(day)


def not_new_year(day: date) -> date:
    """The day, or 2 January for the 1st: a date on 1 January looks made up (rule D19)."""
    return day + timedelta(days=1) if (day.month, day.day) == (1, 1) else day
