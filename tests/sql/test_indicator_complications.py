"""Complications within their windows (S1, S2, S3, S5), and what is not known of them."""

from __future__ import annotations

from tests.sql.drawing import values


def of(connection, indicator):
    return values(connection, f"ind_{indicator}_per_procedure")


def events(*cells: str) -> str:
    """A complication table: procedure | onset | category | grade | relatedness."""
    head = (
        "complication_id | procedure_id | onset_date | nice_category | clavien_dindo | relatedness"
    )
    rows = [f"{number} | {row}" for number, row in enumerate(cells)]
    return "\n".join([head, *rows])


def procedures(*ids: str) -> str:
    rows = [f"{name} | 2024-01-01 | {'Y' if name == 'none_confirmed' else ''}" for name in ids]
    return "\n".join(["procedure_id | procedure_date | no_complication_confirmed", *rows])


def test_bleeding_counts_day_0_to_30_of_any_grade(warehouse):
    connection = warehouse(
        procedure=procedures("day_0", "day_30", "day_31", "other", "none_confirmed", "silent"),
        complication=events(
            "day_0 | 2024-01-01 | BLEEDING | I | UNRELATED",
            "day_30 | 2024-01-31 | BLEEDING | I | POSSIBLE",
            "day_31 | 2024-02-01 | BLEEDING | V | DEFINITE",
            "other | 2024-01-01 | OTHER | V | DEFINITE",
        ),
    )
    assert of(connection, "bleeding_30d") == {
        "day_0": 1,
        "day_30": 1,
        "day_31": 0,
        "other": 0,
        "none_confirmed": 0,
        "silent": None,
    }


def test_major_is_clavien_dindo_iiia_or_worse_with_or_without_the_suffix_d(warehouse):
    grades = ["I", "II", "IId", "IIIa", "IIIad", "IIIb", "IVa", "IVbd", "V"]
    connection = warehouse(
        procedure=procedures(*grades),
        complication=events(
            *(f"{grade} | 2024-01-05 | BLEEDING | {grade} | POSSIBLE" for grade in grades)
        ),
    )
    expected = {"I": 0, "II": 0, "IId": 0} | dict.fromkeys(grades[3:], 1)
    assert of(connection, "major_bleeding_30d") == expected
    assert of(connection, "major_complication_30d") == expected
    severe = "select procedure_id from fct_complication where is_life_threatening"
    assert {row[0] for row in connection.sql(severe).fetchall()} == {"IVa", "IVbd", "V"}


def test_major_complications_count_day_30_and_day_90_and_not_the_day_after(warehouse):
    connection = warehouse(
        procedure=procedures("day_30", "day_31", "day_90", "day_91"),
        complication=events(
            "day_30 | 2024-01-31 | OTHER | IIIa | UNRELATED",
            "day_31 | 2024-02-01 | OTHER | IIIa | POSSIBLE",
            "day_90 | 2024-03-31 | OTHER | IIIa | POSSIBLE",
            "day_91 | 2024-04-01 | OTHER | IIIa | POSSIBLE",
        ),
    )
    assert of(connection, "major_complication_30d") == {
        "day_30": 1,
        "day_31": 0,
        "day_90": 0,
        "day_91": 0,
    }
    assert of(connection, "major_complication_90d") == {
        "day_30": 1,
        "day_31": 1,
        "day_90": 1,
        "day_91": 0,
    }


def test_arrhythmia_counts_day_0_and_day_1_and_not_day_2(warehouse):
    connection = warehouse(
        procedure=procedures("day_0", "day_1", "day_2"),
        complication=events(
            "day_0 | 2024-01-01 | ARRHYTHMIA | I | POSSIBLE",
            "day_1 | 2024-01-02 | ARRHYTHMIA | I | POSSIBLE",
            "day_2 | 2024-01-03 | ARRHYTHMIA | I | POSSIBLE",
        ),
    )
    assert of(connection, "arrhythmia_1d") == {"day_0": 1, "day_1": 1, "day_2": 0}


def test_adjacent_damage_counts_related_damage_up_to_day_90(warehouse):
    connection = warehouse(
        procedure=procedures(
            "day_90", "day_91", "definite", "possible", "not_known", "unlikely", "not_recorded"
        ),
        complication=events(
            "day_90 | 2024-03-31 | ADJACENT_STRUCTURE | I | PROBABLE",
            "day_91 | 2024-04-01 | ADJACENT_STRUCTURE | I | PROBABLE",
            "definite | 2024-01-02 | ADJACENT_STRUCTURE | I | DEFINITE",
            "possible | 2024-01-02 | ADJACENT_STRUCTURE | I | POSSIBLE",
            "not_known | 2024-01-02 | ADJACENT_STRUCTURE | I | 9",
            "unlikely | 2024-01-02 | ADJACENT_STRUCTURE | I | UNLIKELY",
            "not_recorded | 2024-01-02 | ADJACENT_STRUCTURE | I |",
        ),
    )
    assert of(connection, "adjacent_damage_90d") == {
        "day_90": 1,
        "day_91": 0,
        "definite": 1,
        "possible": 1,
        "not_known": 1,
        "unlikely": 0,
        "not_recorded": None,
    }


def test_several_complications_make_one_row_a_procedure(warehouse):
    connection = warehouse(
        procedure=procedures("twice"),
        complication=events(
            "twice | 2024-01-01 | BLEEDING | I | POSSIBLE",
            "twice | 2024-01-02 | BLEEDING | IIIa | POSSIBLE",
        ),
    )
    assert of(connection, "bleeding_30d") == {"twice": 1}


def test_silence_and_a_no_are_not_a_none(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | no_complication_confirmed
        silent       |
        said_no      | N
        """
    )
    found = connection.sql(
        "select procedure_id, value, reason from ind_major_complication_30d_per_procedure"
    ).fetchall()
    assert {row[1] for row in found} == {None}
    assert {row[2] for row in found} == {"no complication recorded and none confirmed"}


def test_a_complication_left_out_makes_the_outcome_unknown_unless_an_event_is_known(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | no_complication_confirmed
        left_out     | Y
        also_known   |
        value_only   |
        other_table  | Y
        """,
        complication="""
        complication_id | procedure_id | nice_category | clavien_dindo
        a               | also_known   | BLEEDING      | IIIa
        c               | value_only   | OTHER         | I
        """,
        exclusions="""
        rule | table_name     | record_key | column_name   | procedure_id | is_protected
        R1   | complication   | b          |               | left_out     | Y
        R1   | complication   | b2         |               | also_known   | Y
        R1   | complication   | c          | recorded_date | value_only   | Y
        R1   | pulse_delivery | p          |               | other_table  | N
        """,
    )
    assert of(connection, "bleeding_30d") == {
        "left_out": None,
        "also_known": 1,
        "value_only": 0,
        "other_table": 0,
    }
    excluded = values(connection, "fct_procedure", "excluded_records")
    assert excluded == {"left_out": 1, "also_known": 1, "value_only": 1, "other_table": 1}
    protected = values(connection, "fct_procedure", "excluded_protected")
    assert protected == {"left_out": 1, "also_known": 1, "value_only": 1, "other_table": 0}
