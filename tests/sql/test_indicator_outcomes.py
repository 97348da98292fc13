"""Technique efficacy at one month (E2), survival (E6), tumour seeding (S4)."""

from __future__ import annotations

from tests.sql.drawing import values


def test_technique_efficacy_is_judged_on_a_scan_of_day_21_to_60(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | patient
        day_20       | a
        day_21       | b
        day_60       | c
        day_61       | d
        viable       | e
        not_known    | f
        not_assessed | g
        no_scan      | h
        """,
        lesion="lesion_id | patient\n"
        + "\n".join(f"lesion_{patient} | {patient}" for patient in "abcdefgh"),
        lesion_treatment="""
        procedure_id | lesion_id
        day_20       | lesion_a
        day_21       | lesion_b
        day_60       | lesion_c
        day_61       | lesion_d
        viable       | lesion_e
        not_known    | lesion_f
        not_assessed | lesion_g
        no_scan      | lesion_h
        """,
        followup_imaging="""
        imaging_id | patient | imaging_date
        scan_a     | a       | 2024-01-21
        scan_b     | b       | 2024-01-22
        scan_c     | c       | 2024-03-01
        scan_d     | d       | 2024-03-02
        scan_e     | e       | 2024-02-01
        scan_f     | f       | 2024-02-01
        scan_g     | g       | 2024-02-01
        """,
        lesion_response="""
        imaging_id | lesion_id | technique_efficacy
        scan_a     | lesion_a  | Y
        scan_b     | lesion_b  | Y
        scan_c     | lesion_c  | Y
        scan_d     | lesion_d  | Y
        scan_e     | lesion_e  | N
        scan_f     | lesion_f  | 9
        """,
    )
    found = values(connection, "ind_technique_efficacy_m1_per_lesion")
    assert found == {
        "day_21": 1,
        "day_60": 1,
        "viable": 0,
        "not_known": None,
        "not_assessed": None,
    }


def test_technique_efficacy_is_of_the_first_session_and_of_scans_before_the_second(warehouse):
    connection = warehouse(
        complete_to="2024-06-30",
        procedure="""
        procedure_id | procedure_date | patient
        first        | 2024-01-01     | a
        second       | 2024-02-10     | a
        mature       | 2024-05-01     | b
        not_mature   | 2024-05-02     | c
        """,
        lesion="lesion_id | patient\nla | a\nlb | b\nlc | c",
        lesion_treatment="""
        procedure_id | lesion_id
        first        | la
        second       | la
        mature       | lb
        not_mature   | lc
        """,
        followup_imaging="""
        imaging_id | patient | imaging_date
        before     | a       | 2024-01-30
        after      | a       | 2024-02-25
        scan_b     | b       | 2024-06-01
        scan_c     | c       | 2024-06-01
        """,
        lesion_response="""
        imaging_id | lesion_id | technique_efficacy
        before     | la        | N
        after      | la        | Y
        scan_b     | lb        | Y
        scan_c     | lc        | Y
        """,
    )
    found = values(connection, "ind_technique_efficacy_m1_per_lesion")
    assert found == {"first": 0, "mature": 1}


def test_survival_runs_from_the_first_procedure_and_is_cut_at_the_complete_to_date(warehouse):
    connection = warehouse(
        complete_to="2024-12-31",
        procedure="""
        procedure_id | procedure_date | patient
        a1           | 2024-01-01     | a
        a2           | 2024-03-01     | a
        b1           | 2024-01-01     | b
        c1           | 2024-01-01     | c
        d1           | 2024-01-01     | d
        e1           | 2024-01-01     | e
        f1           | 2024-01-01     | f
        g1           | 2025-01-01     | g
        """,
        vital_status="""
        patient | status | status_date | death_date
        a       | DEAD   | 2024-04-10  | 2024-04-10
        b       | ALIVE  | 2024-07-19  |
        c       | ALIVE  | 2025-03-01  |
        d       | DEAD   | 2025-01-01  | 2025-01-01
        e       | DEAD   | 2024-05-01  |
        """,
    )
    found = connection.sql(
        "select procedure_id, value, time_days from ind_overall_survival_per_patient"
    ).fetchall()
    assert sorted(found) == [
        ("a1", 1, 100.0),
        ("b1", 0, 200.0),
        ("c1", 0, 365.0),
        ("d1", 0, 365.0),
        ("e1", 1, 121.0),
        ("f1", None, None),
    ]


def test_seeding_needs_730_days_and_a_scan_on_day_136(warehouse):
    connection = warehouse(
        complete_to="2026-06-30",
        procedure="""
        procedure_id | procedure_date | patient | no_complication_confirmed
        mature       | 2024-06-30     | a       | Y
        not_mature   | 2024-07-01     | b       | Y
        early_scan   | 2024-01-01     | c       | Y
        day_136      | 2024-01-01     | d       | Y
        """,
        followup_imaging="""
        imaging_id | patient | imaging_date
        a          | a       | 2025-06-30
        b          | b       | 2025-06-30
        c          | c       | 2024-05-15
        d          | d       | 2024-05-16
        """,
    )
    assert values(connection, "ind_seeding_24m_per_patient") == {"mature": 0, "day_136": 0}


def test_seeding_counts_day_730_from_the_first_procedure_of_the_patient(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | procedure_date | patient | no_complication_confirmed
        a1           | 2023-01-01     | a       | Y
        a2           | 2023-06-01     | a       |
        b1           | 2023-01-01     | b       |
        c1           | 2023-01-01     | c       |
        d1           | 2023-01-01     | d       | Y
        e1           | 2023-01-01     | e       | Y
        e2           | 2023-06-01     | e       |
        """,
        complication="""
        complication_id | procedure_id | patient | onset_date | nice_category
        a               | a2           | a       | 2024-12-31 | SEEDING
        b               | b1           | b       | 2025-01-01 | SEEDING
        """,
        followup_imaging="""
        imaging_id | patient | imaging_date | new_lesion
        a          | a       | 2024-01-01   | NONE
        b          | b       | 2024-01-01   | NONE
        c          | c       | 2024-01-01   | NONE
        d          | d       | 2024-01-01   | NEEDLE_TRACT
        e          | e       | 2024-01-01   | NONE
        """,
    )
    # b: one day too late; c: silent; d: a scan shows what no complication records; e: the
    # second procedure is silent
    assert values(connection, "ind_seeding_24m_per_patient") == {
        "a1": 1,
        "b1": 0,
        "c1": None,
        "d1": None,
        "e1": None,
    }
