"""One claim a side of every threshold of the rules on complications and outcomes."""

from expectations.dictionary import site_tables
from expectations.rules import sql_rules


def test_o02_every_recorded_grade_says_the_same_of_death(holds):
    assert holds(
        "O02",
        complication="""
        complication_id | patient_key | clavien_dindo | ctcae_grade | cirse_grade | sir_grade
        all_fatal       | dead        | V             | 5           | 6           | F
        fatal_2017      | dead        | V             |             |             | DEATH
        clavien_only    | dead        | V             |             |             |
        none_fatal      | dead        | IVb           | 4           | 5           | E
        ctcae           | dead        | IVb           | 5           |             |
        cirse           | dead        | IVb           |             | 6           |
        sir             | dead        | IVb           |             |             | DEATH
        sir_2003        | dead        | IVb           |             |             | F
        ctcae_4         | dead        | V             | 4           |             |
        cirse_5         | dead        | V             |             | 5           |
        sir_life        | dead        | V             |             |             | LIFE_THREAT
        ungraded        | dead        |               | 5           |             |
        alive           | alive       | V             |             |             |
        lost            | lost        | V             |             |             |
        no_status       | no_status   | V             |             |             |
        """,
        vital_status="""
        patient_key | status
        dead        | DEAD
        alive       | ALIVE
        lost        | LOST
        """,
    ) == {
        "all_fatal": True,
        "fatal_2017": True,
        "clavien_only": True,
        "none_fatal": True,
        "ctcae": False,
        "cirse": False,
        "sir": False,
        "sir_2003": False,
        "ctcae_4": False,
        "cirse_5": False,
        "sir_life": False,
        "ungraded": None,
        "alive": None,  # whether it is the day of the procedure (D18) is not known
        "lost": None,
        "no_status": None,
    }


def test_o02_leaves_a_death_on_the_day_of_the_procedure_to_d18(holds):
    assert holds(
        "O02",
        complication="""
        complication_id | procedure_id | patient_key | onset_date | clavien_dindo
        same_day        | 1            | alive       | 2025-01-10 | V
        day_after       | 1            | alive       | 2025-01-11 | V
        no_status       | 1            | no_status   | 2025-01-11 | V
        """,
        procedure="""
        procedure_id | procedure_date
        1            | 2025-01-10
        """,
        vital_status="""
        patient_key | status
        alive       | ALIVE
        """,
    ) == {"same_day": True, "day_after": False, "no_status": None}


def test_o03_a_grade_from_iiia_goes_with_an_intervention_of_that_kind(holds):
    acts = ("DRAIN", "ERCP", "EMBOLISATION", "CARDIOVERSION", "SURGERY", "ICU")
    rows = "".join(f"{act} | IIIa | DRUG;{act}\n" for act in acts)
    assert holds(
        "O03",
        complication=f"""
        complication_id | clavien_dindo | intervention
        ii              | II            | DRUG
        iid             | IId           | NONE
        iiia            | IIIa          | DRUG;TRANSFUSION
        iiiad           | IIIad         | NONE
        v               | V             | DRUG
        unsaid          | IIIa          |
        minor_unsaid    | I             |
        ungraded        |               | DRUG
        {rows}""",
    ) == {
        "ii": True,
        "iid": True,
        "iiia": False,
        "iiiad": False,
        "v": False,
        "unsaid": None,
        "minor_unsaid": True,
        "ungraded": None,
    } | dict.fromkeys(acts, True)


def test_o06_seeding_on_day_30_that_a_scan_shows_stands(holds):
    assert holds(
        "O06",
        complication="""
        complication_id | procedure_id | patient_key | onset_date | nice_category
        day_30          | 1            | seen        | 2025-01-31 | SEEDING
        day_29          | 1            | seen        | 2025-01-30 | SEEDING
        not_seen        | 1            | not_seen    | 2025-06-01 | SEEDING
        histology       | 1            | histology   | 2025-06-01 | SEEDING
        of_the_tumour   | 1            | of_tumour   | 2025-06-01 | SEEDING
        other           | 1            | not_seen    | 2025-01-01 | BLEEDING
        undated         | 1            | seen        |            | SEEDING
        unplaced        | 2            | seen        | 2025-06-01 | SEEDING
        uncategorised   | 1            | not_seen    | 2025-06-01 |
        """,
        procedure="""
        procedure_id | procedure_date
        1            | 2025-01-01
        """,
        followup_imaging="""
        imaging_id | patient_key | new_lesion
        1          | seen        | NEEDLE_TRACT
        2          | not_seen    | EXTRAHEPATIC
        """,
        lesion="""
        lesion_id | patient_key | histology | baseline_imaging_date
        1         | histology   | deposit   | 2025-01-02
        2         | of_tumour   | tumour    | 2025-01-01
        """,
    ) == {
        "day_30": True,
        "day_29": False,
        "not_seen": False,
        "histology": True,
        "of_the_tumour": False,
        "other": True,
        "undated": None,
        "unplaced": None,
        "uncategorised": None,
    }


