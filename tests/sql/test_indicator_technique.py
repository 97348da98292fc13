"""Spacing and parallelism (C7), ECG synchronisation (C8), small and near (C9), reports (C10)."""

from __future__ import annotations

from tests.sql.drawing import values

PULSES = """
    delivery_id | procedure_id | lesion_id | spacing_verified_imaging | parallel_confirmed
    a1          | all          | l         | CT                       | Y
    a2          | all          | l         | US                       | Y
    b1          | unverified   | l         | CT                       | Y
    b2          | unverified   | l         | NO                       | Y
    c1          | crossed      | l         | CT                       | N
    d1          | doubtful     | l         | CT                       | Y
    d2          | doubtful     | l         |                          | Y
    e1          | fails        | l         |                          | N
"""


def test_every_pair_must_be_verified_and_parallel(warehouse):
    connection = warehouse(
        procedure="procedure_id | patient\n"
        + "\n".join(
            f"{p} | p" for p in ("all", "unverified", "crossed", "doubtful", "fails", "none")
        ),
        lesion="lesion_id | patient\nl | p",
        pulse_delivery=PULSES,
    )
    source = "ind_spacing_and_parallel_per_procedure"
    assert values(connection, source) == {
        "all": 1,
        "unverified": 0,
        "crossed": 0,
        "doubtful": None,
        "fails": 0,
        "none": None,
    }
    assert values(connection, source, "reason") == {
        "all": None,
        "unverified": "spacing not verified on imaging",
        "crossed": "electrodes not confirmed parallel",
        "doubtful": "spacing or parallelism of a pair not recorded",
        "fails": "electrodes not confirmed parallel",
        "none": "no record of the pulses",
    }
    pairs = connection.sql("select delivery_id, value from ind_spacing_and_parallel_per_pair")
    assert dict(pairs.fetchall()) == {
        "a1": 1,
        "a2": 1,
        "b1": 1,
        "b2": 0,
        "c1": 0,
        "d1": 1,
        "d2": None,
        "e1": 0,
    }


def test_synchronisation_is_of_the_procedure_and_of_every_pair(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | patient | ecg_sync_used
        yes          | p       | Y
        no_pulses    | p       | Y
        no           | p       | N
        one_pair_not | p       | Y
        not_recorded | p       |
        pair_unknown | p       | Y
        """,
        lesion="lesion_id | patient\nl | p",
        pulse_delivery="""
        delivery_id | procedure_id | lesion_id | ecg_sync
        1           | yes          | l         | Y
        2           | one_pair_not | l         | Y
        3           | one_pair_not | l         | N
        4           | not_recorded | l         | Y
        5           | pair_unknown | l         |
        """,
    )
    assert values(connection, "ind_ecg_synchronised_per_procedure") == {
        "yes": 1,
        "no_pulses": 1,
        "no": 0,
        "one_pair_not": 0,
        "not_recorded": None,
        "pair_unknown": None,
    }


def test_small_and_near_is_under_30_mm_and_within_10_mm(warehouse):
    lesions = {  # max_diameter_mm | dist_vessel_mm | dist_bile_duct_mm
        "29.9 | 10 | 50": 1,
        "30.0 | 10 | 50": 0,  # "under 3 cm" is strict
        "29.9 | 10.1 | 50": 0,
        "29.9 | 50 | 10": 1,
        "29.9 | 50 | 10.1": 0,
        "29.9 | | 50": None,
        "29.9 | 5 | ": 1,
        "30.0 | | ": 0,
        " | 5 | 5": None,
        " | 50 | 50": 0,
    }
    numbered = dict(enumerate(lesions))
    connection = warehouse(
        procedure="procedure_id | procedure_date | patient\n"
        + "\n".join(f"first{n}|2024-01-01|p{n}\nagain{n}|2024-05-01|p{n}" for n in numbered),
        lesion="lesion_id | patient | max_diameter_mm | dist_vessel_mm | dist_bile_duct_mm\n"
        + "\n".join(f"l{n} | p{n} | {cells}" for n, cells in numbered.items()),
        lesion_treatment="procedure_id | lesion_id | patient\n"
        + "\n".join(f"first{n}|l{n}|p{n}\nagain{n}|l{n}|p{n}" for n in numbered),
    )
    found = values(connection, "ind_small_and_near_per_lesion")
    assert found == {f"first{n}": lesions[cells] for n, cells in numbered.items()}


def test_device_problems_are_counted_by_complication_with_the_days_to_the_report(warehouse):
    connection = warehouse(
        procedure="procedure_id\np",
        complication="""
        complication_id|procedure_id|device_related_suspected|yellow_card_ref|recorded_date|yellow_card_date
        reported|p|Y|YC1|2024-01-02|2024-01-12
        undated|p|Y|YC2|2024-01-02|
        silent|p|Y||2024-01-02|
        no_device|p|N||2024-01-02|
        unknown|p|9||2024-01-02|
        """,
    )
    found = connection.sql(
        "select complication_id, value, amount from ind_yellow_card_per_complication"
    ).fetchall()
    assert {name: tuple(rest) for name, *rest in found} == {
        "reported": (1, 10),
        "undated": (1, None),
        "silent": (0, None),
    }


def test_the_field_is_the_voltage_by_the_centimetre(warehouse):
    connection = warehouse(
        procedure="procedure_id | patient\np | p",
        lesion="lesion_id | patient\nl | p",
        pulse_delivery="""
        delivery_id | procedure_id | lesion_id | voltage_v | spacing_mm
        d1          | p            | l         | 2250      | 15
        d2          | p            | l         | 3000      | 20
        d3          | p            | l         | 1500      | 15
        d4          | p            | l         | 3000      | 12
        """,
    )
    found = connection.sql("select delivery_id, volts_per_cm from fct_pulse").fetchall()
    assert dict(found) == {"d1": 1500, "d2": 1500, "d3": 1000, "d4": 2500}
