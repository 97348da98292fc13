"""The tail rule and the verdict against R's references and the worked table."""

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sql.statistics.funnel import (
    ALARM,
    ALERT,
    boundary,
    judge,
    largest_flagged,
    smallest_flagged,
    tail_rule,
    tails,
)

REFERENCES = Path(__file__).parents[1] / "references"


def test_smallest_flagged_counts_equal_the_180_reference_rows():
    rules = pl.read_csv(REFERENCES / "funnel_rules.csv")
    assert rules.height == 180
    for row in rules.iter_rows(named=True):
        n, theta = row["n"], row["theta"]
        assert smallest_flagged(n, theta, ALERT) == row["alert_tail"]
        assert smallest_flagged(n, theta, ALARM) == row["alarm_tail"]
        lowest = largest_flagged(n, theta, ALERT)
        assert (-1 if lowest is None else lowest) == row["low_alert_tail"]


def test_tail_rule_gives_the_verdicts_of_the_12_reference_sites():
    target = json.loads((REFERENCES / "refs.json").read_text())["funnel_sites_target"]
    for row in pl.read_csv(REFERENCES / "funnel_sites.csv").iter_rows(named=True):
        upper, lower = tails(row["x"], row["n"], target)
        assert upper == pytest.approx(row["p_upper"], abs=1e-12)
        assert lower == pytest.approx(row["p_lower"], abs=1e-12)
        level, side = tail_rule(row["x"], row["n"], target)
        assert (level if side is None else f"{level}_{side}") == row["verdict_tail"]


@pytest.mark.parametrize(
    ("target", "flagged"),
    [
        (0.01, "2/2 2/3 2/3 2/3 2/4 3/4 3/5 4/6 6/9"),
        (0.02, "2/3 2/3 2/3 3/4 3/4 3/5 4/6 6/8 9/12"),
        (0.05, "2/4 3/4 3/5 4/5 4/6 5/7 7/9 11/14 17/22"),
        (0.069, "3/4 3/5 4/5 4/6 5/7 6/8 8/11 13/17 22/27"),
        (0.10, "3/4 4/5 4/6 5/7 6/8 8/10 10/14 17/21 30/35"),
    ],
)
def test_small_volumes_are_flagged_from_the_counts_of_the_policy_table(target, flagged):
    sizes = (5, 8, 10, 15, 20, 30, 50, 100, 200)
    found = [judge(0, n, target) for n in sizes]
    assert " ".join(f"{v.alert_count}/{v.alarm_count}" for v in found) == flagged


def test_chart_and_verdict_never_disagree():
    for target in (0.02, 0.069, 0.12):
        lines = boundary(120, target)
        for n, alert, alarm in lines.tolist():
            drawn_alert, drawn_alarm = (alert - 0.5) / n, (alarm - 0.5) / n
            for events in range(int(n) + 1):
                level = judge(events, int(n), target).level
                assert (level in ("alert", "alarm")) == (events / n > drawn_alert)
                assert (level == "alarm") == (events / n > drawn_alarm)


def test_volume_never_hides_a_flag_and_one_event_is_never_one():
    assert judge(2, 2, 0.01).level == "alarm"
    assert smallest_flagged(1, 0.001) == 1
    assert judge(1, 1, 0.001).level == "too few to judge"


def test_within_is_not_said_below_10():
    assert judge(0, 9, 0.069).level == "too few to judge"
    assert judge(0, 10, 0.069).level == "within"
    assert judge(0, 0, 0.069).level == "too few to judge"


def test_power_is_the_chance_to_flag_a_doubled_rate():
    by_hand = sum(math.comb(10, x) * 0.138**x * 0.862 ** (10 - x) for x in range(4, 11))
    assert judge(0, 10, 0.069).alert_count == 4
    assert judge(0, 10, 0.069).power == pytest.approx(by_hand, abs=1e-12)


def test_unknown_outcomes_withhold_reassurance_and_never_make_a_flag():
    assert judge(3, 20, 0.069, unknown=0).level == "within"
    assert judge(3, 20, 0.069, unknown=2).level == "outcome unknown"
    assert judge(5, 20, 0.069, unknown=2).level == "alert"


def test_better_than_expected_needs_every_unknown_to_be_an_event():
    assert judge(3, 120, 0.104395604395604).level == "better than expected"
    assert judge(3, 120, 0.104395604395604, unknown=8).level == "within"


def test_where_higher_is_better_failures_are_judged():
    assert judge(30, 30, 0.75, is_lower_better=False).level == "better than expected"
    assert judge(22, 30, 0.75, is_lower_better=False).level == "within"
    assert judge(10, 30, 0.75, is_lower_better=False).level == "alarm"
    assert judge(16, 30, 0.75, unknown=6, is_lower_better=False).level == "outcome unknown"


def test_the_boundary_leaves_out_counts_that_cannot_be_flagged():
    lines = boundary(3, 0.5)
    assert np.isnan(lines[:, 1:]).all()
