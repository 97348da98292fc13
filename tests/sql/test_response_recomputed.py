"""The response that the sums of diameters give, beside the one that the site recorded."""

from __future__ import annotations

import random

from expectations.rules import sql_rules


def test_a_response_is_recomputed_from_baseline_and_nadir(warehouse):
    scans = [  # criteria, sums of a patient's scans in turn, response of the last
        ("mRECIST", [21], "PR"),  # 30 to 21 mm, -30.0 %
        ("mRECIST", [22], "SD"),  # 30 to 22 mm, -26.7 %
        ("mRECIST", [0], "CR"),
        ("mRECIST", [20, 24], "PD"),  # nadir 20 to 24 mm, +20 %
        ("RECIST1.1", [20, 24], "SD"),  # needs 5 mm too
        ("RECIST1.1", [25, 30], "PD"),
        ("mRECIST", [23.9], "SD"),
        ("LIRADS_TRA_v2018", [21], None),
        ("mRECIST", [""], None),
    ]
    people = range(len(scans))
    rows = "\n".join(
        f"p{p} scan {n} | p{p} | 2024-0{n}-01 | {criteria} | {size} | 30 | SD"
        for p, (criteria, sums, _) in enumerate(scans)
        for n, size in enumerate(sums, 2)
    )
    connection = warehouse(
        procedure="procedure_id | patient\n" + "\n".join(f"p{p} | p{p}" for p in people),
        followup_imaging="imaging_id | patient | imaging_date | criteria | sum_viable_mm | "
        f"sum_baseline_mm | overall_response\n{rows}",
    )
    # In the order of days, the last of each patient stays.
    found = connection.sql(
        "select patient_key, response_recomputed from fct_followup order by imaging_date"
    ).fetchall()
    assert dict(found) == {f"p{p}": response for p, (_, _, response) in enumerate(scans)}


def test_the_mart_and_the_rule_say_the_same_of_any_scan(warehouse):
    chance = random.Random(8)
    columns = {
        "criteria": ["mRECIST", "mRECIST", "RECIST1.1", "LIRADS_TRA_v2018", ""],
        "overall_response": ["CR", "PR", "SD", "SD", "PD", "PD", "NE", ""],
        "new_lesion": ["NONE"] * 6 + ["INTRAHEPATIC_DISTANT"],
        "sum_viable_mm": ["0", "14", "20", "21", "24", "25", "30", "36", ""],
        "sum_baseline_mm": ["30", "30", "20", ""],
    }
    rows = [
        [f"i{n}", f"p{n % 60}", f"2024-0{chance.randint(2, 4)}-01"]
        + [chance.choice(values) for values in columns.values()]
        for n in range(400)
    ]
    header = ["imaging_id", "patient", "imaging_date", *columns]
    connection = warehouse(
        procedure="procedure_id | patient\n" + "\n".join(f"p{n} | p{n}" for n in range(60)),
        followup_imaging="\n".join(" | ".join(row) for row in [header, *rows]),
    )
    connection.execute("""
        create temp view followup_imaging as
        select imaging_id as row_id, * from stg_followup_imaging
    """)
    rule = next(rule for rule in sql_rules() if rule.rule.id == "O08")
    asked = dict.fromkeys(row[0] for row in rows) | dict(connection.execute(rule.select).fetchall())
    found = dict(
        connection.sql(
            "select imaging_id, overall_response = response_recomputed from fct_followup"
        ).fetchall()
    )
    assert found == asked
    assert set(found.values()) == {True, False, None}
