"""Bank holidays of each nation, deadlines in working days, and how far over one is."""

from datetime import date

import pytest

from sql.working_days import bank_holidays, due_date, working_days_between


def days(year, *month_days):
    return {date(year, *map(int, day.split("-"))) for day in month_days}


# As published on gov.uk, mygov.scot and nidirect for 2026.
OF_2026 = {
    "E": ("1-1", "4-3", "4-6", "5-4", "5-25", "8-31", "12-25", "12-28"),
    "W": ("1-1", "4-3", "4-6", "5-4", "5-25", "8-31", "12-25", "12-28"),
    "S": ("1-1", "1-2", "4-3", "5-4", "5-25", "6-15", "8-3", "11-30", "12-25", "12-28"),
    "N": ("1-1", "3-17", "4-3", "4-6", "5-4", "5-25", "7-13", "8-31", "12-25", "12-28"),
}


@pytest.mark.parametrize("nation", OF_2026)
def test_each_nation_has_its_own_bank_holidays(nation):
    assert bank_holidays(2026, nation) == days(2026, *OF_2026[nation])


def test_a_nation_that_the_register_does_not_know_is_counted_as_england():
    assert bank_holidays(2026, "") == bank_holidays(2026, "E")


@pytest.mark.parametrize(
    ("start", "number", "nation", "due"),
    [
        ("2026-11-16", 0, "E", "2026-11-16"),
        ("2026-11-16", 1, "E", "2026-11-17"),  # Monday to Tuesday
        ("2026-11-20", 1, "E", "2026-11-23"),  # over a weekend
        ("2026-11-21", 1, "E", "2026-11-23"),  # begun on a Saturday
        ("2026-11-27", 1, "E", "2026-11-30"),
        ("2026-11-27", 1, "S", "2026-12-01"),  # Saint Andrew's Day
        ("2026-12-24", 1, "E", "2026-12-29"),  # Christmas, a weekend, Boxing Day in lieu
        ("2026-04-02", 10, "E", "2026-04-20"),  # Good Friday and Easter Monday
        ("2026-04-02", 10, "S", "2026-04-17"),  # Good Friday only
        ("2026-07-10", 1, "N", "2026-07-14"),
    ],
)
def test_a_deadline_counts_the_working_days_of_the_nation_after_its_start(
    start, number, nation, due
):
    assert due_date(date.fromisoformat(start), number, nation) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("after", "until", "number"),
    [
        ("2026-11-16", "2026-11-16", 0),
        ("2026-11-16", "2026-11-17", 1),
        ("2026-11-20", "2026-11-22", 0),
        ("2026-11-20", "2026-11-23", 1),
        ("2026-12-24", "2026-12-29", 1),
        ("2026-11-17", "2026-11-16", -1),
    ],
)
def test_the_working_days_over_a_deadline_are_counted_after_it(after, until, number):
    days = (date.fromisoformat(after), date.fromisoformat(until))
    assert working_days_between(*days) == number
