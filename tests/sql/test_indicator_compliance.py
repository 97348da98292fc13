"""C2 to C6 and C11: met, not met or cannot tell, on the day of the procedure."""

from __future__ import annotations

from tests.sql.drawing import values

MET, NOT_MET, CANNOT_TELL = 1, 0, None


def of(connection, indicator):
    return values(connection, f"ind_{indicator}_per_procedure")


def reasons(connection, indicator):
    return values(connection, f"ind_{indicator}_per_procedure", "reason")


def test_mdt_on_the_day_is_met_and_the_day_after_is_not(warehouse):
    connection = warehouse(
        procedure="procedure_id | mdt_id | patient\n"
        + "\n".join(f"{n} | {n} | p" for n in ("same_day", "day_after", "local", "tace"))
        + "\nnone | | p\nnot_sent | x | p\nno_level | no_level | p\nregional | regional | p",
        mdt_review="""
        mdt_id    | patient | meeting_date | mdt_level                | recommendation
        same_day  | p       | 2024-01-01   | SPECIALIST_HPB           | IRE
        day_after | p       | 2024-01-02   | SPECIALIST_HPB           | IRE
        local     | p       | 2023-12-01   | LOCAL                    | IRE
        tace      | p       | 2023-12-01   | SPECIALIST_HPB           | TACE
        no_level  | p       | 2023-12-01   |                          | IRE
        regional  | p       | 2023-12-01   | SUPRAREGIONAL_TRANSPLANT | IRE
        """,
    )
    assert of(connection, "mdt_selection") == {
        "same_day": MET,
        "day_after": NOT_MET,
        "local": NOT_MET,
        "tace": NOT_MET,
        "none": NOT_MET,
        "not_sent": CANNOT_TELL,
        "no_level": CANNOT_TELL,
        "regional": MET,
    }


def test_mdt_is_quorate_with_hepatology_surgery_a_radiologist_and_oncology(warehouse):
    rows = {
        "all": "Y|Y|Y|N|Y",
        "diagnostic": "Y|Y|N|Y|Y",
        "no_radiology": "Y|Y|N|N|Y",
        "no_hepatology": "N|Y|Y|Y|Y",
        "no_surgery": "Y|N|Y|Y|Y",
        "no_oncology": "Y|Y|Y|Y|N",
        "blank_oncology": "Y|Y|Y|Y|",
        "one_radiologist_blank": "Y|Y|Y||Y",
        "radiology_blank": "Y|Y|N||Y",
        "fails_though_blank": "|N|Y|Y|Y",
    }
    head = (
        "mdt_id|patient|attended_hepatology|attended_hpb_surgery|attended_ir"
        "|attended_diag_radiology|attended_oncology"
    )
    connection = warehouse(
        procedure="procedure_id|mdt_id|patient\n" + "\n".join(f"{n}|{n}|p" for n in rows),
        mdt_review="\n".join([head, *(f"{name}|p|{cells}" for name, cells in rows.items())]),
    )
    assert of(connection, "mdt_selection") == {
        "all": MET,
        "diagnostic": MET,
        "no_radiology": NOT_MET,
        "no_hepatology": NOT_MET,
        "no_surgery": NOT_MET,
        "no_oncology": NOT_MET,
        "blank_oncology": CANNOT_TELL,
        "one_radiologist_blank": MET,
        "radiology_blank": CANNOT_TELL,
        "fails_though_blank": NOT_MET,
    }


def test_centre_designation_covers_its_first_and_last_day_and_no_other(warehouse):
    connection = warehouse(
        site_designation="""
        designation_start | designation_end
        2024-01-02        | 2024-03-31
        2024-03-01        | 2024-03-31
        2024-06-01        |
        """,
        procedure="""
        procedure_id | procedure_date
        before       | 2024-01-01
        first_day    | 2024-01-02
        overlap      | 2024-03-15
        last_day     | 2024-03-31
        gap          | 2024-04-01
        open_end     | 2026-01-01
        """,
    )
    assert of(connection, "specialist_centre") == {
        "before": NOT_MET,
        "first_day": MET,
        "overlap": MET,
        "last_day": MET,
        "gap": NOT_MET,
        "open_end": MET,
    }


def test_centre_that_the_register_does_not_hold_cannot_be_told(warehouse):
    connection = warehouse(site="site_ods_code\nZZ999", procedure="procedure_id\none")
    assert of(connection, "specialist_centre") == {"one": CANNOT_TELL}
    assert reasons(connection, "specialist_centre") == {"one": "site not in the register"}


