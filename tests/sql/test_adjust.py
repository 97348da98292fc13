"""Case mix: Firth's regression against R, and expected events that add up."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from sql.statistics.adjust import (
    FEWEST_EVENTS,
    TooFewEvents,
    c_statistic,
    case_mix,
    firth,
    flic,
    indirect,
    stratum_risk,
)
from sql.statistics.intervals import count
from sql.validation import references

REFERENCE = references.answers("refs.json")["firth"]


def column(values) -> np.ndarray:
    return np.asarray(values, dtype=float)[:, None]


def drawn(patients: int = 400, seed: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Age in years, size in mm and a yes or no; about one in five has the event."""
    rng = np.random.default_rng(seed)
    age, size = rng.normal(66, 9, patients), rng.gamma(4, 6, patients)
    covariates = np.column_stack([age, size, rng.random(patients) < 0.3])
    risk = expit(-6.4 + 0.05 * age + 0.04 * size + 0.7 * covariates[:, 2])
    return covariates, (rng.random(patients) < risk).astype(int)


def test_a_continuous_covariate_gives_the_reference():
    expected = REFERENCE["continuous"]
    found = firth(column(expected["x"]), expected["y"])
    assert np.abs(found.coefficients - expected["coef"]).max() < 1e-9
    assert np.abs(found.se - expected["se"]).max() < 1e-9
    assert found.log_likelihood == pytest.approx(expected["pen_loglik"], abs=1e-9)


def test_complete_separation_gives_the_reference_and_the_closed_form():
    expected = REFERENCE["separated_2x2"]
    covariate, outcome = [0] * 10 + [1] * 10, [0] * 10 + [1] * 5 + [0] * 5
    found = firth(column(covariate), outcome)
    assert np.abs(found.coefficients - expected["coef"]).max() < 1e-9
    assert np.abs(found.se - expected["se"]).max() < 1e-9
    by_hand = np.log((5.5 / 5.5) / (0.5 / 10.5))
    assert found.coefficients[1] == pytest.approx(by_hand, abs=1e-9)


def test_the_intercept_alone_adds_half_an_event():
    expected = REFERENCE["intercept_only_0_of_12"]["prob"]
    none, every = (firth(np.empty((12, 0)), outcome) for outcome in ([0] * 12, [1] * 12))
    assert expit(none.coefficients[0]) == pytest.approx(expected, abs=1e-12)
    assert expit(every.coefficients[0]) == pytest.approx(1 - expected, abs=1e-12)
    assert np.isfinite([none.se[0], none.log_likelihood]).all()


def test_units_do_not_change_the_model():
    covariates, outcome = drawn()
    found = firth(covariates, outcome)
    scale, shift = np.array([365.25, 0.1, 1.0]), np.array([1000.0, -3.0, 0.0])
    other = firth(covariates * scale + shift, outcome)
    assert other.linear == pytest.approx(found.linear, abs=1e-9)
    assert other.coefficients[1:] * scale == pytest.approx(found.coefficients[1:], rel=1e-8)
    assert other.se[1:] * scale == pytest.approx(found.se[1:], rel=1e-8)


def test_the_order_of_patients_does_not_change_the_model():
    covariates, outcome = drawn()
    found, rng = firth(covariates, outcome), np.random.default_rng(1)
    for _ in range(10):
        order = rng.permutation(outcome.size)
        again = firth(covariates[order], outcome[order])
        assert again.coefficients == pytest.approx(found.coefficients, abs=1e-9)


def test_expected_events_add_up_to_those_observed():
    covariates, outcome = drawn()
    model = firth(covariates, outcome)
    unfitted = expit(model.linear).sum() - outcome.sum()
    assert unfitted > 0.5  # Firth's own risks lie too near a half
    assert flic(model.linear, outcome).sum() == pytest.approx(outcome.sum(), abs=1e-9)
    assert case_mix(covariates, outcome).risk.sum() == pytest.approx(outcome.sum(), abs=1e-9)


def test_no_event_and_all_events_expect_none_and_all():
    assert flic([0.3, -2.0, 5.0], [0, 0, 0]).tolist() == [0, 0, 0]
    assert flic([0.3, -2.0, 5.0], [1, 1, 1]).tolist() == [1, 1, 1]


def test_flic_holds_at_extreme_predictors():
    risk = flic([-40.0, 0.0, 40.0, 700.0], [0, 1, 0, 1])
    assert np.isfinite(risk).all()
    assert risk.sum() == pytest.approx(2, abs=1e-9)


def test_case_mix_is_published_with_its_discrimination_and_calibration():
    covariates, outcome = drawn()
    found = case_mix(covariates, outcome)
    assert 0.6 < found.c_statistic < 0.9
    intercept, slope = found.calibration
    assert intercept == pytest.approx(0, abs=0.15)
    assert slope == pytest.approx(1, abs=0.1)


