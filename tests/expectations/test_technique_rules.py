"""One claim a side of every threshold of the rules on technique."""

from expectations.dictionary import site_tables


def test_p04_an_active_device_needs_a_sign_off_by_the_day_of_the_procedure(holds):
    tables = {
        "procedure": """
        procedure_id | patient_key | procedure_date | cardiology_signoff_date
        same_day     | pacemaker   | 2025-03-10     | 2025-03-10
        day_after    | icd         | 2025-03-10     | 2025-03-11
        not_signed   | crt         | 2025-03-10     |
        neurostim    | neurostim   | 2025-03-10     |
        listens_only | loop        | 2025-03-10     |
        no_device    | none        | 2025-03-10     |
        not_said     | not_said    | 2025-03-10     |
        undated      | icd         |                | 2025-03-10
        """,
        "patient": """
        patient_key | cardiac_device
        pacemaker   | PACEMAKER
        icd         | ICD
        crt         | CRT
        neurostim   | NEUROSTIM
        loop        | LOOP
        none        | NONE
        not_said    |
        """,
    }
    stands = dict.fromkeys(("same_day", "listens_only", "no_device"), True)
    breaches = dict.fromkeys(("day_after", "not_signed", "neurostim"), False)
    unknown = {"not_said": None, "undated": None}
    assert holds("P04", **tables) == stands | breaches | unknown


def test_p04b_an_arrhythmia_or_a_loop_recorder_asks_for_a_sign_off(holds):
    tables = {
        "procedure": """
        procedure_id | patient_key | procedure_date | cardiology_signoff_date
        same_day     | flutter     | 2025-03-10     | 2025-03-10
        day_after    | flutter     | 2025-03-10     | 2025-03-11
        not_signed   | loop        | 2025-03-10     |
        breach       | paced       | 2025-03-10     |
        no_history   | none        | 2025-03-10     |
        not_known    | not_known   | 2025-03-10     |
        """,
        "patient": """
        patient_key | cardiac_device | arrhythmia_history
        flutter     | NONE           | AF_FLUTTER
        loop        | LOOP           | NONE
        paced       | PACEMAKER      | CONDUCTION
        none        | NONE           | NONE
        not_known   | NONE           | 9
        """,
    }
    stands = dict.fromkeys(("same_day", "breach", "no_history"), True)
    queries = {"day_after": False, "not_signed": False}
    assert holds("P04b", **tables) == stands | queries | {"not_known": None}


def test_p05_history_that_speaks_against_ire_is_a_query(holds):
    assert holds(
        "P05",
        patient="""
        patient_key | arrhythmia_history | recent_mi_12m | epilepsy
        none        | NONE               | N             | N
        svt         | SVT                | N             | N
        ventricular | VT_VF              | N             | N
        atrial      | AF_FLUTTER         | 9             | 9
        infarction  | NONE               | Y             | N
        epilepsy    | NONE               | N             | Y
        not_known   | NONE               | 9             | N
        unknown     | 9                  | N             | N
        not_said    | NONE               |               | N
        """,
    ) == {
        "none": True,
        "svt": True,
        "ventricular": False,
        "atrial": False,
        "infarction": False,
        "epilepsy": False,
        "not_known": None,
        "unknown": None,
        "not_said": None,
    }


def test_p06_every_imaging_guides_and_none_named_is_a_query(holds):
    assert holds(
        "P06",
        procedure="""
        procedure_id | guidance
        ct           | CT
        ultrasound   | US
        contrast     | CEUS
        fluoroscopy  | CT_FLUORO
        mri          | MRI
        cone_beam    | CONE_BEAM
        navigated    | STEREOTACTIC_NAV
        both         | CT;US
        by_eye       | EYE
        not_said     |
        """,
    ) == dict.fromkeys(
        (
            "ct", "ultrasound", "contrast", "fluoroscopy", "mri", "cone_beam", "navigated", "both",
        ),
        True,
    ) | {"by_eye": False, "not_said": False}  # fmt: skip


def test_p07a_a_treated_lesion_has_pulses_unless_the_procedure_was_aborted(holds):
    assert holds(
        "P07a",
        lesion_treatment="""
        lesion_id | procedure_id
        pulsed    | done
        without   | done
        stopped   | aborted
                  | done
        """,
        procedure="""
        procedure_id | technical_success
        done         | Y
        aborted      | ABORTED
        """,
        pulse_delivery="""
        delivery_id | procedure_id | lesion_id
        1           | done         | pulsed
        2           | done         | pulsed
        3           | other        | without
        """,
    ) == {"pulsed": True, "without": False, "stopped": True, "": None}


