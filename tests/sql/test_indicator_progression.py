"""Local progression (E4), progression-free survival (E5), response at three months (E7)."""

from __future__ import annotations

from tests.sql.drawing import values


def drawn(people):
    """One lesion a patient, treated on 1 January 2024; efficacy shown on day 31."""
    return {
        "procedure": "procedure_id | patient\n" + "\n".join(f"{p} | {p}" for p in people),
        "lesion": "lesion_id | patient\n" + "\n".join(f"{p} | {p}" for p in people),
        "lesion_treatment": "procedure_id | lesion_id\n" + "\n".join(f"{p} | {p}" for p in people),
    }


def scans(rows):
    """(patient, day, efficacy, progression) as scans with what they say of the lesion."""
    return {
        "followup_imaging": "imaging_id | patient | imaging_date\n"
        + "\n".join(f"{p} {day} | {p} | {day}" for p, day, *_ in rows),
        "lesion_response": "imaging_id|lesion_id|technique_efficacy|local_tumour_progression\n"
        + "\n".join(f"{p} {day} | {p} | {eff} | {ltp}" for p, day, eff, ltp in rows),
    }


def ends(connection, view="ind_local_progression_per_lesion"):
    found = connection.sql(f"select procedure_id, value, time_days, ended_by from {view}")
    return {procedure: tuple(rest) for procedure, *rest in found.fetchall()}


def test_local_progression_ends_with_the_first_of_what_may_end_it(warehouse):
    people = [
        "progressed",
        "retreated",
        "residual",
        "transplanted",
        "resected",
        "died",
        "followed",
        "never",
    ]
    rows = [(p, "2024-02-01", "Y" if p != "never" else "N", "") for p in people]
    rows += [
        ("progressed", "2024-07-01", "", "Y"),
        ("progressed", "2024-09-01", "", "N"),
        ("followed", "2024-07-01", "", "N"),
        ("followed", "2024-08-01", "", "9"),
        ("died", "2024-05-01", "", "N"),
        ("never", "2024-07-01", "", "Y"),
    ]
    connection = warehouse(
        **drawn(people),
        **scans(rows),
        subsequent_treatment="""
        patient      | treatment_date | treatment_type | lesion_id | reason
        retreated    | 2024-04-10     | MWA            | retreated | LTP
        residual     | 2024-04-10     | MWA            | residual  | RESIDUAL
        transplanted | 2024-04-10     | TRANSPLANT     |           | OTHER
        resected     | 2024-04-10     | RESECTION      | resected  | DISTANT
        followed     | 2024-04-10     | RESECTION      |           | DISTANT
        """,
        vital_status="""
        patient | status | status_date | death_date
        died    | DEAD   | 2024-09-01  | 2024-09-01
        """,
    )
    expected = {
        "progressed": (1, 182.0, "local progression"),
        "retreated": (1, 100.0, "local progression"),
        "residual": (0, 31.0, None),
        "transplanted": (0, 100.0, "transplant"),
        "resected": (0, 100.0, None),
        "died": (0, 244.0, "death"),
        "followed": (0, 182.0, None),  # a scan that cannot tell does not prolong it
    }
    assert ends(connection) == expected
    assert ends(connection, "ind_local_progression_per_patient") == expected


def test_local_progression_on_the_day_of_another_end_counts_first(warehouse):
    people = ["both", "cut", "in_time"]
    connection = warehouse(
        complete_to="2024-06-30",
        **drawn(people),
        **scans(
            [(p, "2024-02-01", "Y", "") for p in people]
            + [
                ("both", "2024-05-01", "", "Y"),
                ("cut", "2024-07-01", "", "Y"),
                ("in_time", "2024-06-30", "", "Y"),
            ]
        ),
        vital_status="patient | status | status_date | death_date\n"
        "both | DEAD | 2024-05-01 | 2024-05-01",
    )
    assert ends(connection) == {
        "both": (1, 121.0, "local progression"),
        "cut": (0, 181.0, None),
        "in_time": (1, 181.0, "local progression"),
    }


def test_a_scan_of_the_same_day_or_before_efficacy_is_no_progression(warehouse):
    connection = warehouse(
        **drawn(["early", "same"]),
        **scans(
            [
                ("early", "2024-01-20", "", "Y"),
                ("early", "2024-02-01", "Y", ""),
                ("same", "2024-02-01", "Y", "Y"),
            ]
        ),
    )
    assert ends(connection) == {"early": (0, 31.0, None), "same": (0, 31.0, None)}


