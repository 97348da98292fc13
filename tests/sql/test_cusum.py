"""Risk-adjusted CUSUM against R, Steiner's weights, enumeration and simulation."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from sql.statistics import cusum_run_length
from sql.statistics.cusum import (
    chance_of_signal,
    cusum,
    run_length,
    threshold_for,
    vlad,
    weights,
)
from sql.validation import references

REFS = references.answers("refs.json")["cusum"]
PATH = references.table("cusum_path.csv")
HIGH = 1e6  # a threshold out of reach
OURS = {
    "w_up": "up_weight",
    "S_up": "up",
    "w_dn": "down_weight",
    "S_dn": "down",
    "vlad": "vlad",
    "vlad_var": "vlad_variance",
}


@pytest.mark.parametrize("theirs", OURS)
def test_60_patients_have_the_weights_and_sums_of_r_in_both_directions(theirs):
    found = cusum(PATH["risk"], PATH["y"], REFS["h"])
    assert found[OURS[theirs]].to_list() == pytest.approx(PATH[theirs].to_list(), abs=1e-10)


def test_60_patients_signal_where_r_does_and_the_sum_starts_again():
    found = cusum(PATH["risk"], PATH["y"], REFS["h"])
    assert found["is_up_signal"].to_list() == [sign == 1 for sign in PATH["sig_up"]]
    assert found.filter("is_up_signal")["number"].to_list() == REFS["signals_up"] == [30, 45]
    assert found.filter("is_down_signal")["number"].to_list() == REFS["signals_down"]
    assert found["up"].max() == pytest.approx(REFS["max_up"], abs=1e-10)
    after = found.row(30, named=True)
    assert after["up"] == after["up_weight"]


def test_steiners_eight_weights_are_reproduced():
    steiner = REFS["steiner_RA2"]
    double = weights(steiner["risk"], steiner["y"], 2)
    half = weights(steiner["risk"], steiner["y"], 0.5)
    assert double.tolist() == pytest.approx(steiner["w"], abs=1e-10)
    assert half.tolist() == pytest.approx(REFS["steiner_RAhalf"], abs=1e-10)
    assert double.round(3).tolist() == [-0.024, 0.669, -0.433, 0.26]
    assert half.round(3).tolist() == [0.012, -0.681, 0.316, -0.377]


def test_the_r_package_cusums_own_test_is_reproduced():
    case = REFS["pkg_cusum_test"]
    found = cusum(case["risks"], case["y"], HIGH)["up"]
    assert found.to_list() == pytest.approx(case["S"], abs=1e-10)
    assert found.round(2).to_list() == case["published"]


def test_a_sum_that_reaches_the_threshold_signals():
    weight = weights(0.1, 1, 2).item()
    for times in range(1, 21):  # added up, some of them miss the product by a rounding
        found = cusum([0.1] * 20, [1] * 20, times * weight)["is_up_signal"].to_list()
        assert found.index(True) == times - 1
    assert not cusum([0.1], [1], weight + 1e-9)["is_up_signal"].any()


def test_down_signals_where_events_fail_to_come():
    found = cusum([0.2] * 40, [0] * 40, 2.5)
    assert not found["is_up_signal"].any()
    assert found.filter("is_down_signal")["number"].to_list() == [24]


def test_vlad_is_expected_less_observed():
    assert vlad([0.1, 0.3], [0, 1]).tolist() == pytest.approx([0.1, -0.6])
    assert cusum(PATH["risk"], PATH["y"], 1)["vlad"][-1] == pytest.approx(-9.34)


def test_exact_run_lengths_equal_r():
    for name in ("arl0", "arl0_python_check"):
        case = REFS[name]
        for risk, threshold, expected in zip(case["p0"], case["h"], case["exact"], strict=True):
            # R's answers stop at 1e-11 of the length: the same sums in 80 bits agree with ours
            assert run_length(risk, threshold) == pytest.approx(expected, rel=1e-10)


def test_the_run_length_of_a_threshold_below_one_event_is_the_wait_for_an_event():
    assert run_length(0.05, 0.3) == pytest.approx(20)
    assert run_length(0.05, 0.3, true_odds_ratio=2) == pytest.approx(10.5)


@pytest.mark.parametrize(
    ("odds_ratio", "true_odds_ratio"), [(2, 1), (0.5, 1), (2, 2)], ids=["up", "down", "delay"]
)
def test_simulated_runs_are_as_long_as_the_exact_length_says(odds_ratio, true_odds_ratio):
    risk, threshold, runs = 0.1, 1.5, 4000
    true_risk = true_odds_ratio * risk / (1 - risk + true_odds_ratio * risk)
    random, total = np.random.default_rng(11), np.zeros(runs)
    none, event = weights([risk] * 2, [0, 1], odds_ratio)
    lengths, still = np.zeros(runs), np.arange(runs)
    while still.size:
        happened = random.random(still.size) < true_risk
        total[still] = np.maximum(0, total[still] + np.where(happened, event, none))
        lengths[still] += 1
        still = still[total[still] < threshold]
    error = lengths.std() / np.sqrt(runs)
    exact = run_length(risk, threshold, odds_ratio, true_odds_ratio)
    assert abs(lengths.mean() - exact) < 3 * error


def test_the_threshold_for_a_run_length_is_the_lowest_hundredth_that_gives_it():
    for odds_ratio in (2, 0.5):
        found = threshold_for(0.1, 150, odds_ratio)
        assert run_length(0.1, found, odds_ratio) >= 150
        assert run_length(0.1, found - 0.01, odds_ratio) < 150
    assert threshold_for(0.05, 1) == 0.01


def test_the_chance_of_a_signal_in_10_patients_equals_the_enumeration_of_r():
    case = REFS["exact10"]
    for threshold, expected in zip(case["h"], case["alpha"], strict=True):
        assert chance_of_signal([0.1] * 10, threshold) == pytest.approx(expected, abs=1e-10)


def test_the_chance_of_a_signal_counts_every_outcome_of_different_risks():
    risks, threshold = [0.02, 0.3, 0.11, 0.05, 0.24, 0.4, 0.08, 0.15], 1.2
    for odds_ratio in (2, 0.5):
        total = 0.0
        for outcome in product((0, 1), repeat=8):
            sums = 0.0
            is_signal = False
            for weight in weights(risks, outcome, odds_ratio):
                sums = max(0.0, sums + weight)
                is_signal = is_signal or sums >= threshold
            share = np.where(outcome, risks, np.subtract(1, risks)).prod()
            total += share * is_signal
        found = chance_of_signal(risks, threshold, odds_ratio)
        assert found == pytest.approx(total, abs=1e-12)


def test_a_real_change_makes_a_signal_likelier():
    chances = [chance_of_signal([0.1] * 50, 2.5, true_odds_ratio=odds) for odds in (0.5, 1, 2, 4)]
    assert chances == sorted(chances)
    assert chances[3] > 5 * chances[1]


def test_certain_outcomes_and_one_patient_give_finite_answers():
    found = cusum([0, 1, 0, 1], [0, 1, 1, 0], 2.5)
    assert all(found.select(pl.col(pl.Float64).is_finite().all()).row(0))
    assert cusum([0.5], [1], 2.5)["up"].to_list() == pytest.approx([np.log(2 / 1.5)])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: cusum([], [], 2), "empty"),
        (lambda: cusum([0.1], [2], 2), "between 0 and n"),
        (lambda: cusum([0.1], [0.5], 2), "fraction"),
        (lambda: cusum([1.1], [0], 2), "range 0 to 1"),
        (lambda: cusum([float("nan")], [0], 2), "missing"),
        (lambda: cusum([0.1, 0.2], [0], 2), "same length; given 2 and 1"),
        (lambda: cusum([0.1], [0], 0), "threshold must be above 0"),
        (lambda: cusum([0.1], [0], 2, odds_ratio=0.5), "above 1"),
        (lambda: weights([0.1], [0], 1), "not 1"),
        (lambda: vlad([0.1], []), "empty"),
        (lambda: run_length(0, 2), "between 0.001 and"),
        (lambda: run_length(0.1, 2, true_odds_ratio=-1), "true_odds_ratio"),
        (lambda: threshold_for(0.1, 0), "1 or more"),
        (lambda: threshold_for(0.1, 1e12), "no threshold up to"),
        (lambda: chance_of_signal([-0.1], 2), "range 0 to 1"),
    ],
)
def test_input_that_makes_no_sense_is_an_error(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_outcomes_too_many_to_count_are_an_error_and_not_a_long_wait(monkeypatch):
    monkeypatch.setattr(cusum_run_length, "MOST_STATES", 50)
    assert 0 < chance_of_signal([0.1, 0.2] * 5, 2.5) < 1
    with pytest.raises(ValueError, match="too many patients"):
        chance_of_signal([0.4, 0.5] * 50, 9)