def test_p07b_a_pair_is_in_order_and_within_the_electrodes(holds):
    assert holds(
        "P07b",
        pulse_delivery="""
        delivery_id | procedure_id | lesion_id | electrode_a | electrode_b
        last        | p            | three     | 2           | 3
        beyond      | p            | three     | 3           | 4
        same        | p            | three     | 2           | 2
        reversed    | p            | three     | 3           | 2
        bipolar     | p            | one       | 1           | 2
        unplaced    | p            | elsewhere | 1           | 2
        not_said    | p            | three     | 1           |
        """,
        lesion_treatment="""
        lesion_id | procedure_id | n_electrodes
        three     | p            | 3
        one       | p            | 1
        """,
    ) == {
        "last": True,
        "beyond": False,
        "same": False,
        "reversed": False,
        "bipolar": True,
        "unplaced": None,
        "not_said": None,
    }


def test_p07c_three_electrodes_form_three_pairs_at_a_position(holds):
    assert holds(
        "P07c",
        lesion_treatment="""
        lesion_id | procedure_id | n_electrodes
        three     | p            | 3
        four      | p            | 3
        cycles    | p            | 2
        moved     | p            | 2
        bipolar   | p            | 1
        none      | p            | 2
        not_said  | p            |
        """,
        pulse_delivery="""
        delivery_id | procedure_id | lesion_id | position_no | electrode_a | electrode_b
        1           | p            | three     | 1           | 1           | 2
        2           | p            | three     | 1           | 1           | 3
        3           | p            | three     | 1           | 2           | 3
        4           | p            | four      | 1           | 1           | 2
        5           | p            | four      | 1           | 1           | 3
        6           | p            | four      | 1           | 2           | 3
        7           | p            | four      | 1           | 1           | 4
        8           | p            | cycles    | 1           | 1           | 2
        9           | p            | cycles    | 1           | 2           | 1
        10          | p            | moved     | 1           | 1           | 2
        11          | p            | moved     | 2           | 1           | 2
        12          | p            | bipolar   | 1           | 1           | 2
        13          | p            | not_said  | 1           | 1           | 2
        """,
    ) == {
        "three": True,
        "four": False,
        "cycles": True,
        "moved": True,
        "bipolar": True,
        "none": True,
        "not_said": None,
    }


def test_p10_parallel_electrodes_stand_within_ten_degrees(holds):
    assert holds(
        "P10",
        pulse_delivery="""
        delivery_id   | angle_deg | parallel_confirmed
        ten           | 10        | true
        above         | 10.1      | true
        not_confirmed | 10.1      | false
        not_measured  |           | true
        """,
    ) == {"ten": True, "above": False, "not_confirmed": True, "not_measured": None}


def test_p11_the_field_is_1000_to_3000_volts_a_centimetre(holds):
    assert holds(
        "P11",
        pulse_delivery="""
        delivery_id | voltage_v | spacing_mm
        lowest      | 1500      | 15
        too_low     | 1499      | 15
        highest     | 2460      | 8.2
        too_high    | 2461      | 8.2
        unmeasured  | 2460      |
        """,
    ) == {
        "lowest": True,
        "too_low": False,
        "highest": True,
        "too_high": False,
        "unmeasured": None,
    }


def test_p12a_a_pair_gets_one_or_two_cycles_of_70_to_100(holds):
    pulses = """
        delivery_id | procedure_id | lesion_id | position_no | a | b | pulses_delivered
        least       | p            | a         | 1           | 1 | 2 | 70
        too_few     | p            | a         | 2           | 1 | 2 | 69
        most        | p            | a         | 3           | 1 | 2 | 100
        between     | p            | a         | 4           | 1 | 2 | 101
        two_least   | p            | a         | 5           | 1 | 2 | 140
        two_few     | p            | a         | 6           | 1 | 2 | 139
        two_most    | p            | a         | 7           | 1 | 2 | 200
        two_many    | p            | a         | 8           | 1 | 2 | 201
        first       | p            | b         | 1           | 1 | 2 | 90
        second      | p            | b         | 1           | 1 | 2 | 90
        other_pair  | p            | b         | 1           | 1 | 3 | 90
        third_1     | p            | c         | 1           | 1 | 2 | 90
        third_2     | p            | c         | 1           | 1 | 2 | 90
        third_3     | p            | c         | 1           | 1 | 2 | 90
        half_known  | p            | d         | 1           | 1 | 2 | 90
        unknown     | p            | d         | 1           | 1 | 2 |
        no_pair     | p            | d         | 1           | 1 |   | 90
    """
    pulses = pulses.replace("| a | b |", "| electrode_a | electrode_b |")
    assert holds("P12a", pulse_delivery=pulses) == dict.fromkeys(
        ("least", "most", "two_least", "two_most", "first", "second", "other_pair"), True
    ) | dict.fromkeys(
        ("too_few", "between", "two_few", "two_many", "third_1", "third_2", "third_3"), False
    ) | dict.fromkeys(("half_known", "unknown", "no_pair"))


