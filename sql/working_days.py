"""Working days of a nation of the United Kingdom: deadlines, and how far over one is."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import cache

FIRST, LAST = 2009, 2050  # from the first IRE in people
ENGLAND = "E"

# The register's codes of a nation, as the library names its parts.
PARTS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}


@cache
def bank_holidays(year: int, nation: str = ENGLAND) -> frozenset[date]:
    """The bank holidays of a year that fall on a weekday; without a known nation, England's.

    Source: the library `holidays`, after the Banking and Financial Dealings Act 1971 and the
    proclamations; a later version of it knows holidays that were proclaimed since.
    """
    from holidays import country_holidays  # 0.4 s to import: only a clock pays for it

    part = PARTS.get(nation, PARTS[ENGLAND])
    found = country_holidays("GB", subdiv=part, years=year)
    return frozenset(day for day in found if day.year == year and day.weekday() < 5)


@cache
def working_days(nation: str = ENGLAND) -> tuple[date, ...]:
    """Every working day from FIRST to LAST, in order."""
    free = {day for year in range(FIRST, LAST + 1) for day in bank_holidays(year, nation)}
    first, last = date(FIRST, 1, 1), date(LAST, 12, 31)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in every if day.weekday() < 5 and day not in free)


def due_date(start: date, days: int, nation: str = ENGLAND) -> date:
    """The day by which something is due that may take so many working days after `start`."""
    every = working_days(nation)
    return every[bisect_right(every, start) + days - 1] if days else start


def working_days_between(after: date, until: date, nation: str = ENGLAND) -> int:
    """The working days after one day, up to and with another; negative where it is earlier."""
    every = working_days(nation)
    return bisect_right(every, until) - bisect_right(every, after)
