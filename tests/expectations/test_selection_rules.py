"""One claim a side of every threshold of the rules on selection and tumour."""

from expectations.dictionary import tables

# All five components give one point: Child-Pugh 5.
WELL = "20 | 40 | 1.0 | NONE | 0"
COMPONENTS = "bilirubin | albumin | inr | ascites | encephalopathy_grade"


def test_t04_stage_0_is_a_single_lesion_of_at_most_20_mm_in_a_fit_patient(holds):
    assert holds(
        "T04",
        patient="""
        patient_key | bclc_stage | ecog_ps | child_pugh_class
        mm_20       | 0          | 0       | A
        mm_20_1     | 0          | 0       | A
        two         | 0          | 0       | A
        ps_1        | 0          | 1       | A
        class_b     | 0          | 0       | B
        no_lesion   | 0          | 0       | A
        unmeasured  | 0          | 0       | A
        """,
        lesion="""
        lesion_id | patient_key | max_diameter_mm
        1         | mm_20       | 20
        2         | mm_20_1     | 20.1
        3         | two         | 10
        4         | two         | 10
        5         | ps_1        | 20
        6         | class_b     | 20
        7         | unmeasured  |
        """,
    ) == {
        "mm_20": True,
        "mm_20_1": False,
        "two": False,
        "ps_1": False,
        "class_b": False,
        "no_lesion": None,
        "unmeasured": None,
    }


def test_t04_stage_a_is_a_single_lesion_or_three_of_at_most_30_mm(holds):
    lesions = {
        "single_60": [60],
        "three_30": [30, 30, 30],
        "two_30_1": [10, 30.1],
        "four_10": [10, 10, 10, 10],
        "ps_3": [10],
        "class_c": [10],
    }
    rows = [f"{p}{n} | {p} | {mm}" for p, sizes in lesions.items() for n, mm in enumerate(sizes)]
    assert holds(
        "T04",
        patient="""
        patient_key | bclc_stage | ecog_ps | child_pugh_class
        single_60   | A          | 0       | A
        three_30    | A          | 2       | B
        two_30_1    | A          | 0       | A
        four_10     | A          | 0       | A
        ps_3        | A          | 3       | A
        class_c     | A          | 0       | C
        """,
        lesion="lesion_id | patient_key | max_diameter_mm\n" + "\n".join(rows),
    ) == {
        "single_60": True,
        "three_30": True,
        "two_30_1": False,
        "four_10": False,
        "ps_3": False,
        "class_c": False,
    }


def test_t04_stage_d_is_child_pugh_c_or_a_performance_status_of_3_and_only_then(holds):
    assert holds(
        "T04",
        patient="""
        patient_key | bclc_stage | ecog_ps | child_pugh_class | tumour_type
        d_class_c   | D          | 0       | C                | HCC
        d_ps_3      | D          | 3       | A                | HCC
        d_fit       | D          | 2       | B                | HCC
        c_fit       | C          | 2       | B                | HCC
        c_ps_3      | C          | 3       | B                | HCC
        b_class_c   | B          | 0       | C                | HCC
        c_unknown   | C          | 2       |                  | HCC
        unstaged    |            | 0       | A                | HCC
        icca        |            | 0       | C                | ICCA
        """,
    ) == {
        "d_class_c": True,
        "d_ps_3": True,
        "d_fit": False,
        "c_fit": True,
        "c_ps_3": False,
        "b_class_c": False,
        "c_unknown": None,
        "unstaged": None,
        "icca": True,
    }


def test_t04_leaves_aside_a_lesion_first_imaged_after_the_first_procedure(holds):
    assert holds(
        "T04",
        patient="""
        patient_key | bclc_stage | ecog_ps | child_pugh_class
        new_later   | 0          | 0       | A
        """,
        lesion="""
        lesion_id | patient_key | max_diameter_mm | baseline_imaging_date
        1         | new_later   | 15              | 2025-01-10
        2         | new_later   | 15              | 2025-01-11
        """,
        procedure="""
        procedure_id | patient_key | procedure_date
        1            | new_later   | 2025-01-10
        """,
    ) == {"new_later": True}