def test_o07_progression_follows_a_scan_that_showed_efficacy(holds):
    assert holds(
        "O07",
        lesion_response="""
        imaging_id  | lesion_id | technique_efficacy | local_tumour_progression
        destroyed_0 | destroyed | Y                  |
        destroyed_1 | destroyed |                    | Y
        residual_0  | residual  | N                  |
        residual_1  | residual  |                    | Y
        never_1     | never     |                    | Y
        blank_0     | blank     |                    |
        blank_1     | blank     |                    | Y
        unknown_0   | unknown   | 9                  |
        unknown_1   | unknown   |                    | Y
        same_1      | same      | Y                  | Y
        none_1      | never     |                    | N
        either_1    | destroyed |                    |
        unsaid_1    | never     |                    |
        not_sent    | destroyed |                    | Y
        """,
        followup_imaging="""
        imaging_id  | imaging_date | nominal_visit
        destroyed_0 | 2025-02-01   | M1
        destroyed_1 | 2025-02-02   | M3
        residual_0  | 2025-02-01   | M1
        residual_1  | 2025-02-02   | M3
        never_1     | 2025-02-02   | M3
        blank_0     | 2025-02-01   | M1
        blank_1     | 2025-02-02   | M3
        unknown_0   | 2025-02-01   | M1
        unknown_1   | 2025-02-02   | M3
        same_1      | 2025-02-02   | M1
        none_1      | 2025-02-02   | M3
        either_1    | 2025-02-02   | M3
        unsaid_1    | 2025-02-02   | M3
        """,
    ) == {
        "destroyed_0": True,
        "destroyed_1": True,
        "residual_0": True,
        "residual_1": False,
        "never_1": False,
        "blank_0": True,
        "blank_1": None,
        "unknown_0": True,
        "unknown_1": None,
        "same_1": False,
        "none_1": True,
        "either_1": True,
        "unsaid_1": None,
        "not_sent": None,
    }


SCAN = (
    "imaging_id | patient_key | imaging_date | criteria | overall_response"
    " | new_lesion | sum_baseline_mm | sum_viable_mm\n"
)


def test_o08_a_first_scan_is_judged_against_the_baseline(holds):
    responses = {
        "gone": ("0", "CR"),
        "fall_30": ("23.1", "PR"),
        "fall_29": ("23.2", "SD"),
        "same": ("33", "SD"),
        "rise_19": ("39.5", "SD"),
        "rise_20": ("39.6", "PD"),
    }
    for given in ("CR", "PR", "SD", "PD"):
        scans = SCAN + "".join(
            f"{name} | {name} | 2025-02-01 | mRECIST | {given} | NONE | 33 | {viable}\n"
            for name, (viable, _) in responses.items()
        )
        right = {name: given == response for name, (_, response) in responses.items()}
        assert holds("O08", followup_imaging=scans) == right, given


def test_o08_progression_is_a_rise_from_the_nadir_and_in_recist_1_1_of_5_mm_too(holds):
    later = {
        "mrecist": ("mRECIST", "10", "12", "PD"),
        "mrecist_less": ("mRECIST", "10", "11.9", "PR"),
        "recist_4_9": ("RECIST1.1", "10", "14.9", "PR"),
        "recist_5": ("RECIST1.1", "10", "15", "PD"),
        "recist_large": ("RECIST1.1", "30", "35.9", "SD"),
        "back": ("mRECIST", "0", "1", "PD"),
    }
    first = "".join(
        f"{n}_first | {n} | 2025-02-01 | {criteria} | NE | NONE | 40 | {nadir}\n"
        for n, (criteria, nadir, _, _) in later.items()
    )
    second = "".join(
        f"{n} | {n} | 2025-05-01 | {criteria} | {response} | NONE | 40 | {viable}\n"
        for n, (criteria, _, viable, response) in later.items()
    )
    found = holds("O08", followup_imaging=SCAN + first + second)
    assert {name: found[name] for name in later} == dict.fromkeys(later, True)


