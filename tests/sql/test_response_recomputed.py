"""The response that the sums of diameters give, beside the one that the site recorded."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("criteria", "sums", "response"),
    [
        ("mRECIST", [21], "PR"),  # 30 to 21 mm, -30.0 %
        ("mRECIST", [22], "SD"),  # 30 to 22 mm, -26.7 %
        ("mRECIST", [0], "CR"),
        ("mRECIST", [20, 24], "PD"),  # nadir 20 to 24 mm, +20 %
        ("RECIST1.1", [20, 24], "SD"),  # needs 5 mm too
        ("RECIST1.1", [25, 30], "PD"),
        ("mRECIST", [23.9], "SD"),
        ("LIRADS_TRA_v2018", [21], None),
        ("mRECIST", [""], None),
    ],
)
def test_a_response_is_recomputed_from_baseline_and_nadir(warehouse, criteria, sums, response):
    rows = "\n".join(
        f"i{n} | p | 2024-0{n}-01 | {criteria} | {size} | 30 | SD" for n, size in enumerate(sums, 2)
    )
    connection = warehouse(
        procedure="procedure_id | patient\np | p",
        followup_imaging="imaging_id | patient | imaging_date | criteria | sum_viable_mm | "
        f"sum_baseline_mm | overall_response\n{rows}",
    )
    found = connection.sql(
        "select response_recomputed from fct_followup order by imaging_date desc"
    ).fetchall()
    assert found[0] == (response,)
