"""The tail rule and the verdict against R's references and the worked table."""

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from sql.reader_rates import rate_row
from sql.sentences import judgement
from sql.statistics.funnel import (
    ALARM,
    ALERT,
    boundary,
    expected_false_flags,
    judge,
    largest_flagged,
    leave_one_out,
    pooled_target,
    ratio_verdict,
    smallest_flagged,
    tails,
    verdict,
)
from sql.validation import references

TARGETS = (0.02, 0.069, 0.12)
LARGEST = 500


def test_smallest_flagged_counts_equal_the_180_reference_rows():
    rules = references.table("funnel_rules.csv")
    assert rules.height == 180
    for row in rules.iter_rows(named=True):
        n, theta = row["n"], row["theta"]
        assert smallest_flagged(n, theta, ALERT) == row["alert_tail"]
        assert smallest_flagged(n, theta, ALARM) == row["alarm_tail"]
        lowest = largest_flagged(n, theta, ALERT)
        assert (-1 if lowest is None else lowest) == row["low_alert_tail"]


def reference_sites() -> tuple[pl.DataFrame, float]:
    target = references.answers("refs.json")["funnel_sites_target"]
    return references.table("funnel_sites.csv"), target


def test_verdicts_are_those_of_the_12_reference_sites():
    sites, target = reference_sites()
    upper, lower = tails(sites["x"], sites["n"], target)
    assert np.abs(upper - sites["p_upper"].to_numpy()).max() < 1e-12
    assert np.abs(lower - sites["p_lower"].to_numpy()).max() < 1e-12
    expected = [name.replace("_", " ") for name in sites["verdict_tail"]]
    assert verdict(sites["x"], sites["n"], target).tolist() == expected
    rows = zip(sites["x"], sites["n"], strict=True)
    assert [verdict(x, n, target) for x, n in rows] == expected


def test_the_references_target_is_the_pooled_rate_of_its_sites():
    sites, target = reference_sites()
    assert pooled_target(sites["x"], sites["n"]) == pytest.approx(target, abs=1e-15)


def test_a_tail_of_exactly_the_limit_is_not_below_it():
    # 0.1 ** 3 is exactly 0.001; 1 of 1 at 2.5 % is exactly 0.025.
    assert verdict(3, 3, 0.1) == "alert high"
    assert verdict(0, 3, 0.9) == "alert low"
    assert verdict(1, 1, 0.025) == "within"
    assert verdict(0, 1, 0.975) == "within"
    assert judge(0, 3, 0.9, is_lower_better=False).level == "alert"
    assert smallest_flagged(3, 0.1, ALARM) is None


def test_verdicts_follow_exact_arithmetic_in_fractions():
    for n in (*range(1, 13), 20, 60):
        for target in ("0.02", "0.05", "0.1", "0.5", "0.95"):
            rate = Fraction(target)
            mass = [math.comb(n, x) * rate**x * (1 - rate) ** (n - x) for x in range(n + 1)]
            expected = [in_words(sum(mass[x:]), sum(mass[: x + 1])) for x in range(n + 1)]
            assert verdict(np.arange(n + 1), n, float(target)).tolist() == expected


def in_words(upper: Fraction, lower: Fraction) -> str:
    for level, tail in (("alarm", Fraction(1, 1000)), ("alert", Fraction(1, 40))):
        for side, chance in (("high", upper), ("low", lower)):
            if chance < tail:
                return f"{level} {side}"
    return "within"


def test_no_event_is_within_until_enough_cases_would_have_shown_one():
    for target, alert_from, alarm_from in ((0.05, 72, 135), (0.02, 183, 342), (0.12, 29, 55)):
        assert verdict(0, alert_from - 1, target) == "within"
        assert verdict(0, alert_from, target) == "alert low"
        assert verdict(0, alarm_from - 1, target) == "alert low"
        assert verdict(0, alarm_from, target) == "alarm low"


def test_all_events_and_no_case_have_a_verdict():
    assert verdict(0, 0, 0.05) == "within"
    assert verdict(20, 20, 0.05) == "alarm high"
    assert verdict(20, 20, 1.0) == "within"
    assert verdict(0, 20, 0.0) == "within"
    assert verdict(1, 20, 0.0) == "alarm high"


def test_a_ratio_is_judged_by_the_poisson_tails():
    assert ratio_verdict(0, 3.6) == "within"  # exp(-3.6) is 0.0273
    assert ratio_verdict(0, 3.7) == "alert low"  # exp(-3.7) is 0.0247
    assert ratio_verdict(0, 7.0) == "alarm low"  # exp(-7) is 0.0009
    assert ratio_verdict([2, 3, 4, 5], 0.5).tolist() == [
        "within",
        "alert high",
        "alert high",
        "alarm high",
    ]


@pytest.mark.parametrize("method", [verdict, tails])
@pytest.mark.parametrize(
    ("events", "n", "target", "said"),
    [
        (3, 2, 0.1, "events must lie between 0 and n"),
        (-1, 2, 0.1, "events holds a negative number; allowed: whole numbers from 0 on"),
        (0.5, 2, 0.1, "events holds a fraction"),
        (float("nan"), 2, 0.1, "events holds a missing or infinite value"),
        ([], [], 0.1, "events is empty"),
        (1, 2, 1.1, "target leaves the range 0 to 1"),
        (1, 2, -0.1, "target leaves the range 0 to 1"),
        (1, 2, float("nan"), "target holds a missing or infinite value"),
    ],
)
def test_what_makes_no_sense_has_no_verdict(method, events, n, target, said):
    with pytest.raises(ValueError, match=said):
        method(events, n, target)