def test_o08_a_new_lesion_is_progression_and_what_cannot_be_recomputed_is_left(holds):
    scans = f"""{SCAN.strip()}
        new_pd      | a | 2025-02-01 | mRECIST          | PD | INTRAHEPATIC_DISTANT | 40 | 0
        new_cr      | b | 2025-02-01 | mRECIST          | CR | EXTRAHEPATIC         | 40 | 0
        lirads      | c | 2025-02-01 | LIRADS_TRA_v2018 | PD | NONE                 | 40 | 0
        ne          | d | 2025-02-01 | mRECIST          | NE | NONE                 | 40 | 0
        no_sum      | e | 2025-02-01 | mRECIST          | SD | NONE                 | 40 |
        after_blank | e | 2025-05-01 | mRECIST          | SD | NONE                 | 40 | 40
        no_baseline | f | 2025-02-01 | mRECIST          | SD | NONE                 |    | 40
        rebased     | g | 2025-05-01 | mRECIST          | SD | NONE                 | 30 | 30
        old_base    | g | 2025-02-01 | mRECIST          | PR | NONE                 | 40 | 10
        not_said    | h | 2025-02-01 | mRECIST          | CR |                      | 40 | 0
        unjudged    | i | 2025-02-01 | mRECIST          |    | NONE                 | 40 | 0
    """
    assert holds("O08", followup_imaging=scans) == {
        "new_pd": True,
        "new_cr": False,
        "lirads": None,
        "ne": None,
        "no_sum": None,
        "after_blank": None,
        "no_baseline": None,
        "rebased": True,
        "old_base": True,
        "not_said": None,
        "unjudged": None,
    }


def test_o09_a_complete_response_and_a_lesion_not_viable_have_no_viable_tumour(holds):
    lesion_response = """
        imaging_id | lirads_tr       | viable_diameter_mm
        complete   | LR-TR-NONVIABLE | 0
        left       | VIABLE          | 0.1
        not_viable | LR-TR-NONVIABLE | 0.1
        unmeasured | LR-TR-NONVIABLE |
        ungraded   |                 | 5
    """
    followup_imaging = """
        imaging_id | overall_response
        complete   | CR
        left       | CR
        not_viable | PR
        unmeasured | CR
    """
    assert holds("O09a", lesion_response=lesion_response, followup_imaging=followup_imaging) == {
        "complete": True,
        "left": False,
        "not_viable": True,
        "unmeasured": None,
        "ungraded": None,
    }
    assert holds("O09b", lesion_response=lesion_response) == {
        "complete": True,
        "left": True,
        "not_viable": False,
        "unmeasured": None,
        "ungraded": None,
    }


def test_o10_mrecist_and_lirads_are_for_hepatocellular_carcinoma(holds):
    assert holds(
        "O10",
        followup_imaging="""
        imaging_id   | patient_key | criteria
        hcc          | HCC         | mRECIST
        hcc_lirads   | HCC         | LIRADS_TRA_v2024_NONRAD
        hcc_recist   | HCC         | RECIST1.1
        mixed        | MIXED       | mRECIST
        icca         | ICCA        | RECIST1.1
        icca_mrecist | ICCA        | mRECIST
        icca_easl    | ICCA        | EASL
        phcca        | PHCCA       | RECIST1.1
        phcca_lirads | PHCCA       | LIRADS_TRA_v2018
        unknown      | unknown     | mRECIST
        unsaid       | ICCA        |
        """,
        patient="""
        patient_key | tumour_type
        HCC         | HCC
        MIXED       | MIXED
        ICCA        | ICCA
        PHCCA       | PHCCA
        """,
    ) == {
        "hcc": True,
        "hcc_lirads": True,
        "hcc_recist": True,
        "mixed": True,
        "icca": True,
        "icca_mrecist": False,
        "icca_easl": False,
        "phcca": True,
        "phcca_lirads": False,
        "unknown": None,
        "unsaid": None,
    }


def test_o12a_an_eq5d_item_is_1_to_5(holds):
    for item in ("item_01", "item_05"):
        prom = f"""
            mode  | instrument | {item}
            one   | EQ-5D-5L   | 1
            five  | EQ-5D-5L   | 5
            zero  | EQ-5D-5L   | 0
            six   | EQ-5D-5L   | 6
            blank | EQ-5D-5L   |
            other | QLQ-C30    | 6
        """
        found = holds(f"O12a__{item}", prom=prom)
        assert found == {
            "one": True,
            "five": True,
            "zero": False,
            "six": False,
            "blank": None,
            "other": True,
        }


