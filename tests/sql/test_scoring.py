"""The scores of the questionnaires, missing answers included, against recorded vectors."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from expectations.dictionary import site_tables
from sql.frames import make
from sql.scoring import scales, stage_scores
from sql.value_sets import ValueSetError, in_force
from tests.sql.drawing import stored

RECORDED = Path(__file__).parents[1] / "references" / "scoring.csv"


def recorded(what):
    with RECORDED.open() as lines:
        return [(r["given"], r["expected"]) for r in csv.DictReader(lines) if r["what"] == what]


def scored(instrument, answers, *columns, **beside):
    """Scores of one questionnaire: answers by item number."""
    items = {f"item_{number:02d}": answer for number, answer in answers.items()}
    row = {"patient": "p", "procedure_id": "p", "instrument": instrument, "timepoint": "M3"}
    rows = stored(site_tables()["prom"], [row | items | beside])
    with duckdb.connect() as connection:
        make(connection, "stg_prom", rows.with_columns(site_id=pl.lit("ZZ101")))
        stage_scores(connection)
        named = ", ".join(columns)
        return connection.sql(f"select {named} from stg_prom_score").fetchall()[0]


@pytest.mark.parametrize("scale", ["c30_pf", "c30_fa", "c30_ql", "c30_pa"])
def test_qlq_c30_scales_score_as_recorded(scale):
    ((given, expected),) = recorded(scale)
    answers = dict(zip(scales()[scale].items, map(int, given.split()), strict=True))
    (score,) = scored("QLQ-C30", answers, scale)
    assert round(score, 2) == float(expected)


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ({1: 1, 2: 1, 3: 1}, 100.0),  # three of five: more than half
        ({1: 1, 2: 1}, None),  # two of five
        ({}, None),
    ],
)
def test_physical_functioning_needs_half_of_its_items(answers, score):
    assert scored("QLQ-C30", answers, "c30_pf") == (score,)


def test_exactly_half_of_the_items_is_enough_for_an_eortc_scale():
    assert scored("QLQ-C30", {9: 2}, "c30_pa") == (pytest.approx(100 / 3),)


def test_the_best_answers_score_100_where_more_is_better_and_0_where_it_is_worse():
    best = dict.fromkeys(range(1, 29), 1) | {29: 7, 30: 7}
    names = [name for name, scale in scales().items() if scale.instrument == "QLQ-C30"]
    for name, score in zip(names, scored("QLQ-C30", best, *names), strict=True):
        assert score == (100 if scales()[name].is_higher_better else 0)


def test_each_instrument_s_items_are_scored_once_and_fill_it():
    for instrument, count in (("QLQ-C30", 30), ("QLQ-HCC18", 18), ("FACT-Hep", 45)):
        items = [n for s in scales().values() if s.instrument == instrument for n in s.items]
        assert sorted(items) == list(range(1, count + 1))


def test_hcc18_scales_are_symptoms():
    worst = dict.fromkeys(range(1, 19), 4)
    names = [name for name, scale in scales().items() if scale.instrument == "QLQ-HCC18"]
    assert len(names) == 8
    assert scored("QLQ-HCC18", worst, *names) == (100.0,) * 8


FACT = ("fact_pwb", "fact_swb", "fact_ewb", "fact_fwb", "fact_hcs", "fact_g", "fact_hep")


def best_fact():
    reverse = {n for scale in scales().values() for n in scale.reversed}
    return {n: 0 if n in reverse else 4 for n in range(1, 46)}


def test_fact_hep_reaches_180_and_its_parts_their_highest():
    assert scored("FACT-Hep", best_fact(), *FACT) == (28, 28, 24, 28, 72, 108, 180)
    worst = {n: 4 - answer for n, answer in best_fact().items()}
    assert scored("FACT-Hep", worst, *FACT) == (0,) * 7


def test_a_fact_subscale_is_scaled_up_from_more_than_half_of_its_items():
    of_six = {15: 0, 16: 4, 17: 0, 18: 1}  # 15 scores the other way: four of six answered
    assert scored("FACT-Hep", of_six, "fact_ewb") == ((4 + 4 + 4 + 3) * 6 / 4,)
    assert scored("FACT-Hep", {15: 0, 16: 4, 17: 0}, "fact_ewb") == (None,)  # half is too few
    assert scored("FACT-Hep", {1: 0, 2: 0, 3: 0, 4: 0}, "fact_pwb") == (28.0,)


def test_a_total_needs_every_part_and_more_than_80_per_cent_of_the_items():
    whole = best_fact()
    nine_missing = {n: a for n, a in whole.items() if n not in (1, 2, 8, 9, 15, 21, 28, 29, 30)}
    assert len(nine_missing) == 36  # 80 %: not more
    assert scored("FACT-Hep", nine_missing, "fact_hep") == (None,)
    assert scored("FACT-Hep", nine_missing | {1: 0}, "fact_hep") == (pytest.approx(180),)
    without_part = {n: a for n, a in whole.items() if n not in range(15, 19)}
    assert scored("FACT-Hep", without_part, "fact_ewb", "fact_hep") == (None, None)


def test_a_profile_needs_five_levels():
    levels = {1: 2, 2: 1, 3: 2, 4: 3, 5: 2}
    assert scored("EQ-5D-5L", levels, "eq5d_profile", "eq5d_vas", vas=70) == ("21232", 70)
    assert scored("EQ-5D-5L", levels | {3: None}, "eq5d_profile") == (None,)
    assert scored("EQ-5D-5L", levels | {3: 6}, "eq5d_profile") == (None,)
    assert scored("QLQ-C30", levels, "eq5d_profile", "eq5d_vas", vas=70) == (None, None)


# The value set


def written(folder, name, rows):
    folder.mkdir(exist_ok=True)
    lines = "\n".join(f"{profile},{value}" for profile, value in rows)
    (folder / name).write_text(f"profile,value\n{lines}\n")
    return folder


@pytest.mark.parametrize("name", ["crosswalk_vanhout2012", "uk3l_dolan1997"])
def test_a_profile_has_the_value_that_the_set_gives_it(tmp_path, name):
    rows = recorded(name)
    found = in_force(written(tmp_path, f"2022-01-01_{name}.csv", rows), date(2022, 1, 1))
    assert found.name == name
    assert dict(found.values.iter_rows()) == {profile: float(value) for profile, value in rows}


def dolan(profile):
    """The 3L value of 1997: a constant, N3, and a weight a dimension and level."""
    weights = ((0.069, 0.314), (0.104, 0.214), (0.036, 0.094), (0.123, 0.386), (0.071, 0.236))
    lost = [w[int(level) - 2] for level, w in zip(profile, weights, strict=True) if level > "1"]
    return round(1 - (0.081 if lost else 0) - (0.269 if "3" in profile else 0) - sum(lost), 3)


def test_the_recorded_3l_values_are_those_of_the_published_coefficients():
    for profile, value in recorded("uk3l_dolan1997"):
        assert dolan(profile) == float(value)


def test_the_set_of_the_latest_day_is_in_force(tmp_path):
    written(tmp_path, "2022-01-01_FIRST.csv", [("11111", 1)])
    written(tmp_path, "2026-06-01_SECOND.csv", [("11111", 0.9)])
    assert in_force(tmp_path, date(2026, 5, 31)).name == "FIRST"
    assert in_force(tmp_path, date(2026, 6, 1)).name == "SECOND"
    assert in_force(tmp_path, date(2021, 12, 31)).name is None
    assert in_force(tmp_path / "none", date(2026, 6, 1)).values.is_empty()


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("set.csv", [("11111", 1)], "name it like"),
        ("2022-01-01_ENG5L_DEVLIN2018.csv", [("11111", 1)], "does not recommend"),
        ("2022-01-01_A.csv", [("11116", 1)], "value from -1 to 1: 1"),
        ("2022-01-01_A.csv", [("11111", 1.1)], "value from -1 to 1: 1"),
        ("2022-01-01_A.csv", [("11111", "")], "value from -1 to 1: 1"),
        ("2022-01-01_A.csv", [("11111", 1), ("11111", 0.9)], "stands twice"),
        ("2022-01-01_A.csv", [("11111", "x")], "cannot be read"),
        ("2022-01-01_A.csv", [], "value from -1 to 1: 1"),
    ],
)
def test_a_set_that_cannot_be_used_is_named_with_what_to_do(tmp_path, name, rows, said):
    with pytest.raises(ValueSetError, match=said) as error:
        in_force(written(tmp_path, name, rows), date(2026, 6, 1))
    assert name in str(error.value)
