"""Bank holidays of England, and the working days between two dates."""

from datetime import date

import duckdb
import pytest

from ingest.working_days import bank_holidays, load_working_days


def days(year, *month_days):
    return {date(year, *map(int, day.split("-"))) for day in month_days}


# As published on gov.uk for each year.
PUBLISHED = {
    2020: ("1-1", "4-10", "4-13", "5-8", "5-25", "8-31", "12-25", "12-28"),
    2021: ("1-1", "4-2", "4-5", "5-3", "5-31", "8-30", "12-27", "12-28"),
    2022: ("1-3", "4-15", "4-18", "5-2", "6-2", "6-3", "8-29", "9-19", "12-26", "12-27"),
    2023: ("1-2", "4-7", "4-10", "5-1", "5-8", "5-29", "8-28", "12-25", "12-26"),
    2024: ("1-1", "3-29", "4-1", "5-6", "5-27", "8-26", "12-25", "12-26"),
    2025: ("1-1", "4-18", "4-21", "5-5", "5-26", "8-25", "12-25", "12-26"),
    2026: ("1-1", "4-3", "4-6", "5-4", "5-25", "8-31", "12-25", "12-28"),
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_bank_holidays_of_a_year_are_those_published(year):
    assert bank_holidays(year) == days(year, *PUBLISHED[year])


def test_weekends_and_bank_holidays_are_not_counted():
    with duckdb.connect() as connection:
        load_working_days(connection)
        counted = dict(connection.execute("from working_day").fetchall())
    christmas_eve = counted[date(2024, 12, 24)]
    assert counted[date(2024, 12, 26)] - christmas_eve == 0
    assert counted[date(2024, 12, 27)] - christmas_eve == 1
    assert counted[date(2024, 12, 29)] - christmas_eve == 1
    assert counted[date(2024, 12, 30)] - christmas_eve == 2