def test_p12b_nine_tenths_of_the_plan_are_enough(holds):
    assert holds(
        "P12b",
        pulse_delivery="""
        delivery_id | pulses_planned | pulses_delivered
        enough      | 90             | 81
        fewer       | 90             | 80
        more        | 90             | 100
        unplanned   |                | 90
        """,
    ) == {"enough": True, "fewer": False, "more": True, "unplanned": None}


def test_p14_start_and_end_do_not_exceed_the_highest_current(holds):
    assert holds(
        "P14",
        pulse_delivery="""
        delivery_id | current_start_a | current_end_a | current_max_a
        equal       | 30.5            | 30.5          | 30.5
        start       | 30.6            | 30.5          | 30.5
        end         | 30.5            | 30.6          | 30.5
        end_only    |                 | 30.6          | 30.5
        no_start    |                 | 30.5          | 30.5
        no_highest  | 30.5            | 30.5          |
        """,
    ) == {
        "equal": True,
        "start": False,
        "end": False,
        "end_only": False,
        "no_start": None,
        "no_highest": None,
    }


def test_p15_the_resistance_is_20_to_300_ohm(holds):
    assert holds(
        "P15",
        pulse_delivery="""
        delivery_id | voltage_v | current_max_a
        lowest      | 1000      | 50
        too_low     | 999       | 50
        highest     | 2490      | 8.3
        too_high    | 2491      | 8.3
        kiloampere  | 2000      | 0.035
        none_flowed | 2000      | 0
        unmeasured  | 2000      |
        """,
    ) == {
        "lowest": True,
        "too_low": False,
        "highest": True,
        "too_high": False,
        "kiloampere": False,
        "none_flowed": False,
        "unmeasured": None,
    }


def test_p16_the_zone_covers_the_lesion_and_5_mm_around_it(holds):
    assert holds(
        "P16",
        lesion_treatment="""
        procedure_id | lesion_id | ablation_zone_max_mm | complete_coverage_immediate
        covers       | lesion    | 30.1                 | Y
        short        | lesion    | 30.0                 | Y
        not_known    | lesion    | 30.0                 | 9
        told_so      | lesion    | 30.0                 | N
        unsaid       | lesion    | 30.0                 |
        unsaid_fits  | lesion    | 30.1                 |
        unmeasured   | lesion    |                      | Y
        unplaced     | elsewhere | 30.1                 | Y
        """,
        lesion="""
        lesion_id | max_diameter_mm
        lesion    | 20.1
        """,
    ) == {
        "covers": True,
        "short": False,
        "not_known": False,
        "told_so": True,
        "unsaid": None,
        "unsaid_fits": True,
        "unmeasured": None,
        "unplaced": None,
    }


def test_p17_success_rests_on_completion_imaging_or_the_scan_at_one_month(holds):
    assert holds(
        "P17",
        procedure="""
        procedure_id | patient_key | procedure_date | technical_success | completion_imaging
        imaged       | without     | 2025-03-01     | Y                 | CECT
        claimed      | without     | 2025-03-01     | Y                 | NONE
        on_the_day   | same_day    | 2025-03-01     | Y                 | NONE
        day_60       | day_60      | 2025-03-01     | Y                 | NONE
        day_61       | day_61      | 2025-03-01     | Y                 | NONE
        before       | before      | 2025-03-01     | Y                 | NONE
        at_3_months  | at_3_months | 2025-03-01     | Y                 | NONE
        not_said     | without     | 2025-03-01     | Y                 |
        failed       | without     | 2025-03-01     | N                 | NONE
        """,
        followup_imaging="""
        imaging_id | patient_key | nominal_visit | imaging_date
        1          | same_day    | M1            | 2025-03-01
        2          | day_60      | M1            | 2025-04-30
        3          | day_61      | M1            | 2025-05-01
        4          | before      | M1            | 2025-02-28
        5          | at_3_months | M3            | 2025-04-30
        """,
    ) == {
        "imaged": True,
        "claimed": False,
        "on_the_day": True,
        "day_60": True,
        "day_61": False,
        "before": False,
        "at_3_months": False,
        "not_said": None,
        "failed": True,
    }


