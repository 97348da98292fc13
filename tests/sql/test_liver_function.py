"""Liver function worked out from its components, and compared with what was sent."""

from __future__ import annotations

import csv

from tests.sql.drawing import values
from tests.sql.test_scoring import RECORDED


def vectors():
    with RECORDED.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["what"] == "albi"]
    return [(*row["given"].split(), *row["expected"].split()) for row in rows]


def patients(warehouse, columns, rows):
    """Patients p0, p1, … with these cells, and a procedure of each that has its name."""
    return warehouse(
        patient=f"patient | {columns}\n"
        + "\n".join(f"p{n} | {cells}" for n, cells in enumerate(rows)),
        procedure="procedure_id | patient\n" + "\n".join(f"p{n} | p{n}" for n in range(len(rows))),
    )


def of_patients(connection, columns):
    """These columns of p0, p1, … in turn."""
    rows = connection.sql(f"select {columns} from dim_patient order by patient_key[2:]::integer")
    return rows.fetchall()


def test_albi_is_as_recorded(warehouse):
    recorded = vectors()
    cells = [f"{bilirubin} | {albumin}" for bilirubin, albumin, _, _ in recorded]
    connection = patients(warehouse, "bilirubin | albumin", cells)
    found = of_patients(connection, "round(albi_score, 4), albi_grade")
    assert found == [(float(score), int(grade)) for _, _, score, grade in recorded]


def test_albi_grades_change_at_their_thresholds(warehouse):
    grades = {  # bilirubin | albumin
        "1 | 30.58": 2,  # -2.5993
        "1 | 30.59": 1,  # -2.60015
        "1 | 16.36": 2,  # -1.3906
        "1 | 16.35": 3,  # -1.38975
        " | 40": None,
        "10 | ": None,
        "10 | 4.0": None,  # g/dL
    }
    connection = patients(warehouse, "bilirubin | albumin", grades)
    assert of_patients(connection, "albi_grade") == [(grade,) for grade in grades.values()]


LIVER = "bilirubin|albumin|inr|ascites|encephalopathy_grade|child_pugh_score|child_pugh_class"


def test_child_pugh_is_recomputed_and_compared(warehouse):
    expected = {  # cells: points, class, agrees
        "20|40|1.1|NONE|0|5|A": (5, "A", 1),
        "33.9|35.1|1.6|NONE|0|5|A": (5, "A", 1),
        "34|35|1.7|NONE|0|8|B": (8, "B", 1),
        "50|28|2.3|NONE|0|8|B": (8, "B", 1),
        "50.1|27.9|2.4|MODERATE_SEVERE|3|15|C": (15, "C", 1),
        "20|40|1.1|NONE|0|6|A": (5, "A", 0),
        "20|40|1.1|NONE||5|A": (None, None, None),
        "20|40|1.1|NONE|0||A": (5, "A", None),
    }
    connection = patients(warehouse, LIVER, expected)
    found = of_patients(connection, "child_pugh_points, child_pugh_class_recomputed")
    assert found == [(points, class_) for points, class_, _ in expected.values()]
    agrees = {f"p{n}": value for n, (_, _, value) in enumerate(expected.values())}
    assert values(connection, "ind_child_pugh_agrees_per_patient") == agrees


def test_a_response_agrees_where_the_sums_give_it(warehouse):
    connection = warehouse(
        procedure="procedure_id | patient\np | p",
        followup_imaging="""
        imaging_id | patient | imaging_date | criteria | overall_response | sum_viable_mm
        agrees     | p       | 2024-02-01   | mRECIST  | PR               | 21
        differs    | p       | 2024-02-01   | mRECIST  | PR               | 22
        not_told   | p       | 2024-02-01   | mRECIST  | PR               |
        not_judged | p       | 2024-02-01   | mRECIST  |                  | 21
        evaluable  | p       | 2024-02-01   | mRECIST  | NE               | 21
        other      | p       | 2024-02-01   | EASL     | PR               | 21
        """.replace("sum_viable_mm\n", "sum_viable_mm | sum_baseline_mm\n")
        .replace("21\n", "21 | 30\n")
        .replace("22\n", "22 | 30\n")
        .replace("|\n", "| | 30\n"),
    )
    found = connection.sql("select imaging_id, value from ind_response_agrees_per_scan")
    assert dict(found.fetchall()) == {
        "agrees": 1,
        "differs": 0,
        "not_told": None,
        "not_judged": None,
    }
