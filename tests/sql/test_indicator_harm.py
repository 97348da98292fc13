"""Any complication (S6), decompensation and abscess (S8), stay and readmission (S9)."""

from __future__ import annotations

from tests.sql.drawing import values


def complicated(warehouse, complications):
    """A procedure of 1 January 2024 for each complication: subtype and onset, its name."""
    return warehouse(
        procedure="procedure_id\n" + "\n".join(map(" ".join, complications)),
        complication="complication_id | procedure_id | subtype | onset_date\n"
        + "\n".join(
            f"x{number} | {subtype} {onset} | {subtype} | {onset}"
            for number, (subtype, onset) in enumerate(complications)
        ),
    )


def test_any_complication_counts_day_30_and_not_day_31(warehouse):
    days = {"2024-01-01": 1, "2024-01-31": 1, "2024-02-01": 0}
    connection = complicated(warehouse, [("PAIN", day) for day in days])
    found = values(connection, "ind_any_complication_30d_per_procedure")
    assert found == {f"PAIN {day}": value for day, value in days.items()}


def test_silence_is_an_unknown_outcome_and_a_confirmation_none(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | no_complication_confirmed
        confirmed    | Y
        silent       |
        """
    )
    for name in ("any_complication_30d", "abscess_90d", "decompensation_90d"):
        found = values(connection, f"ind_{name}_per_procedure")
        assert found == {"confirmed": 0, "silent": None}, name


def test_a_procedure_counts_once_its_window_has_elapsed(warehouse):
    # The site is complete to 31 March: the procedures lie that many days before it, and one less.
    days = ("2024-03-01", "2024-03-02", "2024-01-01", "2024-01-02")
    connection = warehouse(
        complete_to="2024-03-31",
        procedure="procedure_id | procedure_date\n" + "\n".join(f"{d} | {d}" for d in days),
    )
    for name, mature in (
        ("any_complication_30d", {"2024-03-01", "2024-01-01", "2024-01-02"}),
        ("abscess_90d", {"2024-01-01"}),
        ("decompensation_90d", {"2024-01-01"}),
    ):
        assert set(values(connection, f"ind_{name}_per_procedure")) == mature, name


def test_abscess_and_decompensation_are_counted_by_subtype_up_to_day_90(warehouse):
    counted = {  # subtype and onset: an abscess, decompensated
        ("ABSCESS", "2024-03-31"): (1, 0),  # day 90
        ("ABSCESS", "2024-04-01"): (0, 0),  # day 91
        ("LIVER_FAILURE", "2024-03-31"): (0, 1),
        ("ASCITES", "2024-03-31"): (0, 1),
        ("ENCEPHALOPATHY", "2024-03-31"): (0, 1),
        ("ENCEPHALOPATHY", "2024-04-01"): (0, 0),
        ("SEPSIS", "2024-03-01"): (0, 0),
    }
    connection = complicated(warehouse, counted)
    for place, name in enumerate(("abscess_90d", "decompensation_90d")):
        found = values(connection, f"ind_{name}_per_procedure")
        assert found == {" ".join(one): value[place] for one, value in counted.items()}


def test_intensive_care_that_is_not_recorded_is_an_unknown_outcome(warehouse):
    connection = warehouse(
        complete_to="2024-03-31",
        procedure="""
        procedure_id | procedure_date | unplanned_icu
        yes          | 2024-03-01     | Y
        no           | 2024-01-01     | N
        unknown      | 2024-01-01     |
        not_mature   | 2024-03-02     | Y
        """,
    )
    assert values(connection, "ind_unplanned_icu_30d_per_procedure") == {
        "yes": 1,
        "no": 0,
        "unknown": None,
    }


def test_a_stay_is_long_from_day_4_after_admission(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | admission_date | discharge_date
        day_3        | 2024-01-01     | 2024-01-04
        day_4        | 2024-01-01     | 2024-01-05
        before       | 2023-12-31     | 2024-01-04
        same_day     | 2024-01-01     | 2024-01-01
        in_hospital  | 2024-01-01     |
        no_admission |                | 2024-01-04
        """
    )
    assert values(connection, "ind_stay_over_3_days_per_procedure") == {
        "day_3": 0,
        "day_4": 1,
        "before": 1,
        "same_day": 0,
        "in_hospital": None,
        "no_admission": None,
    }


def test_readmission_counts_30_days_from_discharge_and_silence_is_not_none(warehouse):
    connection = warehouse(
        complete_to="2024-06-30",
        procedure="""
        procedure_id|procedure_date|discharge_date|readmission_30d_date|no_complication_confirmed
        day_30|2024-01-01|2024-01-03|2024-02-02|
        day_31|2024-01-01|2024-01-03|2024-02-03|
        none|2024-01-01|2024-01-03||Y
        silent|2024-01-01|2024-01-03||
        no_discharge|2024-01-01|||Y
        undated|2024-01-01||2024-01-20|Y
        elapsed|2024-05-30|2024-05-31||Y
        not_elapsed|2024-05-30|2024-06-01||Y
        not_mature|2024-06-01|2024-06-02||Y
        """,
    )
    assert values(connection, "ind_readmission_30d_per_procedure") == {
        "day_30": 1,
        "day_31": 0,
        "none": 0,
        "silent": None,
        "no_discharge": None,
        "undated": None,
        "elapsed": 0,
        "not_elapsed": None,
    }
