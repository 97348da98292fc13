"""Working days in England, for deadlines that are counted in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import duckdb
import polars as pl

FIRST, LAST = 2009, 2050  # from the first IRE in people

# Days that Parliament or a proclamation moved, and days given once: gov.uk, bank holidays.
_MOVED = {
    date(2012, 5, 28): date(2012, 6, 4),
    date(2020, 5, 4): date(2020, 5, 8),
    date(2022, 5, 30): date(2022, 6, 2),
}
_ONCE = (
    date(2011, 4, 29),
    date(2012, 6, 5),
    date(2022, 6, 3),
    date(2022, 9, 19),
    date(2023, 5, 8),
)


def load_working_days(connection: duckdb.DuckDBPyConnection) -> None:
    """Make working_day (day, working_days): how many there were up to and with the day."""
    connection.register("arriving", _counted().to_arrow())
    connection.execute("create table working_day as from arriving")
    connection.unregister("arriving")


@cache
def _counted() -> pl.DataFrame:
    free = [day for year in range(FIRST, LAST + 1) for day in bank_holidays(year)]
    day = pl.col("day")
    is_worked = (day.dt.weekday() <= 5) & ~day.is_in(free)
    return pl.DataFrame(
        {"day": pl.date_range(date(FIRST, 1, 1), date(LAST, 12, 31), eager=True)}
    ).with_columns(is_worked.cast(pl.Int64).cum_sum().alias("working_days"))


def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales.

    Source: Banking and Financial Dealings Act 1971, schedule 1, and proclamations [M].
    """
    easter = _easter(year)
    days = [
        *_in_lieu(date(year, 1, 1)),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        _first_monday(date(year, 5, 1)),
        _first_monday(date(year, 5, 25)),
        _first_monday(date(year, 8, 25)),
        *_in_lieu(date(year, 12, 25), date(year, 12, 26)),
        *(day for day in _ONCE if day.year == year),
    ]
    return frozenset(_MOVED.get(day, day) for day in days)


def _in_lieu(*days: date) -> Iterator[date]:
    """Each day, or in place of one on a weekend the next weekday that is not taken."""
    weekdays = [day for day in days if day.weekday() < 5]
    yield from weekdays
    free = max(days)
    for _ in range(len(days) - len(weekdays)):
        free += timedelta(days=1)
        while free.weekday() >= 5:
            free += timedelta(days=1)
        yield free


def _first_monday(on_or_after: date) -> date:
    return on_or_after + timedelta(days=-on_or_after.weekday() % 7)


def _easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (
        19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)
