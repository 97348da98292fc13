"""Liver function worked out from its components, and compared with what was sent."""

from __future__ import annotations

import csv

import pytest

from tests.sql.drawing import values
from tests.sql.test_scoring import RECORDED


def vectors():
    with RECORDED.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["what"] == "albi"]
    return [(*row["given"].split(), *row["expected"].split()) for row in rows]


def patients(warehouse, columns, cells):
    return warehouse(
        patient=f"patient | {columns}\np | {cells}", procedure="procedure_id | patient\np | p"
    )


@pytest.mark.parametrize(("bilirubin", "albumin", "score", "grade"), vectors())
def test_albi_is_as_recorded(warehouse, bilirubin, albumin, score, grade):
    connection = patients(warehouse, "bilirubin | albumin", f"{bilirubin} | {albumin}")
    found = connection.sql("select round(albi_score, 4), albi_grade from dim_patient").fetchall()
    assert found == [(float(score), int(grade))]


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "grade"),
    [
        ("1", "30.58", 2),  # -2.5993
        ("1", "30.59", 1),  # -2.60015
        ("1", "16.36", 2),  # -1.3906
        ("1", "16.35", 3),  # -1.38975
        ("", "40", None),
        ("10", "", None),
        ("10", "4.0", None),  # g/dL
    ],
)
def test_albi_grades_change_at_their_thresholds(warehouse, bilirubin, albumin, grade):
    connection = patients(warehouse, "bilirubin | albumin", f"{bilirubin} | {albumin}")
    assert connection.sql("select albi_grade from dim_patient").fetchall() == [(grade,)]


LIVER = "bilirubin|albumin|inr|ascites|encephalopathy_grade|child_pugh_score|child_pugh_class"


@pytest.mark.parametrize(
    ("cells", "points", "class_", "agrees"),
    [
        ("20|40|1.1|NONE|0|5|A", 5, "A", 1),
        ("33.9|35.1|1.6|NONE|0|5|A", 5, "A", 1),
        ("34|35|1.7|NONE|0|8|B", 8, "B", 1),
        ("50|28|2.3|NONE|0|8|B", 8, "B", 1),
        ("50.1|27.9|2.4|MODERATE_SEVERE|3|15|C", 15, "C", 1),
        ("20|40|1.1|NONE|0|6|A", 5, "A", 0),
        ("20|40|1.1|NONE||5|A", None, None, None),
        ("20|40|1.1|NONE|0||A", 5, "A", None),
    ],
)
def test_child_pugh_is_recomputed_and_compared(warehouse, cells, points, class_, agrees):
    connection = patients(warehouse, LIVER, cells)
    found = connection.sql(
        "select child_pugh_points, child_pugh_class_recomputed from dim_patient"
    ).fetchall()
    assert found == [(points, class_)]
    assert values(connection, "ind_child_pugh_agrees_per_patient") == {"p": agrees}


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
