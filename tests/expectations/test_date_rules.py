"""One claim a side of every threshold of the date rules."""

DAY = "procedure_id | patient_key | procedure_date"


def test_d01a_a_diagnosis_in_the_month_of_birth_stands(holds):
    assert holds(
        "D01a",
        patient="""
        patient_key | birth_year_month | diagnosis_date
        before      | 1950-02          | 1950-01-31
        same_month  | 1950-02          | 1950-02-01
        malformed   | 1950-13          | 1950-01-01
        unknown     | 1950-02          |
        """,
    ) == {"before": False, "same_month": True, "malformed": None, "unknown": None}


def test_d01b_a_diagnosis_on_the_day_of_the_first_procedure_stands(holds):
    assert holds(
        "D01b",
        patient="""
        patient_key | diagnosis_date
        same_day    | 2025-01-10
        day_after   | 2025-01-11
        untreated   | 2025-01-10
        """,
        procedure="""
        procedure_id | patient_key | procedure_date
        1            | same_day    | 2025-01-10
        2            | day_after   | 2025-01-10
        3            | day_after   | 2025-06-10
        """,
    ) == {"same_day": True, "day_after": False, "untreated": None}


def test_d01c_and_d01d_admission_and_discharge_on_the_day_stand(holds):
    procedure = """
        procedure_id | procedure_date | admission_date | discharge_date
        same_day     | 2025-01-10     | 2025-01-10     | 2025-01-10
        crossed      | 2025-01-10     | 2025-01-11     | 2025-01-09
        unknown      | 2025-01-10     |                |
    """
    verdicts = {"same_day": True, "crossed": False, "unknown": None}
    assert holds("D01c", procedure=procedure) == verdicts
    assert holds("D01d", procedure=procedure) == verdicts


def test_d01e_a_status_known_on_the_day_of_the_last_procedure_stands(holds):
    assert holds(
        "D01e",
        vital_status="""
        patient_key | status_date
        same_day    | 2025-01-10
        day_before  | 2025-01-09
        """,
        procedure="""
        procedure_id | patient_key | procedure_date
        1            | same_day    | 2025-01-10
        2            | day_before  | 2024-01-10
        3            | day_before  | 2025-01-10
        """,
    ) == {"same_day": True, "day_before": False}


def test_d01f_a_diagnosis_after_the_mdt_is_a_query(holds):
    assert holds(
        "D01f",
        mdt_review="""
        mdt_id    | patient_key | meeting_date
        same_day  | a           | 2025-01-10
        day_after | a           | 2025-01-09
        """,
        patient="""
        patient_key | diagnosis_date
        a           | 2025-01-10
        """,
    ) == {"same_day": True, "day_after": False}


def test_d02_an_mdt_on_the_day_counts_and_one_the_day_after_does_not(holds):
    assert holds(
        "D02",
        procedure="""
        procedure_id | mdt_id     | procedure_date
        same_day     | same_day   | 2025-01-10
        day_after    | day_after  | 2025-01-10
        none         |            | 2025-01-10
        unresolved   | not_sent   | 2025-01-10
        """,
        mdt_review="""
        mdt_id    | meeting_date
        same_day  | 2025-01-10
        day_after | 2025-01-11
        """,
    ) == {"same_day": True, "day_after": False, "none": False, "unresolved": None}


def test_d03_an_mdt_90_days_before_stands_and_91_is_a_query(holds):
    assert holds(
        "D03",
        procedure="""
        procedure_id | mdt_id | procedure_date
        day_90       | mdt    | 2025-04-01
        day_91       | mdt    | 2025-04-02
        """,
        mdt_review="""
        mdt_id | meeting_date
        mdt    | 2025-01-01
        """,
    ) == {"day_90": True, "day_91": False}


