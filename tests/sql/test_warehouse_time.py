"""Quarters, due dates, complete-to dates, the data date; and patients across sites."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from sql.warehouse import build, latest_due
from tests.sql.drawing import BUILT, accept, load_register

Q1, Q2 = ("2026-04-01", "2026-06-30"), ("2026-07-01", "2026-09-30")
Q4 = ("2026-01-01", "2026-03-31")
TODAY = date(2026, 11, 16)


@pytest.fixture
def built(home):
    opened = []

    def make(*accepted, sites="ZZ101", today=TODAY):
        register = load_register(home, site="site_ods_code\n" + sites.replace(" ", "\n"))
        path = build(home, accepted, register=register, number=1, today=today, built_at=BUILT)
        opened.append(duckdb.connect(str(path), read_only=True))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def rows(connection, query):
    return sorted(connection.sql(query).fetchall())


def complete_to(connection):
    return dict(connection.sql("select site_id, complete_to from dim_site").fetchall())


@pytest.mark.parametrize(
    ("today", "end"),
    [
        (date(2026, 11, 11), date(2026, 6, 30)),  # due that day: the day has not passed
        (date(2026, 11, 12), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 6, 30)),
    ],
)
def test_a_quarter_is_due_six_weeks_after_its_end(today, end):
    assert latest_due(today) == end


def test_site_is_complete_to_the_end_of_its_unbroken_run_of_quarters(home, built):
    connection = built(
        accept(home, 1, site="ZZ101", period=Q4),
        accept(home, 2, site="ZZ101", period=Q1, nil_return=True),
        accept(home, 3, site="ZZ101", period=Q2),
        accept(home, 4, site="ZZ102", period=Q4),
        accept(home, 5, site="ZZ102", period=Q2),
        accept(home, 6, site="ZZ103", period=Q2),
        sites="ZZ101 ZZ102 ZZ103 ZZ104",
    )
    assert complete_to(connection) == {
        "ZZ101": date(2026, 9, 30),
        "ZZ102": date(2026, 3, 31),
        "ZZ103": date(2026, 9, 30),  # it began with that quarter
        "ZZ104": None,
    }
    states = rows(
        connection, "select site_id, quarter, state from site_quarter where state <> 'reported'"
    )
    assert states == [
        ("ZZ101", "2026/27 Q1", "nil return"),
        ("ZZ102", "2026/27 Q1", "missing"),
        ("ZZ104", "2025/26 Q4", "missing"),
        ("ZZ104", "2026/27 Q1", "missing"),
        ("ZZ104", "2026/27 Q2", "missing"),
    ]
    missing = dict(connection.sql("select site_id, quarters_missing from dim_site").fetchall())
    assert missing == {"ZZ101": 0, "ZZ102": 1, "ZZ103": 0, "ZZ104": 3}


def test_one_submission_may_report_several_quarters_and_a_correction_reports_none(home, built):
    connection = built(
        accept(home, 1, period=("2026-01-01", "2026-06-30")),
        accept(home, 2, period=Q2, kind="CORRECTION"),
    )
    states = rows(connection, "select quarter, state from site_quarter")
    assert states == [
        ("2025/26 Q4", "reported"),
        ("2026/27 Q1", "reported"),
        ("2026/27 Q2", "missing"),
    ]


def test_a_quarter_superseded_by_a_full_submission_stays_reported(home, built):
    connection = built(accept(home, 1, period=Q1), accept(home, 2, period=Q2, kind="FULL"))
    assert complete_to(connection) == {"ZZ101": date(2026, 9, 30)}


def test_late_is_after_the_due_date_as_london_counts_days(home, built):
    connection = built(
        # 11 Aug 2026 is due for the quarter to 30 June; 23:30 UTC is the next day in London
        accept(home, 1, site="ZZ101", period=Q1, received="2026-08-11T22:30:00+00:00"),
        accept(home, 2, site="ZZ102", period=Q1, received="2026-08-11T23:30:00+00:00"),
        accept(home, 3, site="ZZ102", period=Q1, received="2026-09-01T12:00:00+00:00"),
        accept(home, 4, site="ZZ103", period=Q1, received="2026-09-01T12:00:00+00:00"),
        accept(home, 5, site="ZZ103", period=Q1, received="2026-08-01T12:00:00+00:00"),
        sites="ZZ101 ZZ102 ZZ103",
        today=date(2026, 9, 15),
    )
    late = rows(connection, "select site_id, is_late, due_date from site_quarter")
    due = date(2026, 8, 11)
    assert late == [("ZZ101", False, due), ("ZZ102", True, due), ("ZZ103", False, due)]
    first = rows(connection, "select received_at from site_quarter where site_id = 'ZZ102'")
    assert first == [(datetime(2026, 8, 11, 23, 30),)]


def test_data_date_is_the_latest_due_quarter_end_or_where_all_are_complete_sooner(home, built):
    connection = built(
        accept(home, 1, site="ZZ101", period=Q2),
        accept(home, 2, site="ZZ102", period=Q2),
        sites="ZZ101 ZZ102",
        today=date(2026, 10, 20),
    )
    found = rows(connection, "select data_date, sites_expected, sites_reporting from release")
    assert found == [(date(2026, 9, 30), 2, 2)]


def test_data_date_waits_for_the_due_date_while_a_site_is_not_complete(home, built):
    connection = built(
        accept(home, 1, site="ZZ101", period=("2026-04-01", "2026-09-30")),
        accept(home, 2, site="ZZ102", period=Q1),
        sites="ZZ101 ZZ102",
        today=date(2026, 10, 20),
    )
    found = rows(connection, "select data_date, sites_expected, sites_reporting from release")
    assert found == [(date(2026, 6, 30), 2, 2)]


def test_rows_count_up_to_the_complete_to_date_and_maturity_is_judged_there(home, built):
    connection = built(
        accept(
            home,
            1,
            period=Q1,
            patient="patient\np",
            procedure="""
            procedure_id | patient | procedure_date
            counted      | p       | 2026-06-30
            later        | p       | 2026-07-01
            mature       | p       | 2026-05-31
            not_mature   | p       | 2026-06-01
            """,
        )
    )
    counted = rows(connection, "select procedure_id from fct_procedure where is_counted")
    assert counted == [("counted",), ("mature",), ("not_mature",)]
    mature = rows(connection, "select procedure_id from fct_procedure where is_mature_30d")
    assert mature == [("mature",)]
    latest = "select max(event_date) from indicator_value where procedure_id is not null"
    assert rows(connection, latest) == [(date(2026, 6, 30),)]


def test_a_patient_at_two_sites_is_one_person_from_the_first_procedure_on(home, built):
    connection = built(
        accept(
            home,
            1,
            site="ZZ101",
            patient="patient\np",
            procedure="procedure_id|patient|procedure_date\nsecond|p|2024-03-01",
            vital_status="patient|status|status_date\np|ALIVE|2024-03-20",
        ),
        accept(
            home,
            2,
            site="ZZ102",
            patient="patient\np",
            procedure="procedure_id|patient|procedure_date\nfirst|p|2024-01-01",
            vital_status="patient|status|status_date|death_date\np|DEAD|2024-03-31|2024-03-31",
        ),
        sites="ZZ101 ZZ102",
    )
    found = rows(
        connection,
        "select site_id, is_first_procedure, first_procedure_date, survival_days"
        " from fct_procedure",
    )
    first = date(2024, 1, 1)
    assert found == [("ZZ101", False, first, 30), ("ZZ102", True, first, 90)]
    survival = "select site_id, unit_key, value from indicator_value where indicator_id = 'E6_OS'"
    assert rows(connection, survival) == [("ZZ102", "p", 1)]


def test_ids_are_unique_within_their_site_only(home, built):
    drawn = {
        "patient": "patient\np",
        "procedure": "procedure_id|patient|no_complication_confirmed\na|p|Y",
    }
    bleeding = "complication_id|procedure_id|patient|nice_category\nc|a|p|BLEEDING"
    connection = built(
        accept(home, 1, site="ZZ101", complication=bleeding, **drawn),
        accept(home, 2, site="ZZ102", **drawn),
        sites="ZZ101 ZZ102",
    )
    found = rows(connection, "select site_id, value from ind_bleeding_30d_per_procedure")
    assert found == [("ZZ101", 1), ("ZZ102", 0)]


def test_case_ascertainment_count_is_of_the_last_submission_of_one_quarter(home, built):
    connection = built(
        accept(home, 1, period=Q1, hes_ire_count=3),
        accept(home, 2, period=Q1, hes_ire_count=5),
        accept(home, 3, period=Q1),
        accept(home, 4, period=("2026-04-01", "2026-09-30"), hes_ire_count=9),
    )
    found = rows(connection, "select quarter, coalesce(hes_ire_count, -1) from site_quarter")
    assert found == [("2026/27 Q1", 5), ("2026/27 Q2", -1)]


def test_age_is_in_full_years_and_the_month_of_birth_counts(home, built):
    connection = built(
        accept(
            home,
            1,
            patient="patient|birth_year_month\na|1950-05\nb|1950-06\nc|1950-07\nd|",
            procedure="procedure_id|patient|procedure_date\n"
            + "\n".join(f"{name}|{name}|2024-06-01" for name in "abcd"),
        )
    )
    ages = dict(connection.sql("select procedure_id, age_years from fct_procedure").fetchall())
    assert ages == {"a": 74, "b": 74, "c": 73, "d": None}


def test_a_lesion_under_30_mm_is_small_and_30_mm_is_not(home, built):
    connection = built(
        accept(
            home,
            1,
            patient="patient\np",
            procedure="procedure_id|patient\na|p",
            lesion="""
            lesion_id | patient | max_diameter_mm | dist_vessel_mm | dist_bile_duct_mm
            under     | p       | 29.9            | 10             | 40
            exactly   | p       | 30              | 10.1           | 10
            far       | p       | 20              | 10.1           | 10.1
            unknown   | p       | 20              | 40             |
            """,
            lesion_treatment="procedure_id|lesion_id\na|under\na|exactly\na|far\na|unknown",
        )
    )
    found = rows(
        connection, "select lesion_id, is_under_30_mm, is_near_vessel_or_duct from fct_lesion"
    )
    assert found == [
        ("exactly", False, True),
        ("far", True, False),
        ("under", True, True),
        ("unknown", True, None),
    ]
