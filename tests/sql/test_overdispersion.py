"""Overdispersion against FunnelPlotR, and what small registries do to it."""

import numpy as np
import pytest
from scipy.special import ndtri

from sql.statistics.funnel_limits import normal
from sql.statistics.overdispersion import (
    FEWEST_SITES,
    additive_limits,
    adjusted_z,
    estimate,
    multiplicative_limits,
    why_not_adjusted,
)
from sql.validation import references

REFERENCES = references.answers("refs.json")["overdispersion"]
NAMES = {"SPIEG_P": "plain"}
PAIRS = [
    (sites, method)
    for sites, reference in REFERENCES.items()
    for method, expected in reference.items()
    if isinstance(expected, dict) and "phi" in expected
]
LEVELS = (("95", 0.95), ("998", 0.998))
SCALES = ("SHMI", "CQC", "PR", "RC", "plain")


def found(sites: str, method: str):
    given = REFERENCES[sites]["input"]
    return estimate(NAMES.get(method, method), given["num"], given["den"])


@pytest.mark.parametrize(("sites", "method"), PAIRS)
def test_phi_and_tau2_equal_the_reference(sites, method):
    expected, estimated = REFERENCES[sites][method], found(sites, method)
    assert estimated.z_used.size == expected["n_used"]
    assert estimated.phi == pytest.approx(expected["phi"], abs=1e-10)
    assert estimated.tau2 == pytest.approx(expected["tau2"], abs=1e-10)
    assert np.abs(estimated.z - expected["z"]).max() < 1e-10
    assert np.abs(estimated.s - expected["s"]).max() < 1e-10
    used = [z for z in expected["z_used"] if z is not None]
    assert np.abs(estimated.z_used - used).max() < 1e-10
    assert estimated.is_used.tolist() == [z is not None for z in expected["z_used"]]


def test_all_eight_reference_pairs_are_compared():
    assert len(PAIRS) == 8


def test_additive_limits_of_a_ratio_equal_the_reference():
    for sites in ("six", "twenty"):
        expected = REFERENCES[sites]["SHMI"]
        for name, confidence in LEVELS:
            lower, upper = additive_limits(found(sites, "SHMI"), confidence)
            assert np.abs(lower - expected[f"od_lo{name}"]).max() < 1e-10
            assert np.abs(upper - expected[f"od_hi{name}"]).max() < 1e-10


def test_both_limits_of_a_proportion_equal_the_reference_cut_at_0():
    expected, estimated = REFERENCES["prop12"]["SPIEG_P"], found("prop12", "SPIEG_P")
    for method, name in ((multiplicative_limits, "mult"), (additive_limits, "add")):
        lower, upper = method(estimated, 0.998)
        assert np.abs(lower - np.clip(expected[f"{name}_lo998"], 0, 1)).max() < 1e-10
        assert np.abs(upper - expected[f"{name}_hi998"]).max() < 1e-10
    assert np.abs(adjusted_z(estimated) - expected["add_z"]).max() < 1e-10


def test_one_site_without_an_event_never_makes_a_limit_infinite():
    given = REFERENCES["zero_site"]["input"]
    for confidence in (0.95, 0.998):
        estimated = estimate("SHMI", given["num"], given["den"])
        assert estimated.scale == "CQC"
        for method in (multiplicative_limits, additive_limits):
            assert np.isfinite(method(estimated, confidence)).all()


def test_ten_sites_may_be_adjusted_and_nine_say_why_not():
    events, cases = [1, 2] * 5, [20, 30] * 5
    assert len(events) == FEWEST_SITES
    assert why_not_adjusted(estimate("plain", events, cases)) is None
    said = why_not_adjusted(estimate("plain", events[:9], cases[:9]))
    assert said == (
        "Limits are exact and not adjusted for overdispersion: 9 sites, and it is estimated "
        "from 10 on."
    )


@pytest.mark.parametrize("scale", SCALES)
def test_one_site_has_no_variance_between_sites(scale):
    estimated = estimate(scale, 3, 20)
    assert estimated.tau2 == 0
    assert np.isfinite([*additive_limits(estimated), *multiplicative_limits(estimated)]).all()
    assert "1 site," in why_not_adjusted(estimated)


@pytest.mark.parametrize("scale", ["PR", "RC", "plain"])
def test_no_event_anywhere_is_no_overdispersion(scale):
    estimated = estimate(scale, [0] * 12, np.arange(5, 17))
    assert (estimated.phi, estimated.tau2) == (0, 0)
    assert (adjusted_z(estimated) == 0).all()
    lower, upper = additive_limits(estimated)
    assert (lower >= 0).all()
    assert (lower <= upper).all()
    assert (upper < 1).all()