def test_d04_consent_on_the_day_counts_and_the_day_after_does_not(holds):
    assert holds(
        "D04",
        procedure="""
        procedure_id | enrolment_id | procedure_date
        same_day     | same_day     | 2025-01-10
        day_after    | day_after    | 2025-01-10
        none         |              | 2025-01-10
        no_date      | no_date      | 2025-01-10
        """,
        research_enrolment="""
        enrolment_id | consent_date
        same_day     | 2025-01-10
        day_after    | 2025-01-11
        no_date      |
        """,
    ) == {"same_day": True, "day_after": False, "none": False, "no_date": None}


def test_d05_the_days_of_opinion_opening_and_closing_count(holds):
    assert holds(
        "D05",
        procedure="""
        procedure_id   | enrolment_id | procedure_date
        day_of_opinion | open         | 2025-01-10
        before_opinion | open         | 2025-01-09
        day_of_closing | open         | 2025-06-30
        after_closing  | open         | 2025-07-01
        before_opening | late         | 2025-02-28
        day_of_opening | late         | 2025-03-01
        no_opinion     | none         | 2025-03-01
        not_enrolled   |              | 2025-03-01
        study_unknown  | elsewhere    | 2025-03-01
        """,
        research_enrolment="""
        enrolment_id | study_id
        open         | open
        late         | late
        none         | none
        elsewhere    | not_registered
        """,
        research_study="""
        study_id | rec_favourable_opinion_date | study_open | study_close
        open     | 2025-01-10                  | 2024-01-01 | 2025-06-30
        late     | 2024-01-10                  | 2025-03-01 |
        none     |                             | 2024-01-01 |
        """,
    ) == {
        "day_of_opinion": True,
        "before_opinion": False,
        "day_of_closing": True,
        "after_closing": False,
        "before_opening": False,
        "day_of_opening": True,
        "no_opinion": False,
        "not_enrolled": None,
        "study_unknown": None,
    }


def test_d06_the_site_takes_part_from_confirmation_to_closing(holds):
    assert holds(
        "D06",
        procedure="""
        procedure_id | enrolment_id | site_ods_code | procedure_date
        first_day    | here         | ZZ101         | 2025-01-10
        day_before   | here         | ZZ101         | 2025-01-09
        last_day     | here         | ZZ101         | 2025-02-10
        day_after    | here         | ZZ101         | 2025-02-11
        other_site   | here         | ZZ102         | 2025-01-10
        undated      | here         | ZZ101         |
        no_site      | here         |               | 2025-01-10
        """,
        research_enrolment="""
        enrolment_id | study_id
        here         | study
        """,
        research_study="""
        study_id | study_open
        study    | 2024-01-01
        """,
        study_site="""
        study_id | site_ods_code | site_confirmation_date | closed
        study    | ZZ101         | 2025-01-10             | 2025-02-10
        """,
    ) == {
        "first_day": True,
        "day_before": False,
        "last_day": True,
        "day_after": False,
        "other_site": False,
        "undated": None,
        "no_site": None,
    }


def test_d07_registration_42_days_after_the_first_enrolment_stands(holds):
    assert holds(
        "D07",
        research_enrolment="""
        enrolment_id | study_id | consent_date
        day_42       | early    | 2025-01-01
        later        | early    | 2025-02-01
        day_43       | late     | 2025-01-01
        """,
        research_study="""
        study_id | public_registration_date
        early    | 2025-02-12
        late     | 2025-02-13
        """,
    ) == {"day_42": True, "later": None, "day_43": False}