def test_local_progression_per_patient_is_the_first_of_any_lesion_from_the_first_session(warehouse):
    connection = warehouse(
        procedure="procedure_id|procedure_date|patient\ns1|2024-01-01|a\ns2|2024-03-01|a",
        lesion="lesion_id | patient\nx | a\ny | a",
        lesion_treatment="procedure_id | lesion_id\ns1 | x\ns2 | y",
        followup_imaging="""
        imaging_id | patient | imaging_date
        one        | a       | 2024-02-01
        two        | a       | 2024-04-01
        three      | a       | 2024-07-01
        """,
        lesion_response="""
        imaging_id | lesion_id | technique_efficacy | local_tumour_progression
        one        | x         | Y                  |
        two        | y         | Y                  |
        three      | x         |                    | N
        three      | y         |                    | Y
        """,
        vital_status="patient | status | status_date | death_date\n"
        "a | DEAD | 2024-08-01 | 2024-08-01",
    )
    lesions = connection.sql(
        "select lesion_id, time_days, ended_by from ind_local_progression_per_lesion"
    ).fetchall()
    assert sorted(lesions) == [("x", 213.0, "death"), ("y", 122.0, "local progression")]
    assert ends(connection, "ind_local_progression_per_patient") == {
        "s1": (1, 182.0, "local progression")
    }


def test_progression_free_survival_ends_with_progression_or_death(warehouse):
    people = [
        "pd",
        "new",
        "local",
        "treated",
        "died",
        "alive",
        "no_scan",
        "silent",
        "evaluable",
        "cut",
    ]
    connection = warehouse(
        complete_to="2024-12-31",
        procedure="procedure_id | patient\n" + "\n".join(f"{p} | {p}" for p in people),
        lesion="lesion_id | patient\nl | local",
        lesion_treatment="procedure_id | lesion_id\nlocal | l",
        followup_imaging="""
        imaging_id | patient   | imaging_date | overall_response | new_lesion
        pd         | pd        | 2024-04-10   | PD               | NONE
        new        | new       | 2024-04-10   | SD               | EXTRAHEPATIC
        local      | local     | 2024-04-10   | SD               | NONE
        treated    | treated   | 2024-02-01   | CR               | NONE
        died       | died      | 2024-02-01   | CR               | NONE
        alive      | alive     | 2024-04-10   | CR               | NONE
        ev1        | evaluable | 2024-04-10   | SD               | NONE
        ev2        | evaluable | 2024-07-10   | NE               | NONE
        ev3        | evaluable | 2024-08-10   |                  | NONE
        cut        | cut       | 2025-01-01   | PD               | NONE
        """,
        lesion_response="imaging_id | lesion_id | local_tumour_progression\nlocal | l | Y",
        subsequent_treatment="""
        patient | treatment_date | treatment_type | reason
        treated | 2024-04-10     | SYSTEMIC       | DISTANT
        alive   | 2024-03-01     | MWA            | RESIDUAL
        """,
        vital_status="""
        patient   | status | status_date | death_date
        died      | DEAD   | 2024-04-10  | 2024-04-10
        alive     | ALIVE  | 2024-12-01  |
        no_scan   | ALIVE  | 2024-12-01  |
        """,
    )
    found = connection.sql("""
        select procedure_id, value, time_days from ind_progression_free_survival_per_patient
    """).fetchall()
    assert {procedure: tuple(rest) for procedure, *rest in found} == {
        "pd": (1, 100.0),
        "new": (1, 100.0),
        "local": (1, 100.0),
        "treated": (1, 100.0),
        "died": (1, 100.0),
        "alive": (0, 100.0),
        "no_scan": (0, 0.0),
        "silent": (None, None),
        "evaluable": (0, 100.0),
        "cut": (0, 365.0),
    }


