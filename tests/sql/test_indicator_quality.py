"""Case ascertainment (D1), whole records (D2), timeliness (D3), queries (D4), follow-up (D5)."""

from __future__ import annotations

import duckdb
import pytest

from sql.warehouse import build
from tests.sql.drawing import BUILT, TODAY, accept, load_register, values


def built(home, *submissions):
    path = build(
        home, submissions, register=load_register(home), number=1, today=TODAY, built_at=BUILT
    )
    return duckdb.connect(str(path), read_only=True)


def test_ascertainment_sets_the_registry_s_procedures_against_the_hospital_s_count(home):
    with built(
        home,
        accept(
            home,
            1,
            period=("2026-04-01", "2026-06-30"),
            hes_ire_count=3,
            patient="patient\np",
            procedure="procedure_id|patient|procedure_date\na|p|2026-04-01\nb|p|2026-06-30",
        ),
        accept(home, 2, period=("2026-07-01", "2026-09-30"), nil_return=True, hes_ire_count=0),
    ) as connection:
        found = connection.sql("""
            select quarter, value, amount, expected
            from ind_case_ascertainment_per_quarter
            order by quarter
        """).fetchall()
        kept = connection.sql("""
            select unit_key, amount, expected
            from indicator_value
            where indicator_id = 'D1'
            order by unit_key
        """).fetchall()
    assert found == [("2026/27 Q1", 1, 2, 3), ("2026/27 Q2", 1, 0, 0)]
    assert kept == [("2026/27 Q1", 2.0, 3.0), ("2026/27 Q2", 0.0, 0.0)]


@pytest.mark.parametrize(
    ("received", "value"),
    [
        ("2026-08-11T23:59:00+01:00", 1),  # the due date: six weeks after 30 June
        ("2026-08-12T00:01:00+01:00", 0),
    ],
)
def test_a_quarter_is_in_time_up_to_six_weeks_after_its_end(home, received, value):
    one = accept(home, 1, period=("2026-04-01", "2026-06-30"), nil_return=True, received=received)
    with built(home, one) as connection:
        found = connection.sql(
            "select quarter, value from ind_timely_submission_per_quarter"
        ).fetchall()
    # the second quarter is due on 11 November, and was not sent
    assert dict(found) == {"2026/27 Q1": value, "2026/27 Q2": 0}


def test_a_record_is_whole_where_no_key_field_is_empty(home):
    one = accept(
        home,
        1,
        patient="patient\np",
        procedure="procedure_id|patient\na|p",
        lesion="lesion_id|patient\nl|p",
    )
    with built(home, one) as connection:
        empty = connection.sql(
            "select count(*) from ind_completeness_per_field where value = 0"
        ).fetchall()[0][0]
        found = values(connection, "ind_complete_record_per_procedure")
    assert empty > 0
    assert found == {"a": 0}


def test_a_query_is_open_until_it_is_answered_and_a_breach_is_none(home):
    one = accept(
        home,
        1,
        patient="patient\np",
        procedure="procedure_id|patient\nclean|p\nasked|p\nanswered|p\nbreach|p\nharmed|p",
        complication="complication_id|procedure_id|patient\nc|harmed|p",
        findings="""
        finding_id | rule | table_name   | record_key | value_digest
        f1         | D03  | procedure    | asked      | v
        f2         | D03  | procedure    | answered   | v
        f3         | D02  | procedure    | breach     | v
        f4         | O03  | complication | c          | v
        """,
    )
    answer = {
        "site_ods_code": one.site_ods_code,
        "finding_id": "f2",
        "value_digest": "v",
        "reason": "unusual, and right",
        "by": "site lead",
        "at": "2026-10-12T09:00:00",
        "expires": "2027-10-12",
    }
    path = build(
        home,
        [one],
        register=load_register(home),
        number=1,
        today=TODAY,
        built_at=BUILT,
        answers=[answer],
    )
    with duckdb.connect(str(path), read_only=True) as connection:
        assert values(connection, "ind_no_open_query_per_procedure") == {
            "clean": 1,
            "asked": 0,
            "answered": 1,
            "breach": 1,
            "harmed": 0,
        }


@pytest.mark.parametrize(
    ("view", "first", "last", "before", "after"),
    [
        ("ind_imaging_m1_per_patient", "2024-01-22", "2024-03-01", "2024-01-21", "2024-03-02"),
        ("ind_imaging_m12_per_patient", "2024-11-01", "2025-03-01", "2024-10-31", "2025-03-02"),
    ],
)
def test_follow_up_is_complete_with_a_scan_in_the_window(
    warehouse, view, first, last, before, after
):
    days = {"first": first, "last": last, "before": before, "after": after}
    connection = warehouse(
        procedure="procedure_id | patient | death_date\n"
        + "\n".join(f"{p} | {p} |" for p in (*days, "none"))
        + f"\ndied_in | died_in | {last}\ndied_after | died_after | {after}",
        followup_imaging="imaging_id | patient | imaging_date\n"
        + "\n".join(f"{p} | {p} | {day}" for p, day in days.items()),
    )
    assert values(connection, view) == {
        "first": 1,
        "last": 1,
        "before": 0,
        "after": 0,
        "none": 0,
        "died_after": 0,
    }


@pytest.mark.parametrize(
    ("view", "mature", "not_mature"),
    [
        ("ind_imaging_m1_per_patient", "2026-08-01", "2026-08-02"),
        ("ind_imaging_m12_per_patient", "2025-08-01", "2025-08-02"),
    ],
)
def test_follow_up_is_due_when_its_window_has_elapsed(warehouse, view, mature, not_mature):
    connection = warehouse(
        procedure=f"procedure_id | procedure_date\nmature | {mature}\nnot_mature | {not_mature}"
    )
    assert values(connection, view) == {"mature": 0}


def test_vital_status_is_known_for_the_dead_and_for_183_days(warehouse):
    connection = warehouse(
        procedure="procedure_id | patient\n"
        + "\n".join(f"{p} | {p}" for p in ("dead", "day_183", "day_184", "silent")),
        vital_status="""
        patient | status | status_date | death_date
        dead    | DEAD   | 2024-02-01  | 2024-02-01
        day_183 | ALIVE  | 2026-03-31  |
        day_184 | LOST   | 2026-03-30  |
        """,
    )
    assert values(connection, "ind_vital_status_6m_per_patient") == {
        "dead": 1,
        "day_183": 1,
        "day_184": 0,
        "silent": 0,
    }