def test_o12b_the_best_state_below_50_and_the_worst_above_80_are_queries(holds):
    items = " | ".join(f"item_0{n}" for n in range(1, 6))
    best, worst = " | ".join("11111"), " | ".join("55555")
    assert holds(
        "O12b",
        prom=f"""
        mode       | instrument | {items}                | vas
        best_50    | EQ-5D-5L   | {best}                 | 50
        best_49    | EQ-5D-5L   | {best}                 | 49
        worst_80   | EQ-5D-5L   | {worst}                | 80
        worst_81   | EQ-5D-5L   | {worst}                | 81
        between    | EQ-5D-5L   | 1 | 1 | 1 | 1 | 2      | 10
        no_scale   | EQ-5D-5L   | {best}                 |
        incomplete | EQ-5D-5L   | 1 | 1 | 1 | 1 |        | 10
        other      | QLQ-C30    | {best}                 | 10
        """,
    ) == {
        "best_50": True,
        "best_49": False,
        "worst_80": True,
        "worst_81": False,
        "between": True,
        "no_scale": None,
        "incomplete": None,
        "other": True,
    }


def test_o13a_an_item_is_in_the_range_of_its_questionnaire(holds):
    ranges = {
        ("QLQ-C30", "item_01"): (1, 4),
        ("QLQ-C30", "item_28"): (1, 4),
        ("QLQ-C30", "item_29"): (1, 7),
        ("QLQ-C30", "item_30"): (1, 7),
        ("QLQ-HCC18", "item_01"): (1, 4),
        ("QLQ-HCC18", "item_18"): (1, 4),
        ("FACT-Hep", "item_01"): (0, 4),
        ("FACT-Hep", "item_45"): (0, 4),
    }
    for (instrument, item), (low, high) in ranges.items():
        prom = f"""
            mode  | instrument   | {item}
            low   | {instrument} | {low}
            high  | {instrument} | {high}
            below | {instrument} | {low - 1}
            above | {instrument} | {high + 1}
            blank | {instrument} |
            other | EQ-5D-5L     | 9
            none  |              | 1
        """
        assert holds(f"O13a__{item}", prom=prom) == {
            "low": True,
            "high": True,
            "below": False,
            "above": False,
            "blank": None,
            "other": True,
            "none": None,
        }, (instrument, item)


def test_o14_a_baseline_questionnaire_of_the_day_stands(holds):
    assert holds(
        "O14",
        prom="""
        mode      | procedure_id | timepoint | completed_date
        same_day  | 1            | BASELINE  | 2025-01-10
        day_after | 1            | BASELINE  | 2025-01-11
        month     | 1            | M1        | 2025-02-10
        unplaced  | 2            | BASELINE  | 2025-01-10
        undated   | 1            | BASELINE  |
        """,
        procedure="""
        procedure_id | procedure_date
        1            | 2025-01-10
        """,
    ) == {"same_day": True, "day_after": False, "month": True, "unplaced": None, "undated": None}


def test_o16a_a_grade_from_iiib_has_an_lfpse_reference(holds):
    assert holds(
        "O16a",
        complication="""
        complication_id | clavien_dindo | lfpse_ref
        reported        | IIIb          | ref
        iiib            | IIIb          |
        ivad            | IVad          |
        v               | V             |
        iiia            | IIIa          |
        iiiad           | IIIad         |
        ungraded        |               |
        """,
    ) == {
        "reported": True,
        "iiib": False,
        "ivad": False,
        "v": False,
        "iiia": True,
        "iiiad": True,
        "ungraded": None,
    }


def test_o16b_the_patient_is_told_within_10_working_days_of_the_record(holds):
    # 24 December 2024 was a Tuesday; 25 and 26 December and 1 January were bank holidays.
    assert holds(
        "O16b",
        complication="""
        complication_id | clavien_dindo | recorded_date | duty_of_candour_date
        day_10          | IIIb          | 2024-12-24    | 2025-01-10
        day_11          | IIIb          | 2024-12-24    | 2025-01-13
        weekend         | V             | 2025-03-01    | 2025-03-14
        weekend_11      | V             | 2025-03-01    | 2025-03-17
        missing         | IIIb          | 2025-03-03    |
        minor           | IIIa          | 2025-03-03    |
        undated         | IIIb          |               | 2025-03-03
        """,
    ) == {
        "day_10": True,
        "day_11": False,
        "weekend": True,
        "weekend_11": False,
        "missing": False,
        "minor": True,
        "undated": None,
    }