def test_d08_sign_off_counts_from_its_day_to_its_expiry_and_a_proctored_case_on_its_day(holds):
    assert holds(
        "D08",
        procedure="""
        procedure_id    | primary_operator_pseudo_id | procedure_date | supervised
        sign_off_day    | signed                     | 2025-01-10     | false
        day_before      | signed                     | 2025-01-09     | false
        expiry_day      | signed                     | 2025-12-31     | false
        after_expiry    | signed                     | 2026-01-01     | false
        proctored       | learner                    | 2025-01-10     | true
        unsupervised    | learner                    | 2025-01-10     | false
        another_day     | learner                    | 2025-01-11     | true
        no_record       | unknown                    | 2025-01-10     | true
        two_records     | twice                      | 2025-01-10     | false
        undated         | signed                     |                | false
        type_unsaid     | unclear                    | 2025-01-10     | false
        day_unsaid      | undated                    | 2025-01-10     | false
        signed_besides  | both                       | 2025-01-10     | false
        """,
        operator_training="""
        training_id | operator_pseudo_id | training_type  | training_date | expiry_date
        1           | signed             | SIGN_OFF       | 2025-01-10    | 2025-12-31
        2           | learner            | PROCTORED_CASE | 2025-01-10    |
        3           | twice              | SIGN_OFF       | 2024-01-10    |
        4           | twice              | SIGN_OFF       | 2024-02-10    |
        5           | unclear            |                | 2024-01-10    |
        6           | undated            | SIGN_OFF       |               |
        7           | both               | SIGN_OFF       |               |
        8           | both               | SIGN_OFF       | 2024-02-10    |
        """,
    ) == {
        "sign_off_day": True,
        "day_before": False,
        "expiry_day": True,
        "after_expiry": False,
        "proctored": True,
        "unsupervised": False,
        "another_day": False,
        "no_record": None,
        "two_records": True,
        "undated": None,
        "type_unsaid": None,
        "day_unsaid": None,
        "signed_besides": True,
    }


def test_d09_the_first_and_last_day_of_a_designation_count(holds):
    assert holds(
        "D09",
        procedure="""
        procedure_id | site_ods_code | procedure_date
        first_day    | ZZ101         | 2025-01-10
        day_before   | ZZ101         | 2025-01-09
        last_day     | ZZ101         | 2025-02-10
        day_after    | ZZ101         | 2025-02-11
        open_end     | ZZ102         | 2026-01-01
        never        | ZZ201         | 2025-01-10
        no_site      |               | 2025-01-10
        """,
        site_designation="""
        site_ods_code | designation_start | designation_end
        ZZ101         | 2025-01-10        | 2025-02-10
        ZZ102         | 2025-01-10        |
        """,
    ) == {
        "first_day": True,
        "day_before": False,
        "last_day": True,
        "day_after": False,
        "open_end": True,
        "never": False,
        "no_site": None,
    }


def test_d10_an_approval_counts_from_its_first_to_its_last_day(holds):
    assert holds(
        "D10",
        procedure="""
        procedure_id | approval_id | procedure_date
        first_day    | given       | 2025-01-10
        day_before   | given       | 2025-01-09
        last_day     | given       | 2025-02-10
        day_after    | given       | 2025-02-11
        conditions   | conditions  | 2025-01-10
        refused      | refused     | 2025-01-10
        none         |             | 2025-01-10
        unresolved   | not_sent    | 2025-01-10
        """,
        governance_approval="""
        approval_id | decision            | valid_from | valid_to
        given       | APPROVED            | 2025-01-10 | 2025-02-10
        conditions  | APPROVED_CONDITIONS | 2025-01-10 |
        refused     | REFUSED             | 2025-01-10 |
        """,
    ) == {
        "first_day": True,
        "day_before": False,
        "last_day": True,
        "day_after": False,
        "conditions": True,
        "refused": False,
        "none": False,
        "unresolved": None,
    }


def test_d11_imaging_0_to_42_days_before_the_first_treatment_stands(holds):
    assert holds(
        "D11",
        lesion="""
        lesion_id | baseline_imaging_date
        day_0     | 2025-02-12
        day_42    | 2025-01-01
        day_43    | 2024-12-31
        after     | 2025-02-13
        untreated | 2025-01-01
        """,
        lesion_treatment="""
        procedure_id | lesion_id
        1            | day_0
        1            | day_42
        1            | day_43
        1            | after
        2            | day_42
        """,
        procedure="""
        procedure_id | procedure_date
        1            | 2025-02-12
        2            | 2025-08-12
        """,
    ) == {"day_0": True, "day_42": True, "day_43": False, "after": False, "untreated": None}