def test_p18_the_operation_code_is_that_of_the_approach(holds):
    assert holds(
        "P18",
        procedure="""
        procedure_id   | approach     | opcs4
        percutaneous   | PERCUTANEOUS | J12.8;Y12.3;Y53.2
        open           | OPEN         | J03.2;Y12.3
        keyhole        | LAPAROSCOPIC | J08.3;Y12.3
        open_as_skin   | OPEN         | J12.8;Y12.3
        key_as_skin    | LAPAROSCOPIC | A01.1;J12.8
        skin_as_open   | PERCUTANEOUS | J03.2;Y12.3
        skin_as_key    | PERCUTANEOUS | J08.3;Y12.3
        both           | PERCUTANEOUS | J03.2;J12.8
        no_code        | PERCUTANEOUS |
        no_approach    |              | J12.8
        """,
    ) == dict.fromkeys(("percutaneous", "open", "keyhole"), True) | dict.fromkeys(
        ("open_as_skin", "key_as_skin", "skin_as_open", "skin_as_key", "both"), False
    ) | {"no_code": None, "no_approach": None}


def test_p19_y12_3_finds_the_case(holds):
    assert holds(
        "P19",
        procedure="""
        procedure_id | opcs4
        among_others | J12.8;Y12.3;Y53.2
        last         | J12.8;Y12.3
        neighbour    | J12.8;Y12.4
        no_code      |
        """,
    ) == {"among_others": True, "last": True, "neighbour": False, "no_code": None}


def test_p20_a_stop_for_arrhythmia_has_its_complication(holds):
    assert holds(
        "P20",
        procedure="""
        procedure_id | technical_success | abort_reason
        recorded     | ABORTED           | ARRHYTHMIA
        hidden       | ABORTED           | ARRHYTHMIA
        bled_only    | N                 | ARRHYTHMIA
        no_access    | ABORTED           | ACCESS
        contradicts  | Y                 | ARRHYTHMIA
        not_said     | ABORTED           |
        done         | Y                 |
        """,
        complication="""
        complication_id | procedure_id | nice_category
        1               | recorded     | BLEEDING
        2               | recorded     | ARRHYTHMIA
        3               | bled_only    | BLEEDING
        4               | elsewhere    | ARRHYTHMIA
        """,
    ) == {
        "recorded": True,
        "hidden": False,
        "bled_only": False,
        "no_access": True,
        "contradicts": False,
        "not_said": None,
        "done": True,
    }


def test_p21_pressure_above_200_or_a_crisis_is_explained_by_the_adrenal_gland(holds):
    assert holds(
        "P21",
        procedure="""
        procedure_id | max_sbp
        at_200       | 200
        above        | 201
        by_adrenal   | 201
        crisis       | 150
        crisis_near  | 150
        crisis_only  |
        unmeasured   |
        """,
        lesion_treatment="""
        procedure_id | lesion_id
        above        | kidney
        by_adrenal   | kidney
        by_adrenal   | adrenal
        crisis       | kidney
        crisis_near  | adrenal
        """,
        lesion="""
        lesion_id | other_structure
        kidney    | KIDNEY
        adrenal   | ADRENAL
        """,
        complication="""
        complication_id | procedure_id | subtype
        1               | crisis       | HYPERTENSIVE_CRISIS
        2               | crisis_near  | HYPERTENSIVE_CRISIS
        3               | crisis_only  | HYPERTENSIVE_CRISIS
        4               | unmeasured   | PAIN
        """,
    ) == {
        "at_200": True,
        "above": False,
        "by_adrenal": True,
        "crisis": False,
        "crisis_near": True,
        "crisis_only": False,
        "unmeasured": None,
    }


def test_p08_p11_p13_and_p14_are_held_in_limits_by_the_dictionary():
    pulses = site_tables()["pulse_delivery"].columns
    limits = {
        "spacing_mm": ((10, 25), (3, 40)),  # P08
        "voltage_v": ((1000, 3000), (100, 3000)),  # P11
        "pulse_length_us": ((70, 100), (20, 200)),  # P13
        "current_max_a": ((20, 50), (0, 60)),  # P14
    }
    assert {n: (pulses[n].plausible, pulses[n].hard) for n in limits} == limits