def test_o17_no_row_of_a_patient_is_dated_after_a_withdrawal_from_further_data(holds):
    dated = {(c.table, c.column) for c in sql_rules() if c.rule.id == "O17"}
    assert dated == {
        (table.name, column.name)
        for table in site_tables().values()
        for column in table.columns.values()
        if table.holds_patients and column.type == "date" and column.places_record
    }
    for table, column in sorted(dated):
        rows = f"""
            patient_key | {column}
            same_day    | 2025-01-10
            day_after   | 2025-01-11
            contact     | 2025-01-11
            erase       | 2025-01-11
            twice       | 2025-01-11
            enrolled    | 2025-01-11
            no_research | 2025-01-11
            undated     |
            no_day      | 2025-01-11
        """
        assert holds(
            f"O17__{column}",
            **{table: rows},
            research_enrolment="""
            patient_key | withdrawal_date | withdrawal_scope
            same_day    | 2025-01-10      | NO_FURTHER_DATA
            day_after   | 2025-01-10      | NO_FURTHER_DATA
            contact     | 2025-01-10      | NO_FURTHER_CONTACT
            erase       | 2025-01-10      | ERASE
            twice       | 2025-06-10      | NO_FURTHER_DATA
            twice       | 2025-01-10      | NO_FURTHER_DATA
            enrolled    |                 |
            undated     | 2025-01-10      | NO_FURTHER_DATA
            no_day      |                 | NO_FURTHER_DATA
            """,
        ) == {
            "same_day": True,
            "day_after": False,
            "contact": True,
            "erase": True,
            "twice": False,
            "enrolled": True,
            "no_research": True,
            "undated": None,
            "no_day": None,
        }, table


def test_o18_a_lirads_response_is_asked_of_hepatocellular_carcinoma_alone(holds):
    assert holds(
        "O18",
        lesion_response="""
        lesion_id | imaging_id | lirads_tr
        given     | 1          | LR-TR-VIABLE
        hcc       | 1          |
        icca      | 1          |
        untyped   | 1          |
        nowhere   | 1          |
        """,
        lesion="""
        lesion_id | patient_key
        given     | hcc
        hcc       | hcc
        icca      | icca
        untyped   | untyped
        """,
        patient="""
        patient_key | tumour_type
        hcc         | HCC
        icca        | ICCA
        untyped     |
        """,
    ) == {"given": True, "hcc": False, "icca": True, "untyped": None, "nowhere": None}


SCANS = """
    imaging_id | nominal_visit
    D1         | D1
    M1         | M1
    M1given    | M1
    M3         | M3
    M3given    | M3
    unnamed    |
    """


def test_o19_technique_efficacy_is_asked_at_one_month(holds):
    assert holds(
        "O19",
        lesion_response="""
        imaging_id | technique_efficacy
        D1         |
        M1         |
        M1given    | 9
        M3         |
        unnamed    |
        nowhere    |
        """,
        followup_imaging=SCANS,
    ) == {
        "D1": True, "M1": False, "M1given": True, "M3": True, "unnamed": None, "nowhere": None,
    }  # fmt: skip


def test_o20_local_progression_is_asked_after_one_month(holds):
    assert holds(
        "O20",
        lesion_response="""
        imaging_id | local_tumour_progression
        D1         |
        M1         |
        M3         |
        M3given    | N
        unnamed    |
        nowhere    |
        """,
        followup_imaging=SCANS,
    ) == {
        "D1": True, "M1": True, "M3": False, "M3given": True, "unnamed": None, "nowhere": None,
    }  # fmt: skip


def test_o21_a_serious_complication_has_a_yellow_card_unless_the_suspected_device_asks_for_it(
    holds,
):
    assert holds(
        "O21",
        complication="""
        complication_id | clavien_dindo | yellow_card_ref | device_related_suspected
        IIIa            | IIIa          |                 | N
        IIIb            | IIIb          |                 | N
        IIIbd           | IIIbd         |                 |
        V               | V             |                 | 9
        reported        | V             | YC-1            | N
        device          | IVa           |                 | Y
        ungraded        |               |                 | N
        """,
    ) == {
        "IIIa": True,
        "IIIb": False,
        "IIIbd": False,
        "V": False,
        "reported": True,
        "device": True,
        "ungraded": None,
    }