def test_d12_a_complication_begins_between_procedure_and_death_days_included(holds):
    tables = {
        "complication": """
        complication_id | procedure_id | patient_key | onset_date
        day_before      | 1            | a           | 2025-01-09
        same_day        | 1            | a           | 2025-01-10
        day_of_death    | 1            | a           | 2025-02-10
        after_death     | 1            | a           | 2025-02-11
        """,
        "procedure": """
        procedure_id | patient_key | procedure_date
        1            | a           | 2025-01-10
        """,
        "vital_status": """
        patient_key | status | death_date
        a           | DEAD   | 2025-02-10
        """,
    }
    onset = {"day_before": False, "same_day": True, "day_of_death": True, "after_death": True}
    assert holds("D12a", **tables) == onset
    before_death = dict.fromkeys(onset, True) | {"after_death": False}
    assert holds("D12b", **tables) == before_death


def test_d13_and_d14_nothing_happens_after_the_day_of_death(holds):
    death = """
        patient_key | status | death_date
        a           | DEAD   | 2025-02-10
        b           | ALIVE  |
    """
    for rule, table, key, day in (
        ("D13a", "followup_imaging", "imaging_id", "imaging_date"),
        ("D13b", "prom", "procedure_id", "completed_date"),
        ("D13c", "subsequent_treatment", "lesion_id", "treatment_date"),
        ("D14", "procedure", "procedure_id", "procedure_date"),
    ):
        drawn = f"""
            {key}        | patient_key | {day}
            day_of_death | a           | 2025-02-10
            day_after    | a           | 2025-02-11
            alive        | b           | 2025-02-11
            no_status    | c           | 2025-02-11
        """
        assert holds(rule, **{table: drawn}, vital_status=death) == {
            "day_of_death": True,
            "day_after": False,
            "alive": True,
            "no_status": None,
        }, rule


def test_d15_a_device_problem_is_reported_within_30_days(holds):
    assert holds(
        "D15",
        complication="""
        complication_id | recorded_date | yellow_card_date | yellow_card_ref
        day_30          | 2025-01-01    | 2025-01-31       | ref
        day_31          | 2025-01-01    | 2025-02-01       | ref
        not_reported    | 2025-01-01    |                  |
        undated         | 2025-01-01    |                  | ref
        not_recorded    |               | 2025-01-31       | ref
        """,
    ) == {
        "day_30": True,
        "day_31": False,
        "not_reported": True,
        "undated": None,
        "not_recorded": None,
    }


def test_d16_a_living_status_is_as_late_as_the_last_event(holds):
    on_the_day = """
        patient_key | status | status_date
        alive       | ALIVE  | 2025-06-01
        early       | ALIVE  | 2025-05-31
        lost        | LOST   | 2025-05-31
        dead        | DEAD   | 2025-05-31
        unknown     | ALIVE  |
        no_event    | ALIVE  | 2025-05-31
        undated     | ALIVE  | 2025-06-01
        before      | ALIVE  | 2024-12-31
    """
    verdicts = {
        "alive": True,
        "early": False,
        "lost": False,
        "dead": True,
        "unknown": None,
        "no_event": True,
        "undated": None,
        "before": None,  # the status is before the procedure: D01e
    }
    procedure = """
        procedure_id | patient_key | procedure_date
        1            | before      | 2025-01-01
        2            | alive       | 2025-01-01
    """
    for table, column in (
        ("complication", "onset_date"),
        ("followup_imaging", "imaging_date"),
        ("subsequent_treatment", "treatment_date"),
        ("prom", "completed_date"),
    ):
        events = f"patient_key | {column}\n undated |\n" + "".join(
            f"{patient} | 2025-06-01\n" for patient in verdicts if patient != "no_event"
        )
        drawn = {"vital_status": on_the_day, "procedure": procedure, table: events}
        assert holds("D16", **drawn) == verdicts, table