def test_t05a_each_component_is_banded_at_its_thresholds(holds):
    components = {
        "bilirubin 33.9": ("33.9 | 40 | 1.0 | NONE | 0", 5),
        "bilirubin 34": ("34 | 40 | 1.0 | NONE | 0", 6),
        "bilirubin 50": ("50 | 40 | 1.0 | NONE | 0", 6),
        "bilirubin 50.1": ("50.1 | 40 | 1.0 | NONE | 0", 7),
        "albumin 35.1": ("20 | 35.1 | 1.0 | NONE | 0", 5),
        "albumin 35": ("20 | 35 | 1.0 | NONE | 0", 6),
        "albumin 28": ("20 | 28 | 1.0 | NONE | 0", 6),
        "albumin 27.9": ("20 | 27.9 | 1.0 | NONE | 0", 7),
        "inr 1.69": ("20 | 40 | 1.69 | NONE | 0", 5),
        "inr 1.7": ("20 | 40 | 1.7 | NONE | 0", 6),
        "inr 2.3": ("20 | 40 | 2.3 | NONE | 0", 6),
        "inr 2.31": ("20 | 40 | 2.31 | NONE | 0", 7),
        "ascites mild": ("20 | 40 | 1.0 | MILD_CONTROLLED | 0", 6),
        "ascites severe": ("20 | 40 | 1.0 | MODERATE_SEVERE | 0", 7),
        "encephalopathy 1": ("20 | 40 | 1.0 | NONE | 1", 6),
        "encephalopathy 2": ("20 | 40 | 1.0 | NONE | 2", 6),
        "encephalopathy 3": ("20 | 40 | 1.0 | NONE | 3", 7),
        "encephalopathy 4": ("20 | 40 | 1.0 | NONE | 4", 7),
    }
    band = {5: "A", 6: "A", 7: "B"}
    header = f"patient_key | child_pugh_score | child_pugh_class | {COMPONENTS}\n"
    right = header + "\n".join(f"{n} | {s} | {band[s]} | {c}" for n, (c, s) in components.items())
    assert holds("T05a", patient=right) == dict.fromkeys(components, True)
    assert holds("T05b", patient=right) == dict.fromkeys(components, True)


def test_t05a_a_score_off_by_one_within_its_class_is_a_query(holds):
    patient = f"""
        patient_key | child_pugh_score | child_pugh_class | {COMPONENTS}
        off_by_one  | 6                | A                | {WELL}
        off_by_two  | 9                | B                | 60 | 40 | 1.0 | NONE | 0
        in_c        | 11               | C                | 60 | 20 | 3.0 | NONE | 0
        off_in_c    | 12               | C                | 60 | 20 | 3.0 | NONE | 0
        missing     | 6                | A                |    | 40 | 1.0 | NONE | 0
        unscored    |                  | A                | {WELL}
    """
    assert holds("T05a", patient=patient) == {
        "off_by_one": False,
        "off_by_two": False,
        "in_c": True,
        "off_in_c": False,
        "missing": None,
        "unscored": None,
    }
    assert holds("T05b", patient=patient) == {
        "off_by_one": True,
        "off_by_two": True,
        "in_c": True,
        "off_in_c": True,
        "missing": None,
        "unscored": None,
    }


def test_t05b_a_class_that_is_not_the_score_s_cannot_be_used(holds):
    seven, nine = "60 | 40 | 1.0 | NONE | 0", "60 | 20 | 1.0 | NONE | 0"
    ten = "60 | 20 | 1.7 | NONE | 0"
    patient = f"""
        patient_key     | child_pugh_score | child_pugh_class | {COMPONENTS}
        six_a           | 6                | A                | 34 | 40 | 1.0 | NONE | 0
        six_b           | 6                | B                | 34 | 40 | 1.0 | NONE | 0
        seven_b         | 7                | B                | {seven}
        seven_a         | 7                | A                | {seven}
        nine_b          | 9                | B                | {nine}
        nine_c          | 9                | C                | {nine}
        ten_c           | 10               | C                | {ten}
        ten_b           | 10               | B                | {ten}
        other_class     | 6                | A                | {seven}
        wrong_unscored  |                  | C                | {WELL}
        wrong_unknown   | 6                | B                |    | 40 | 1.0 | NONE | 0
        unclassed       | 6                |                  | {WELL}
    """
    assert holds("T05b", patient=patient) == {
        "six_a": True,
        "six_b": False,
        "seven_b": True,
        "seven_a": False,
        "nine_b": True,
        "nine_c": False,
        "ten_c": True,
        "ten_b": False,
        "other_class": False,
        "wrong_unscored": False,
        "wrong_unknown": False,
        "unclassed": None,
    }
    query = holds("T05a", patient=patient)
    assert query["other_class"] is True, "the class differs too: T05b speaks, not both"


