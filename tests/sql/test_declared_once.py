"""A number that stands in two places is the same in both."""

from __future__ import annotations

import re

import polars as pl
import pytest

from expectations.dictionary import tables
from expectations.rules import sql_rules
from sql import catalog
from sql.policy import shipped
from sql.scoring import scales
from sql.technique import small_and_near

SELECTS = {model.name: model.select for model in catalog.models()}
CHANGES = {
    entry.name: SELECTS[entry.model]
    for entry in catalog.indicators().values()
    if "fct_prom_pair" in SELECTS[entry.model] and "_before" in SELECTS[entry.model]
}
WORSE = re.compile(r"when round\((\w+) - (\w+)_before, 6\) (<= -|>= )([\d.]+) then 1")
MATURE = dict(re.findall(r"observed_days >= (\d+), false\) as (\w+)", SELECTS["fct_procedure"]))


@pytest.mark.parametrize("select", CHANGES.values(), ids=CHANGES)
def test_a_change_for_the_worse_is_the_smallest_change_of_its_scale(select):
    ((after, before, sign, points),) = WORSE.findall(select)
    scale = scales()[after]
    assert before == after
    assert float(points) == scale.smallest_change
    assert (sign == "<= -") is scale.is_higher_better
    assert f"-- Value: 1 worse by {points} points or more" in select
    assert f"instrument = '{scale.instrument}'" in select


def test_every_scale_s_change_of_an_indicator_is_compared():
    assert len(CHANGES) == 15


@pytest.mark.parametrize("entry", catalog.indicators().values(), ids=lambda entry: entry.id)
def test_an_indicator_waits_as_long_as_it_is_declared_to(entry):
    select = SELECTS[entry.model]
    waits = {int(days) for days in re.findall(r"\bobserved_days >= (\d+)", select)}
    waits |= {int(days) for days, flag in MATURE.items() if re.search(rf"\b{flag}\b", select)}
    assert waits - {0} == {entry.maturity_days} - {0}


def test_liver_function_is_worked_out_within_the_hard_limits_of_the_dictionary():
    found = re.findall(r"(\w+) between (\d+) and (\d+)", SELECTS["dim_patient"])
    assert [name for name, *_ in found] == ["bilirubin", "albumin"]
    for name, low, high in found:
        assert tables()["patient"].columns[name].hard == (float(low), float(high))


def test_model_rule_and_page_call_the_same_lesions_small_and_near(warehouse):
    sizes, distances, nearest = ("29.9", "30", ""), ("5", "10", "10.1", ""), ("NONE", "")
    drawn = [
        (size, vessel, near, duct, "CHD")
        for size in sizes
        for vessel in distances
        for near in nearest
        for duct in distances
    ]
    ids = [f"l{n}" for n in range(len(drawn))]
    connection = warehouse(
        procedure="procedure_id | patient\n" + "\n".join(f"{i} | {i}" for i in ids),
        lesion="lesion_id | patient | max_diameter_mm | dist_vessel_mm | nearest_vessel"
        " | dist_bile_duct_mm | nearest_duct\n"
        + "\n".join(" | ".join((i, i, *cells)) for i, cells in zip(ids, drawn, strict=True)),
        lesion_treatment="procedure_id | lesion_id\n" + "\n".join(f"{i} | {i}" for i in ids),
    )
    model = connection.sql("select lesion_id, value = 1 from ind_small_and_near_per_lesion")
    found = dict(model.fetchall())
    assert set(found.values()) == {True, False, None}
    connection.execute("create temp view lesion as select lesion_id as row_id, * from stg_lesion")
    rule = next(rule for rule in sql_rules() if rule.rule.id == "T07")
    assert dict(connection.execute(rule.select).fetchall()) == found
    (near,) = (one.value for one in shipped() if one.name == "near_mm")
    page = small_and_near(connection.sql("select * from fct_lesion").pl(), near)
    assert dict(page.select("lesion_id", "is_small_and_near").iter_rows()) == found
    assert page.filter(pl.col("is_near").is_null()).height