def test_d17_a_living_status_of_six_months_before_the_extract_stands(holds):
    assert holds(
        "D17",
        extract="2026-10-20",
        vital_status="""
        patient_key | status | status_date
        six_months  | ALIVE  | 2026-04-20
        a_day_more  | ALIVE  | 2026-04-19
        dead        | DEAD   | 2024-01-01
        lost        | LOST   | 2024-01-01
        undated     | ALIVE  |
        unknown     |        | 2024-01-01
        """,
    ) == {
        "six_months": True,
        "a_day_more": False,
        "dead": True,
        "lost": True,
        "undated": None,
        "unknown": None,
    }


def test_d18_a_fatal_complication_of_the_day_needs_a_dead_status(holds):
    assert holds(
        "D18",
        complication="""
        complication_id | procedure_id | patient_key | onset_date | clavien_dindo
        recorded        | 1            | dead        | 2025-01-10 | V
        alive           | 1            | alive       | 2025-01-10 | V
        no_status       | 1            | no_status   | 2025-01-10 | V
        day_after       | 1            | alive       | 2025-01-11 | V
        survived        | 1            | alive       | 2025-01-10 | IVb
        ungraded        | 1            | alive       | 2025-01-10 |
        unplaced        | 2            | alive       | 2025-01-10 | V
        """,
        procedure="""
        procedure_id | procedure_date
        1            | 2025-01-10
        """,
        vital_status="""
        patient_key | status
        dead        | DEAD
        alive       | ALIVE
        """,
    ) == {
        "recorded": True,
        "alive": False,
        "no_status": False,
        "day_after": True,
        "survived": True,
        "ungraded": None,
        "unplaced": None,
    }


def test_d20_a_scan_on_the_day_of_the_first_procedure_stands(holds):
    assert holds(
        "D20",
        followup_imaging="""
        imaging_id | patient_key | imaging_date
        same_day   | a           | 2025-01-10
        day_before | a           | 2025-01-09
        untreated  | b           | 2025-01-10
        undated    | a           |
        """,
        procedure="""
        procedure_id | patient_key | procedure_date
        1            | a           | 2025-01-10
        2            | a           | 2025-06-10
        """,
    ) == {"same_day": True, "day_before": False, "untreated": None, "undated": None}


def test_d21_the_second_lesion_with_a_number_is_the_one_found(holds):
    assert holds(
        "D21",
        lesion="""
        lesion_id   | patient_key | lesion_no
        first       | a           | 1
        second      | a           | 2
        repeated    | a           | 1
        other       | b           | 1
        unnumbered  | a           |
        unnumbered2 | a           |
        """,
    ) == {
        "first": True,
        "second": True,
        "repeated": False,
        "other": True,
        "unnumbered": None,
        "unnumbered2": None,
    }


def test_d22_an_approval_of_three_years_stands_and_a_day_more_is_a_query(holds):
    assert holds(
        "D22",
        governance_approval="""
        approval_id | valid_from | valid_to
        three_years | 2024-02-29 | 2027-02-28
        a_day_more  | 2024-02-29 | 2027-03-01
        open        | 2024-02-29 |
        """,
    ) == {"three_years": True, "a_day_more": False, "open": None}


def test_d23a_an_age_of_18_and_of_90_stands_and_17_and_91_are_queries(holds):
    assert ages(holds, "D23a") == {
        "aged_17": False,
        "aged_18": True,
        "aged_90": True,
        "aged_91": False,
        "aged_110": False,
        "aged_111": True,  # D23b
        "unborn": True,  # D23b
        "born_later": True,  # D01a
        "malformed": None,
        "undated": None,
        "untreated": None,
    }