def test_t07_under_30_mm_is_strict_and_10_mm_is_near(holds):
    assert holds(
        "T07",
        lesion="""
        lesion_id  | max_diameter_mm | dist_vessel_mm | dist_bile_duct_mm | nearest_duct
        vessel_10  | 29.9            | 10             | 40                | CHD
        duct_10    | 29.9            | 40             | 10                | CHD
        far        | 29.9            | 10.1           | 10.1              | CHD
        no_duct    | 29.9            | 10.1           |                   | NONE
        mm_30      | 30              | 5              | 40                | CHD
        unmeasured |                 | 5              | 40                | CHD
        unknown    | 29.9            | 40             |                   | CHD
        large      | 30              | 40             |                   | CHD
        """,
    ) == {
        "vessel_10": True,
        "duct_10": True,
        "far": False,
        "no_duct": False,
        "mm_30": False,
        "unmeasured": None,
        "unknown": None,
        "large": False,
    }


def test_t08_a_reason_of_nearness_is_borne_out_by_a_lesion(holds):
    assert holds(
        "T08",
        mdt_review="""
        mdt_id       | patient_key | thermal_unsuitable_reason
        near         | near        | HEAT_SINK;NEAR_VESSEL
        one_near     | one_near    | NEAR_BILE_DUCT
        far_vessel   | far         | NEAR_VESSEL
        far_duct     | far         | NEAR_BILE_DUCT
        far_gall     | far         | NEAR_GALLBLADDER;OTHER
        far_bowel    | far         | NEAR_BOWEL
        far_heart    | far         | NEAR_DIAPHRAGM_HEART
        far_none     | far         | NONE
        unmeasured   | unmeasured  | NEAR_VESSEL
        no_lesion    | no_lesion   | NEAR_VESSEL
        unsaid       | far         |
        """,
        lesion="""
        lesion_id | patient_key | dist_vessel_mm | dist_bile_duct_mm
        1         | near        | 10             | 40
        2         | one_near    | 40             | 40
        3         | one_near    | 40             | 10
        4         | far         | 10.1           | 10.1
        5         | unmeasured  | 40             | 40
        6         | unmeasured  |                | 40
        """,
    ) == {
        "near": True,
        "one_near": True,
        "far_vessel": False,
        "far_duct": False,
        "far_gall": False,
        "far_bowel": True,
        "far_heart": True,
        "far_none": True,
        "unmeasured": None,
        "no_lesion": None,
        "unsaid": None,
    }


def test_t09_a_recommendation_of_ire_names_a_reason_against_heat(holds):
    assert holds(
        "T09",
        mdt_review="""
        mdt_id   | recommendation | thermal_unsuitable_reason
        reasoned | IRE            | NEAR_VESSEL
        none     | IRE            | NONE
        other    | TACE           | NONE
        unsaid   | IRE            |
        """,
    ) == {"reasoned": True, "none": False, "other": True, "unsaid": None}


def test_t12a_the_number_of_lesions_is_that_of_the_rows(holds):
    assert holds(
        "T12a",
        procedure="""
        procedure_id | n_lesions_treated
        two          | 2
        one_more     | 3
        one_less     | 1
        no_row       | 1
        unsaid       |
                     | 1
        """,
        lesion_treatment="""
        procedure_id | lesion_id
        two          | 1
        two          | 2
        one_more     | 3
        one_more     | 4
        one_less     | 5
        one_less     | 6
        """,
    ) == {
        "two": True,
        "one_more": False,
        "one_less": False,
        "no_row": False,
        "unsaid": None,
        "": None,
    }


def test_t12b_a_lesion_treated_is_the_patient_s_own(holds):
    assert holds(
        "T12b",
        lesion_treatment="""
        lesion_id | procedure_id
        own       | 1
        other     | 1
        not_sent  | 1
        unplaced  | 2
        """,
        procedure="""
        procedure_id | patient_key
        1            | a
        """,
        lesion="""
        lesion_id | patient_key
        own       | a
        other     | b
        unplaced  | a
        """,
    ) == {"own": True, "other": False, "not_sent": None, "unplaced": None}


