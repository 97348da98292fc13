"""Technical success (E1), coverage (E3), efficacy after repeats (E2), local control (E8)."""

from __future__ import annotations

from tests.sql.drawing import values


def test_technical_success_counts_every_procedure_and_what_was_stopped_as_none(warehouse):
    connection = warehouse(
        complete_to="2024-03-31",
        procedure="""
        procedure_id | procedure_date | technical_success | completion_imaging
        yes          | 2024-01-01     | Y                 | CECT
        not_imaged   | 2024-01-01     | Y                 | NONE
        none         | 2024-01-01     | N                 | CECT
        stopped      | 2024-01-01     | ABORTED           |
        silent       | 2024-03-31     |                   |
        too_late     | 2024-04-01     | Y                 |
        """,
    )
    assert values(connection, "ind_technical_success_per_procedure") == {
        "yes": 1,
        "not_imaged": 1,
        "none": 0,
        "stopped": 0,
        "silent": None,
    }


def test_coverage_is_of_the_first_session_of_each_lesion_a_day_before_complete_to(warehouse):
    connection = warehouse(
        complete_to="2024-03-31",
        procedure="""
        procedure_id | procedure_date | patient
        first        | 2024-01-01     | a
        second       | 2024-02-01     | a
        mature       | 2024-03-30     | b
        not_mature   | 2024-03-31     | c
        """,
        lesion="lesion_id | patient\na1 | a\na2 | a\na3 | a\nb | b\nc | c",
        lesion_treatment="""
        procedure_id | lesion_id | complete_coverage_immediate
        first        | a1        | N
        second       | a1        | Y
        first        | a2        | 9
        second       | a3        |
        mature       | b         | Y
        not_mature   | c         | Y
        """,
    )
    found = connection.sql(
        "select lesion_id, value from ind_complete_coverage_d1_per_lesion"
    ).fetchall()
    assert dict(found) == {"a1": 0, "a2": None, "a3": None, "b": 1}


SESSIONS = {"s1": "2024-01-01", "s2": "2024-04-01", "s3": "2024-07-01", "s4": "2024-10-01"}


def test_efficacy_counts_up_to_the_third_session(warehouse):
    courses = [  # sessions of a patient's lesion, what a scan said on a day, counted as
        ("s1", {"2024-02-01": "Y"}, 1),
        ("s1", {"2024-02-01": "N"}, 0),
        ("s1", {"2024-02-01": "9"}, None),
        ("s1 s2", {"2024-02-01": "N", "2024-05-01": "Y"}, 1),
        ("s1 s2", {"2024-02-01": "N", "2024-05-01": "N"}, 0),
        ("s1 s2", {"2024-02-01": "N"}, None),  # the repeat was not scanned
        ("s1 s2", {"2024-05-31": "Y"}, 1),  # day 60 after the second session
        ("s1 s2", {"2024-06-01": "Y"}, "absent"),  # day 61
        ("s1 s2 s3", {"2024-02-01": "N", "2024-08-01": "Y"}, 1),
        ("s1 s2 s3 s4", {"2024-08-01": "N", "2024-11-01": "Y"}, 0),  # the fourth is too many
    ]
    people = dict(enumerate(courses))
    scans = [(p, day, told) for p, (_, days, _) in people.items() for day, told in days.items()]
    connection = warehouse(
        procedure="procedure_id | procedure_date | patient\n"
        + "\n".join(
            f"{one} of p{p} | {day} | p{p}" for p in people for one, day in SESSIONS.items()
        ),
        lesion="lesion_id | patient\n" + "\n".join(f"l{p} | p{p}" for p in people),
        lesion_treatment="procedure_id | lesion_id | patient\n"
        + "\n".join(
            f"{one} of p{p} | l{p} | p{p}"
            for p, (sessions, _, _) in people.items()
            for one in sessions.split()
        ),
        followup_imaging="imaging_id | patient | imaging_date\n"
        + "\n".join(f"p{p} on {day} | p{p} | {day}" for p, day, _ in scans),
        lesion_response="imaging_id | lesion_id | technique_efficacy | patient\n"
        + "\n".join(f"p{p} on {day} | l{p} | {told} | p{p}" for p, day, told in scans),
    )
    assert values(connection, "ind_technique_efficacy_3_sessions_per_lesion") == {
        f"s1 of p{p}": value for p, (_, _, value) in people.items() if value != "absent"
    }


def test_local_control_is_read_at_the_last_scan_up_to_day_425(warehouse):
    days = {  # patient: (day of the scan after 1 January 2024, local progression, efficacy)
        "day_304": ("2024-10-31", "N", ""),
        "day_305": ("2024-11-01", "N", ""),
        "day_425": ("2025-03-01", "", "Y"),
        "day_426": ("2025-03-02", "N", ""),
        "viable": ("2024-06-01", "Y", ""),
        "residual": ("2024-02-01", "", "N"),
        "not_known": ("2025-01-01", "9", ""),
        "died": ("2024-06-01", "N", ""),
    }
    connection = warehouse(
        procedure="procedure_id | patient | death_date\n"
        + "\n".join(f"{p} | {p} | {'2024-07-01' if p == 'died' else ''}" for p in days)
        + "\nno_lesion | no_lesion |",
        lesion="lesion_id | patient\n" + "\n".join(f"{p} | {p}" for p in days),
        lesion_treatment="procedure_id | lesion_id\n" + "\n".join(f"{p} | {p}" for p in days),
        followup_imaging="imaging_id | patient | imaging_date\n"
        + "\n".join(f"{p} | {p} | {day}" for p, (day, _, _) in days.items()),
        lesion_response="imaging_id | lesion_id | local_tumour_progression | technique_efficacy\n"
        + "\n".join(f"{p} | {p} | {ltp} | {eff}" for p, (_, ltp, eff) in days.items()),
    )
    assert values(connection, "ind_local_control_12m_per_patient") == {
        "day_304": None,
        "day_305": 1,
        "day_425": 1,
        "day_426": None,
        "viable": 0,
        "residual": 0,
        "not_known": None,
        "died": 1,
        "no_lesion": None,
    }


def test_local_control_counts_a_repeat_and_needs_every_lesion(warehouse):
    connection = warehouse(
        complete_to="2025-03-31",
        procedure="""
        procedure_id | procedure_date | patient
        repeated     | 2024-01-01     | a
        again        | 2024-08-01     | a
        two_lesions  | 2024-01-31     | b
        not_mature   | 2024-02-01     | c
        """,
        lesion="lesion_id | patient\na | a\nb1 | b\nb2 | b\nc | c",
        lesion_treatment="""
        procedure_id | lesion_id
        repeated     | a
        again        | a
        two_lesions  | b1
        two_lesions  | b2
        not_mature   | c
        """,
        followup_imaging="""
        imaging_id | patient | imaging_date
        a1         | a       | 2024-07-01
        a2         | a       | 2024-12-01
        b          | b       | 2025-01-01
        c          | c       | 2025-01-01
        """,
        lesion_response="""
        imaging_id | lesion_id | local_tumour_progression
        a1         | a         | Y
        a2         | a         | N
        b          | b1        | N
        c          | c         | N
        """,
    )
    # 31 January 2024 is day 425 before the end of March 2025; b2 was never assessed
    assert values(connection, "ind_local_control_12m_per_patient") == {
        "repeated": 1,
        "two_lesions": None,
    }