def test_d23b_an_age_of_0_and_of_110_stands_and_nothing_beyond(holds):
    assert ages(holds, "D23b") == {
        "aged_17": True,
        "aged_18": True,
        "aged_90": True,
        "aged_91": True,
        "aged_110": True,
        "aged_111": False,
        "unborn": False,
        "born_later": True,  # D01a
        "malformed": None,
        "undated": None,
        "untreated": None,
    }
    newborn = "patient_key | birth_year_month\na | 2025-01"
    treated = "procedure_id | patient_key | procedure_date\n1 | a | 2025-01-10"
    assert holds("D23b", patient=newborn, procedure=treated) == {"a": True}


def test_d23a_the_age_at_every_procedure_counts(holds):
    treated = """
        procedure_id | patient_key | procedure_date
        1            | grown       | 2025-01-10
        2            | grown       | 2025-02-10
        3            | aged        | 2025-01-10
        4            | aged        | 2025-02-10
    """
    born = """
        patient_key | birth_year_month
        grown       | 2007-02
        aged        | 1934-02
    """
    assert holds("D23a", patient=born, procedure=treated) == {"grown": False, "aged": False}


def ages(holds, rule):
    """The verdicts on patients of every age that matters, treated on 10 January 2025."""
    patients = """
        patient_key | birth_year_month | diagnosis_date
        aged_17     | 2007-02          | 2025-01-02
        aged_18     | 2007-01          | 2025-01-02
        aged_90     | 1934-02          | 2025-01-02
        aged_91     | 1934-01          | 2025-01-02
        aged_110    | 1914-02          | 2025-01-02
        aged_111    | 1914-01          | 2025-01-02
        unborn      | 2025-02          |
        born_later  | 2025-02          | 2025-01-02
        malformed   | 2025-13          | 2025-01-02
        undated     | 1914-01          | 2025-01-02
        untreated   | 1914-01          | 2025-01-02
    """
    names = [line.split("|")[0].strip() for line in patients.strip().splitlines()[1:-1]]
    days = {name: "" if name == "undated" else "2025-01-10" for name in names}
    treated = "\n".join(f"{n} | {n} | {day}" for n, day in days.items())
    procedures = f"procedure_id | patient_key | procedure_date\n{treated}"
    return holds(rule, patient=patients, procedure=procedures)


STAYS = """
    procedure_id | procedure_date | admission_date | discharge_date
    no_night     | 2025-01-10     | 2025-01-10     | 2025-01-10
    one_night    | 2025-01-10     | 2025-01-10     | 2025-01-11
    four_nights  | 2025-01-10     | 2025-01-09     | 2025-01-13
    five_nights  | 2025-01-10     | 2025-01-09     | 2025-01-14
    a_year       | 2025-01-10     | 2025-01-10     | 2026-01-10
    longer       | 2025-01-10     | 2025-01-09     | 2026-01-10
    late         | 2025-01-10     | 2025-01-11     | 2026-01-12
    early        | 2025-01-10     | 2024-01-01     | 2025-01-09
    unknown      | 2025-01-10     | 2025-01-10     |
"""


def test_d24a_a_stay_of_one_to_four_nights_stands_and_none_or_five_is_a_query(holds):
    assert holds("D24a", procedure=STAYS) == {
        "no_night": False,
        "one_night": True,
        "four_nights": True,
        "five_nights": False,
        "a_year": False,
        "longer": True,  # D24b
        "late": True,  # D01c
        "early": True,  # D01d
        "unknown": None,
    }


def test_d24b_a_stay_of_365_nights_stands_and_366_is_too_long(holds):
    assert holds("D24b", procedure=STAYS) == {
        "no_night": True,
        "one_night": True,
        "four_nights": True,
        "five_nights": True,
        "a_year": True,
        "longer": False,
        "late": True,  # D01c
        "early": True,  # D01d
        "unknown": None,
    }