def test_t14_performance_status_3_or_child_pugh_c_is_a_query(holds):
    assert holds(
        "T14",
        patient="""
        patient_key | ecog_ps | child_pugh_class
        fit         | 2       | B
        ps_3        | 3       | A
        class_c     | 0       | C
        unknown     |         | B
        unknown_c   |         | C
        """,
    ) == {"fit": True, "ps_3": False, "class_c": False, "unknown": None, "unknown_c": False}


def test_t15_platelets_below_50_or_an_inr_above_1_5_is_a_query_through_the_skin(holds):
    assert holds(
        "T15",
        procedure="""
        procedure_id | patient_key | approach
        at_limits    | at_limits   | PERCUTANEOUS
        platelets    | platelets   | PERCUTANEOUS
        inr          | inr         | PERCUTANEOUS
        open         | inr         | OPEN
        unknown      | unknown     | PERCUTANEOUS
        no_patient   | no_patient  | PERCUTANEOUS
        no_approach  | inr         |
        """,
        patient="""
        patient_key | platelets | inr
        at_limits   | 50        | 1.5
        platelets   | 49        | 1.0
        inr         | 200       | 1.51
        unknown     | 200       |
        """,
    ) == {
        "at_limits": True,
        "platelets": False,
        "inr": False,
        "open": True,
        "unknown": None,
        "no_patient": None,
        "no_approach": None,
    }


def test_t05_knows_the_hard_ranges_of_its_components():
    hard = {
        name: tables()["patient"].columns[name].hard for name in ("bilirubin", "albumin", "inr")
    }
    assert hard == {"bilirubin": (1, 900), "albumin": (10, 65), "inr": (0.5, 12)}


def test_t05_is_silent_where_the_unit_of_a_component_is_wrong(holds):
    patient = f"""
        patient_key | child_pugh_score | child_pugh_class | {COMPONENTS}
        albumin_low | 5                | A                | 20 | 4.1 | 1.0 | NONE | 0
        albumin     | 5                | A                | 20 | 410 | 1.0 | NONE | 0
        bilirubin   | 6                | A                | 0.9 | 40 | 1.0 | NONE | 0
        bilirubin_2 | 5                | A                | 901 | 40 | 1.0 | NONE | 0
        inr         | 5                | A                | 20 | 40 | 12.1 | NONE | 0
        inr_low     | 6                | A                | 20 | 40 | 0.4 | NONE | 0
        grade       | 5                | A                | 20 | 40 | 1.0 | NONE | 5
    """
    silent = holds("T05a", patient=patient)
    assert set(silent.values()) == {None}
    assert holds("T05b", patient=patient) == silent


def test_t16_a_category_or_a_histology_is_asked_of_hepatocellular_carcinoma_alone(holds):
    assert holds(
        "T16",
        lesion="""
        lesion_id | patient_key | lirads_category | histology
        category  | hcc         | LR-5            |
        histology | hcc         |                 | moderately differentiated
        neither   | hcc         |                 |
        mixed     | mixed       |                 |
        bile_duct | icca        |                 |
        untyped   | untyped     |                 |
        nobody    | nobody      |                 |
        """,
        patient="""
        patient_key | tumour_type
        hcc         | HCC
        mixed       | MIXED
        icca        | ICCA
        untyped     |
        """,
    ) == {
        "category": True,
        "histology": True,
        "neither": False,
        "mixed": True,
        "bile_duct": True,
        "untyped": None,
        "nobody": None,
    }


def test_t17_the_deprivation_decile_is_asked_where_a_patient_was_treated_in_england(holds):
    assert holds(
        "T17",
        patient="""
        patient_key | imd_decile | lsoa_code
        given       | 3          | E01000001
        england     |            | E01000001
        without     |            |
        welsh       |            | W01000001
        wales       |            |
        both        |            |
        elsewhere   |            |
        untreated   |            | E01000001
        """,
        procedure="""
        procedure_id | patient_key | site_ods_code
        1            | given       | ENG
        2            | england     | ENG
        3            | without     | ENG
        4            | without     | ENG
        5            | welsh       | ENG
        6            | wales       | WAL
        7            | both        | WAL
        8            | both        | ENG
        9            | elsewhere   | NEW
        """,
        site="""
        site_ods_code | nation
        ENG           | E
        WAL           | W
        """,
    ) == {
        "given": True,
        "england": False,
        "without": False,
        "welsh": True,
        "wales": True,
        "both": False,
        "elsewhere": None,
        "untreated": None,
    }