def test_case_mix_needs_30_events():
    covariate = column(np.arange(200.0) % 7)
    outcome = np.zeros(200, dtype=int)
    outcome[: FEWEST_EVENTS - 1] = 1
    with pytest.raises(TooFewEvents, match="from 30 events on; found 29: show crude rates"):
        case_mix(covariate, outcome)
    with pytest.raises(TooFewEvents, match="found 29"):
        case_mix(covariate, 1 - outcome)
    outcome[FEWEST_EVENTS - 1] = 1
    assert case_mix(covariate, outcome).risk.sum() == pytest.approx(30)


@pytest.mark.parametrize(
    ("covariates", "outcome", "said"),
    [
        ([[1.0], [2.0], [3.0]], [0, 1], "covariates must be a table of 2 rows"),
        ([1.0, 2.0], [0, 1], "covariates must be a table of 2 rows"),
        ([[1.0], [float("nan")]], [0, 1], "covariates holds a missing or infinite value"),
        ([[0.1], [0.1], [0.1]], [0, 1, 0], "covariates must vary; constant: column 1"),
        ([[1.0, 2.0], [2.0, 4.0], [5.0, 10.0]], [0, 1, 0], "a column follows from the others"),
        ([[1.0], [2.0]], [0, 2], "outcome must be one list of 1"),
        ([[1.0], [2.0]], [0, 0.5], "outcome holds a fraction"),
        ([[1.0], [2.0]], [0, None], "outcome holds a missing"),
        ([], [], "outcome is empty"),
        ([[1.0], [2.0]], [0, 0], "patients with and without the event"),
    ],
)
def test_what_makes_no_sense_has_no_model(covariates, outcome, said):
    with pytest.raises(ValueError, match=said):
        firth(covariates, outcome)


def test_the_c_statistic_counts_pairs():
    assert c_statistic([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]) == 1
    assert c_statistic([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]) == 0
    # Pairs: 0.4 over 0.1 and over 0.4 (a tie), 0.2 over 0.1 and not over 0.4.
    assert c_statistic([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.2]) == (1 + 0.5 + 1 + 0) / 4
    with pytest.raises(ValueError, match="with and without the event"):
        c_statistic([0, 0], [0.1, 0.2])


def test_a_site_is_expected_what_its_patients_strata_have_everywhere():
    site = ["A"] * 4 + ["B"] * 6
    stratum = ["mild", "mild", "severe", "severe", *["mild"] * 5, "severe"]
    outcome = [0, 1, 1, 0, 0, 0, 0, 0, 1, 1]
    risk = stratum_risk(outcome, stratum)
    assert risk[[0, 2]].tolist() == [2 / 7, 2 / 3]
    found = indirect(site, outcome, risk)
    expected_a, expected_b = 2 * 2 / 7 + 2 * 2 / 3, 5 * 2 / 7 + 2 / 3
    assert found["site"].to_list() == ["A", "B"]
    assert found["n"].to_list() == [4, 6]
    assert found["observed"].to_list() == [2, 2]
    assert found["expected"].to_list() == pytest.approx([expected_a, expected_b])
    assert found["ratio"].to_list() == pytest.approx([2 / expected_a, 2 / expected_b])
    lower, upper = count(2)
    assert found["lower"].to_list() == pytest.approx([lower / expected_a, lower / expected_b])
    assert found["upper"].to_list() == pytest.approx([upper / expected_a, upper / expected_b])


def test_one_site_is_expected_what_it_had():
    outcome = [0, 1, 0, 0, 1]
    found = indirect(["A"] * 5, outcome, stratum_risk(outcome, list("xxyyy")))
    assert found.row(0)[:5] == ("A", 5, 2, pytest.approx(2), pytest.approx(1))


def test_without_an_event_anywhere_there_is_no_ratio():
    found = indirect(["A", "B"], [0, 0], stratum_risk([0, 0], ["x", "x"]))
    assert found["expected"].to_list() == [0, 0]
    assert found.select("ratio", "lower", "upper").null_count().row(0) == (2, 2, 2)


def test_patients_and_their_risks_must_match():
    with pytest.raises(ValueError, match="found 1, 2 and 2"):
        indirect(["A"], [0, 1], [0.1, 0.2])
    with pytest.raises(ValueError, match="risk leaves the range 0 to 1"):
        indirect(["A", "B"], [0, 1], [0.1, 1.2])
    with pytest.raises(ValueError, match="found 1 for 2"):
        stratum_risk([0, 1], ["x"])


def test_a_thousand_random_registries_have_finite_ratios():
    rng = np.random.default_rng(5)
    for _ in range(1000):
        patients = int(rng.integers(1, 80))
        site, stratum = rng.integers(0, 9, patients), rng.integers(0, 4, patients)
        outcome = (rng.random(patients) < rng.beta(1, 8)).astype(int)
        found = indirect(site.tolist(), outcome, stratum_risk(outcome, stratum.tolist()))
        assert found["expected"].sum() == pytest.approx(outcome.sum())
        known = found.filter(pl.col("expected") > 0).select("ratio", "lower", "upper")
        assert np.isfinite(known.to_numpy()).all()
        assert found.filter(pl.col("expected") == 0)["observed"].sum() == 0
