"""Equality characteristics (Eq1, Eq2) and sustainability (Env1)."""

from __future__ import annotations

from tests.sql.drawing import values


def of_people(warehouse, column, cells):
    """A procedure of a patient for each cell of this column; patient and procedure of its name."""
    return warehouse(
        patient=f"patient | {column}\n" + "\n".join(f"of {cell} | {cell}" for cell in cells),
        procedure="procedure_id | patient | procedure_date\n"
        + "\n".join(f"of {cell} | of {cell} | 2024-01-01" for cell in cells),
    )


def test_age_bands_begin_at_55_65_and_75(warehouse):
    bands = {
        "1969-02": "under 55",
        "1969-01": "55 to 64",
        "1959-02": "55 to 64",
        "1959-01": "65 to 74",
        "1949-02": "65 to 74",
        "1949-01": "75 and over",
    }
    connection = of_people(warehouse, "birth_year_month", bands)
    found = values(connection, "fct_procedure", "age_band")
    assert found == {f"of {born}": band for born, band in bands.items()}


PEOPLE = ("whole", "no_age", "no_sex", "no_eth", "no_eth2", "no_imd")


def test_equality_is_recorded_where_all_four_are_known(warehouse):
    connection = warehouse(
        patient="""
        patient | birth_year_month | phenotypic_sex | ethnic_category | imd_decile
        whole   | 1950-01          | 1              | A               | 1
        no_age  |                  | 1              | A               | 1
        no_sex  | 1950-01          | X              | A               | 1
        no_eth  | 1950-01          | 2              | Z               | 1
        no_eth2 | 1950-01          | 2              | 99              | 1
        no_imd  | 1950-01          | 9              | S               |
        """,
        procedure="procedure_id | patient\n" + "\n".join(f"{p} | {p}" for p in PEOPLE),
    )
    found = values(connection, "ind_equity_recorded_per_patient")
    assert found == dict.fromkeys(found, 0) | {"whole": 1}
    reasons = values(connection, "ind_equity_recorded_per_patient", "reason")
    assert reasons["no_eth2"] == "ethnic group not known"


def test_the_most_deprived_fifth_is_decile_1_and_2(warehouse):
    fifths = {"1": (1, 1), "2": (1, 1), "3": (2, 0), "9": (5, 0), "10": (5, 0), "": (None, None)}
    connection = of_people(warehouse, "imd_decile", fifths)
    found = values(connection, "fct_procedure", "imd_quintile")
    assert found == {f"of {decile}".strip(): fifth for decile, (fifth, _) in fifths.items()}
    found = values(connection, "ind_most_deprived_fifth_per_patient")
    assert found == {f"of {decile}".strip(): value for decile, (_, value) in fifths.items()}


def test_every_ethnic_category_is_of_one_of_five_groups(warehouse):
    groups = {
        **dict.fromkeys("ABC", ("White", 0)),
        **dict.fromkeys("DEFG", ("Mixed", 1)),
        **dict.fromkeys("HJKL", ("Asian", 1)),
        **dict.fromkeys("MNP", ("Black", 1)),
        **dict.fromkeys("RS", ("Chinese or other", 1)),
        "Z": (None, None),
        "99": (None, None),
    }
    connection = of_people(warehouse, "ethnic_category", groups)
    found = values(connection, "fct_procedure", "ethnic_group")
    assert found == {f"of {code}": group for code, (group, _) in groups.items()}
    found = values(connection, "ind_minority_ethnic_group_per_patient")
    assert found == {f"of {code}": value for code, (_, value) in groups.items()}


def test_the_gas_that_is_not_recorded_is_unknown_and_the_others_are_parted(warehouse):
    connection = warehouse(
        procedure="procedure_id | volatile_agent\ntiva | TIVA\ndes | DES\nsevo | SEVO\nnone |"
    )
    for name, code in (
        ("total_intravenous", "tiva"),
        ("desflurane", "des"),
        ("sevoflurane", "sevo"),
    ):
        found = values(connection, f"ind_{name}_per_procedure")
        assert found == dict.fromkeys(("tiva", "des", "sevo"), 0) | {code: 1, "none": None}


def test_items_and_distance_are_measured_and_none_is_not_nought(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | single_use_items_count | patient_travel_km
        some         | 12                     | 40.5
        nought       | 0                      | 0
        not_recorded |                        |
        """
    )
    items = values(connection, "ind_single_use_items_per_procedure", "amount")
    assert items == {"some": 12, "nought": 0, "not_recorded": None}
    known = values(connection, "ind_travel_per_procedure")
    assert known == {"some": 1, "nought": 1, "not_recorded": None}


def test_a_repeat_counts_up_to_day_365_of_patients_followed_so_long(warehouse):
    connection = warehouse(
        complete_to="2025-03-31",
        procedure="""
        procedure_id | procedure_date | patient
        day_365      | 2024-01-01     | a
        a2           | 2024-12-31     | a
        day_366      | 2024-01-01     | b
        b2           | 2025-01-01     | b
        once         | 2024-03-31     | c
        not_mature   | 2024-04-01     | d
        """,
    )
    assert values(connection, "ind_repeat_session_12m_per_patient") == {
        "day_365": 1,
        "day_366": 0,
        "once": 0,
    }