def test_operator_sign_off_counts_from_its_day_to_its_expiry(warehouse):
    names = (
        "same_day",
        "day_after",
        "expires",
        "expired",
        "proctored",
        "alone",
        "unsaid",
        "other_day",
        "course_only",
        "untrained",
        "twice",
    )
    supervised = {"proctored": "Y", "alone": "N", "other_day": "Y"}
    connection = warehouse(
        procedure="procedure_id | primary_operator_pseudo_id | supervised\n"
        + "\n".join(f"{name} | {name} | {supervised.get(name, '')}" for name in names)
        + "\nno_operator | |",
        operator_training="""
        training_id | operator_pseudo_id | training_type       | training_date | expiry_date
        1           | same_day           | SIGN_OFF            | 2024-01-01    |
        2           | day_after          | SIGN_OFF            | 2024-01-02    |
        3           | expires            | SIGN_OFF            | 2023-01-01    | 2024-01-01
        4           | expired            | SIGN_OFF            | 2023-01-01    | 2023-12-31
        5           | proctored          | PROCTORED_CASE      | 2024-01-01    |
        6           | alone              | PROCTORED_CASE      | 2024-01-01    |
        7           | unsaid             | PROCTORED_CASE      | 2024-01-01    |
        8           | other_day          | PROCTORED_CASE      | 2023-12-31    |
        9           | course_only        | MANUFACTURER_COURSE | 2023-01-01    |
        10          | twice              | SIGN_OFF            | 2023-01-01    |
        11          | twice              | SIGN_OFF            | 2023-06-01    |
        """,
    )
    assert of(connection, "trained_operator") == {
        "same_day": MET,
        "day_after": NOT_MET,
        "expires": MET,
        "expired": NOT_MET,
        "proctored": MET,
        "alone": NOT_MET,
        "unsaid": CANNOT_TELL,
        "other_day": NOT_MET,
        "course_only": NOT_MET,
        "untrained": CANNOT_TELL,
        "twice": MET,
        "no_operator": CANNOT_TELL,
    }


def test_governance_approval_is_valid_on_its_first_and_last_day(warehouse):
    connection = warehouse(
        procedure="procedure_id | approval_id\n"
        + "\n".join(
            f"{n} | {n}"
            for n in ("edges", "early", "late", "open", "refused", "conditions", "no_start")
        )
        + "\nnone |\nnot_sent | x",
        governance_approval="""
        approval_id | decision            | valid_from | valid_to
        edges       | APPROVED            | 2024-01-01 | 2024-01-01
        early       | APPROVED            | 2024-01-02 | 2024-12-31
        late        | APPROVED            | 2023-01-01 | 2023-12-31
        open        | APPROVED            | 2023-01-01 |
        refused     | SUSPENDED           | 2023-01-01 |
        conditions  | APPROVED_CONDITIONS | 2023-01-01 |
        no_start    | APPROVED            |            |
        """,
    )
    assert of(connection, "governance_approval") == {
        "edges": MET,
        "early": NOT_MET,
        "late": NOT_MET,
        "open": MET,
        "refused": NOT_MET,
        "conditions": MET,
        "no_start": CANNOT_TELL,
        "none": NOT_MET,
        "not_sent": CANNOT_TELL,
    }


def test_anaesthesia_and_block_needs_both_recorded(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | anaesthesia | nmb_used
        both         | GA          | Y
        no_block     | GA          | N
        sedation     | SEDATION    | Y
        not_recorded | GA          |
        fails_anyway | SEDATION    |
        """
    )
    assert of(connection, "anaesthesia_and_block") == {
        "both": MET,
        "no_block": NOT_MET,
        "sedation": NOT_MET,
        "not_recorded": CANNOT_TELL,
        "fails_anyway": NOT_MET,
    }


def test_bundle_is_not_met_if_any_is_not_else_cannot_tell_if_any_is_else_met(warehouse):
    connection = warehouse(
        research_study="study_id\nstudy",
        study_site="study_id\nstudy",
        site_designation="designation_start\n2020-01-01",
        procedure="""
        procedure_id | patient | mdt_id | enrolment_id | approval_id | primary_operator_pseudo_id
        all_met      | p       | m      | e            | a           | o
        no_mdt       | p       |        | e            | a           | o
        unknown_mdt  | p       | x      | e            | a           | o
        both         | p       | x      |              | a           | o
        """,
        mdt_review="mdt_id | patient\nm | p",
        research_enrolment="enrolment_id | patient\ne | p",
        governance_approval="approval_id\na",
        operator_training="training_id | operator_pseudo_id\nt | o",
    )
    assert of(connection, "all_five") == {
        "all_met": MET,
        "no_mdt": NOT_MET,
        "unknown_mdt": CANNOT_TELL,
        "both": NOT_MET,
    }
    assert reasons(connection, "all_five") == {
        "all_met": None,
        "no_mdt": "no MDT review linked",
        "unknown_mdt": "MDT record not sent",
        "both": "no enrolment in research",
    }


def test_whether_a_patient_was_informed_is_what_the_mdt_review_says(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | patient | mdt_id | procedure_date
        informed     | p       | yes    | 2024-01-01
        not_informed | p       | no     | 2024-01-01
        not_recorded | p       | empty  | 2024-01-01
        not_sent     | p       | x      | 2024-01-01
        no_review    | p       |        | 2024-01-01
        of_another   | q       | yes    | 2024-01-01
        before_nice  | p       | yes    | 2013-01-31
        """,
        mdt_review="""
        mdt_id | patient | patient_informed_research_only
        yes    | p       | Y
        no     | p       | N
        empty  | p       |
        """,
    )
    assert of(connection, "informed_research_only") == {
        "informed": 1,
        "not_informed": 0,
        "not_recorded": None,
        "not_sent": None,
        "no_review": None,
        "of_another": None,
    }
    assert reasons(connection, "informed_research_only") == {
        "informed": None,
        "not_informed": None,
        "not_recorded": "not recorded whether the patient was informed",
        "not_sent": "MDT record not sent",
        "no_review": "no MDT review linked",
        "of_another": "MDT record not sent",
    }


def test_procedures_before_the_guidance_are_not_scored(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | procedure_date
        before       | 2013-01-31
        since        | 2013-02-01
        """
    )
    assert of(connection, "specialist_centre") == {"since": NOT_MET}