def test_progression_free_survival_reads_nothing_from_before_the_first_procedure(warehouse):
    connection = warehouse(
        complete_to="2024-12-31",
        procedure="""
        procedure_id | procedure_date | patient
        treated      | 2024-03-01     | treated
        only_before  | 2024-03-01     | only_before
        same_day     | 2024-03-01     | same_day
        scanned      | 2024-03-01     | scanned
        silent       | 2024-03-01     | silent
        """,
        followup_imaging="""
        imaging_id | patient     | imaging_date | overall_response | new_lesion
        t          | treated     | 2024-03-11   | CR               | NONE
        b          | only_before | 2024-03-11   | CR               | NONE
        s1         | scanned     | 2024-02-29   | PD               | NONE
        s2         | scanned     | 2024-06-09   | PD               | NONE
        n          | silent      | 2024-02-29   | CR               | NONE
        """,
        subsequent_treatment="""
        patient     | treatment_date | treatment_type | reason
        treated     | 2024-02-29     | SYSTEMIC       | DISTANT
        treated     | 2024-06-09     | SYSTEMIC       | DISTANT
        only_before | 2024-02-29     | TACE           | LTP
        same_day    | 2024-03-01     | TACE           | LTP
        """,
    )
    found = connection.sql("""
        select procedure_id, value, time_days from ind_progression_free_survival_per_patient
    """).fetchall()
    assert {procedure: tuple(rest) for procedure, *rest in found} == {
        "treated": (1, 100.0),
        "only_before": (0, 10.0),
        "same_day": (1, 0.0),
        "scanned": (1, 100.0),
        "silent": (None, None),
    }


def test_response_is_of_an_evaluable_scan_by_mrecist_on_day_61_to_135(warehouse):
    responses = {  # day and response of a patient's scan
        ("2024-03-01", "CR"): "absent",  # day 60
        ("2024-03-02", "CR"): 1,  # day 61
        ("2024-05-15", "PR"): 1,  # day 135
        ("2024-05-16", "PR"): "absent",  # day 136
        ("2024-04-01", "SD"): 0,
        ("2024-04-01", "PD"): 0,
        ("2024-04-01", "NE"): "absent",
        ("2024-04-01", ""): None,
    }
    scans = {f"{response} on {day}": (day, response) for day, response in responses}
    connection = warehouse(
        procedure="procedure_id | patient\n" + "\n".join(f"{p} | {p}" for p in scans),
        followup_imaging="imaging_id | patient | imaging_date | overall_response | criteria\n"
        + "\n".join(
            f"{p} | {p} | {day} | {response} | mRECIST\n"
            f"other {p} | {p} | 2024-04-02 | CR | RECIST1.1"
            for p, (day, response) in scans.items()
        ),
    )
    assert values(connection, "ind_objective_response_m3_per_patient") == {
        p.strip(): responses[scan] for p, scan in scans.items() if responses[scan] != "absent"
    }


def test_response_waits_135_days_and_takes_the_last_scan_that_says_something(warehouse):
    connection = warehouse(
        complete_to="2024-06-30",
        procedure="""
        procedure_id | procedure_date | patient
        mature       | 2024-02-16     | a
        not_mature   | 2024-02-17     | b
        """,
        followup_imaging="""
        imaging_id | patient | imaging_date | overall_response | criteria | sum_viable_mm
        a1         | a       | 2024-05-01   | CR               | mRECIST  | 0
        a2         | a       | 2024-05-20   | SD               | mRECIST  | 18
        a3         | a       | 2024-06-01   |                  | mRECIST  |
        b          | b       | 2024-05-20   | CR               | mRECIST  | 0
        """,
    )
    assert values(connection, "ind_objective_response_m3_per_patient") == {"mature": 0}
    assert set(values(connection, "ind_viable_change_m3_per_patient")) == {"mature"}


def test_change_in_diameter_is_in_per_cent_of_the_baseline(warehouse):
    connection = warehouse(
        procedure="procedure_id | patient\na | a\nb | b\nc | c\nd | d",
        followup_imaging="""
        imaging_id | patient | imaging_date | criteria  | sum_viable_mm | sum_baseline_mm
        a          | a       | 2024-04-01   | mRECIST   | 21            | 30
        b          | b       | 2024-04-01   | RECIST1.1 | 36            | 30
        c          | c       | 2024-04-01   | mRECIST   |               | 30
        d          | d       | 2024-04-01   | mRECIST   | 0             | 0
        """,
    )
    source = "ind_viable_change_m3_per_patient"
    assert values(connection, source, "round(amount, 6)") == {
        "a": -30.0,
        "b": 20.0,
        "c": None,
        "d": None,
    }
    assert values(connection, source) == {"a": 1, "b": 1, "c": None, "d": None}