@pytest.mark.parametrize("scale", ["PR", "plain"])
def test_all_events_everywhere_are_no_overdispersion(scale):
    estimated = estimate(scale, np.arange(5, 17), np.arange(5, 17))
    assert estimated.phi == pytest.approx(0, abs=1e-20)
    assert estimated.tau2 == 0
    assert additive_limits(estimated)[1] == pytest.approx(np.ones(12))


def test_sites_no_more_varied_than_chance_keep_the_unadjusted_limits():
    estimated = estimate("plain", [5, 6, 5, 4, 5, 5, 6, 4, 5, 5], [50] * 10)
    assert estimated.phi < 1
    assert estimated.tau2 == 0
    expected = np.clip(normal([50] * 10, 0.1), 0, 1)
    assert np.array(multiplicative_limits(estimated)) == pytest.approx(expected)
    assert np.array(additive_limits(estimated)) == pytest.approx(expected)


def test_limits_of_an_arcsine_do_not_come_back_at_small_volumes():
    estimated = estimate("PR", [0, 1, 2, 5, 9], [1, 2, 30, 60, 90])
    lower, upper = additive_limits(estimated, 0.998)
    half = ndtri(0.999) * np.sqrt(estimated.s**2 + estimated.tau2)
    assert (estimated.centre - half < 0).any()  # or the case would prove nothing
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) <= 0).all()


def test_an_external_target_is_measured_against():
    given = REFERENCES["prop12"]["input"]
    pooled = sum(given["num"]) / sum(given["den"])
    named = estimate("plain", given["num"], given["den"], pooled)
    assert named.phi == found("prop12", "SPIEG_P").phi
    assert estimate("plain", given["num"], given["den"], 0.05).phi > named.phi


@pytest.mark.parametrize(
    ("scale", "numerator", "denominator", "target", "said"),
    [
        ("plain", [3, 1], [2, 5], None, "events must lie between 0 and n"),
        ("plain", [1, 1], [2, 0], None, "denominator holds a number that is not above 0"),
        ("plain", [1, 1], [2.5, 3], None, "denominator holds a fraction"),
        ("CQC", [-1, 1], [2, 3], None, "numerator holds a negative number"),
        ("CQC", [0.5, 1], [2, 3], None, "numerator holds a fraction"),
        ("SHMI", [1, 1], [2, 0.0], None, "denominator holds a number that is not above 0"),
        ("RC", [], [], None, "numerator is empty"),
        ("RC", [float("nan"), 1], [2, 3], None, "numerator holds a missing"),
        ("PR", [1, 1], [2, 3], 1.5, "target leaves the range 0 to 1"),
        ("CQC", [1, 1], [2, 3], 0, "target holds a number that is not above 0"),
        ("plain", [1, 1], [2, 3], 0, "target is 0 or 1"),
    ],
)
def test_what_makes_no_sense_is_an_error(scale, numerator, denominator, target, said):
    with pytest.raises(ValueError, match=said):
        estimate(scale, numerator, denominator, target)


def test_a_thousand_random_registries_have_no_infinite_or_missing_number():
    rng = np.random.default_rng(17)
    for _ in range(1000):
        n = rng.integers(1, 40, rng.integers(1, 20))
        events = rng.binomial(n, rng.beta(1, 9, n.size))
        expected = np.maximum(n * rng.uniform(0.001, 0.3), 0.001)
        for scale in SCALES:
            estimated = estimate(scale, events, n if scale in ("PR", "plain") else expected)
            lower, upper = additive_limits(estimated, 0.998)
            numbers = [estimated.z, adjusted_z(estimated), *multiplicative_limits(estimated)]
            numbers += [lower, upper, [estimated.phi, estimated.tau2]]
            assert np.isfinite(np.concatenate(numbers)).all()
            assert (lower <= upper).all()


def test_the_order_of_sites_does_not_matter():
    given = REFERENCES["twenty"]["input"]
    events, expected = np.array(given["num"]), np.array(given["den"])
    rng = np.random.default_rng(3)
    for method in ("SHMI", "CQC", "RC"):
        first = found("twenty", method)
        for _ in range(20):
            order = rng.permutation(events.size)
            again = estimate(method, events[order], expected[order])
            assert again.phi == pytest.approx(first.phi, rel=1e-13)
            assert again.tau2 == pytest.approx(first.tau2, rel=1e-12)