@pytest.mark.parametrize(
    ("events", "n", "unknown", "target", "said"),
    [
        (3, 4, 2, 0.1, "must lie within n"),
        (-1, 4, 0, 0.1, "whole numbers from 0 on"),
        (1.5, 4, 0, 0.1, "whole numbers from 0 on"),
        (1, float("nan"), 0, 0.1, "whole numbers from 0 on"),
        (1, float("inf"), 0, 0.1, "whole numbers from 0 on"),
        (1, 4, -1, 0.1, "whole numbers from 0 on"),
        (1, 4, 0, 1.1, "target must lie between 0 and 1"),
        (1, 4, 0, float("nan"), "target must lie between 0 and 1"),
    ],
)
def test_what_makes_no_sense_is_not_judged(events, n, unknown, target, said):
    with pytest.raises(ValueError, match=said):
        judge(events, n, target, unknown=unknown)


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


@pytest.mark.parametrize("target", TARGETS)
def test_chart_and_judgement_never_disagree_up_to_500_cases(target):
    for n, alert, alarm, better in boundary(LARGEST, target).tolist():
        drawn_alert, drawn_alarm, drawn_better = (alert - 0.5) / n, (alarm - 0.5) / n, better + 0.5
        for events in range(int(n) + 1):
            level = judge(events, int(n), target).level
            assert (level in ("alert", "alarm")) == (events / n > drawn_alert)
            assert (level == "alarm") == (events / n > drawn_alarm)
            assert (level == "better than expected") == (events / n < drawn_better / n)


@pytest.mark.parametrize("target", TARGETS)
def test_the_judgement_is_the_tail_rule_but_for_one_event_and_small_volumes(target):
    for n in range(LARGEST + 1):
        counts = np.arange(n + 1)
        flags = verdict(counts, n, target)
        lines = boundary(LARGEST, target)[n - 1] if n else np.full(4, np.nan)
        is_high = np.isin(flags, ["alert high", "alarm high"]) & (counts >= 2)
        assert (is_high == (counts >= lines[1])).all()
        assert (((flags == "alarm high") & (counts >= 2)) == (counts >= lines[2])).all()
        is_low = np.isin(flags, ["alert low", "alarm low"]) & (n >= 10)
        assert (is_low == (counts <= lines[3])).all()


def test_table_sentence_and_judgement_never_disagree():
    entry = dict.fromkeys(("direction", "kind", "unit", "title"), "")
    for target in TARGETS:
        entry |= {"id": "S", "kind": "rate", "unit": "procedure", "title": "T", "target": target}
        for n in (1, 2, 3, 5, 8, 9, 10, 11, 20, 31, 60):
            for events in range(n + 1):
                judged = judge(events, n, target)
                row = rate_row(entry, (n, events, 0, 0), 0, "Site")
                assert row["verdict"] == judged.level
                assert row["sentence"].endswith(f"; {judgement(judged, target)}.")


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


def test_one_large_site_moves_its_own_target():
    assert leave_one_out([10, 1, 1], [100, 50, 50]).tolist() == [0.02, 11 / 150, 11 / 150]


def test_a_site_alone_has_no_target_without_it():
    assert np.isnan(leave_one_out([1], [5])).all()
    assert np.isnan(leave_one_out([1, 0], [5, 0])).tolist() == [True, False]
    with pytest.raises(ValueError, match="n must hold at least one case"):
        pooled_target([0, 0], [0, 0])


def test_false_flags_are_expected_as_often_as_chance_makes_them():
    sizes = [5, 30, 60]
    alerts = [math.comb(5, x) * 0.05**x * 0.95 ** (5 - x) for x in range(2, 6)]
    assert expected_false_flags([5], 0.05)[0] == pytest.approx(sum(alerts), abs=1e-15)
    rng = np.random.default_rng(20)
    drawn = rng.binomial(sizes, 0.05, (200_000, 3))
    flags = verdict(drawn, np.array(sizes), 0.05)
    is_alarm, is_alert = flags == "alarm high", flags == "alert high"
    found = np.array([(is_alarm | is_alert).sum(axis=1).mean(), is_alarm.sum(axis=1).mean()])
    # Four standard errors of the simulation.
    assert np.abs(found - expected_false_flags(sizes, 0.05)).max() < 4 * np.sqrt(0.06 / 200_000)


def test_false_flags_stay_below_the_nominal_chance():
    sizes = np.arange(500)
    for target in TARGETS:
        alerts, alarms = expected_false_flags(sizes, target)
        assert 0 < alerts < 0.025 * 500
        assert 0 < alarms < 0.001 * 500


def test_a_thousand_random_registries_give_verdicts_and_finite_numbers():
    rng = np.random.default_rng(4)
    for _ in range(1000):
        n = rng.integers(0, 60, rng.integers(2, 13))
        n[:2] += 1  # two sites at least have a case
        events = rng.binomial(n, rng.beta(1, 12))
        target = pooled_target(events, n)
        assert np.isfinite(tails(events, n, target)).all()
        assert np.isfinite(leave_one_out(events, n)).all()
        assert np.isfinite(expected_false_flags(n, target)).all()
        assert len(verdict(events, n, target)) == n.size
