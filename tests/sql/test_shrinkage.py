"""Shrinkage against R, and priors where sites cannot be told apart."""

import numpy as np
import pytest

from sql.statistics.shrinkage import (
    BetaPrior,
    beta_binomial,
    beta_likelihood,
    fit_beta,
    fit_gamma,
    gamma_poisson,
    rate_above,
    ratio_above,
)
from sql.validation import references

REFERENCE = references.answers("refs.json")["shrink"]


def numbers(found) -> list[float]:
    return [float(found.mean), float(found.lower), float(found.upper)]


def test_shrunken_rates_equal_the_reference():
    for expected in REFERENCE["beta_binomial"]:
        prior = BetaPrior(expected["a"], expected["b"])
        found = numbers(beta_binomial(expected["x"], expected["n"], prior))
        assert found == pytest.approx([expected[key] for key in ("mean", "lo", "hi")], abs=1e-9)
        above = rate_above(expected["x"], expected["n"], prior, 0.1)
        assert above == pytest.approx(expected["p_gt_10pct"], abs=1e-9)


def test_shrunken_ratios_equal_the_reference():
    for expected in REFERENCE["gamma_poisson"]:
        observed, e, shape = (expected[key] for key in ("O", "E", "a"))
        found = numbers(gamma_poisson(observed, e, shape))
        assert found == pytest.approx([expected[key] for key in ("mean", "lo", "hi")], abs=1e-9)
        above = ratio_above(observed, e, shape, 2)
        assert above == pytest.approx(expected["p_gt_2"], abs=1e-9)


def test_the_fitted_prior_equals_the_reference():
    expected, sites = REFERENCE["eb_fit_sites"], references.table("funnel_sites.csv")
    prior = fit_beta(sites["x"], sites["n"])
    assert prior.a == pytest.approx(expected["a"], rel=1e-4)
    assert prior.b == pytest.approx(expected["b"], rel=1e-4)
    likelihood = beta_likelihood(sites["x"], sites["n"], prior)
    assert likelihood == pytest.approx(expected["loglik"], abs=1e-9)
    reference = BetaPrior(expected["a"], expected["b"])
    assert likelihood >= beta_likelihood(sites["x"], sites["n"], reference) - 1e-12
    shrunk = beta_binomial(sites["x"], sites["n"], prior).mean
    assert np.abs(shrunk - expected["shrunk"]).max() < 1e-5


def test_a_fitted_shape_is_found_again_in_drawn_ratios():
    rng = np.random.default_rng(2)
    expected = rng.uniform(2, 30, 4000)
    observed = rng.poisson(expected * rng.gamma(4, 1 / 4, expected.size))
    assert fit_gamma(observed, expected) == pytest.approx(4, rel=0.1)


def test_a_small_site_is_shrunk_further_than_a_large_one():
    small, large = beta_binomial([2, 40], [5, 100], BetaPrior(2, 18)).mean
    assert 0.1 < small < large < 0.4


def test_a_site_without_a_case_has_the_priors_rate():
    assert beta_binomial(0, 0, BetaPrior(2, 18)).mean == 0.1


def test_sites_alike_give_a_prior_no_stronger_than_the_registry():
    prior = fit_beta([2, 2, 2], [20, 20, 20])
    assert prior.a + prior.b == pytest.approx(60)
    for other in (BetaPrior(6, 54), BetaPrior(6.8, 53.2), BetaPrior(3, 27)):
        likelihood = beta_likelihood([2, 2, 2], [20, 20, 20], other)
        assert beta_likelihood([2, 2, 2], [20, 20, 20], prior) > likelihood
    assert fit_gamma([5, 5, 5], [5.0, 5.0, 5.0]) == pytest.approx(15, rel=1e-4)


def test_no_event_anywhere_gives_what_all_cases_say_of_one_rate():
    assert fit_beta([0, 0], [8, 12]) == BetaPrior(0.5, 20.5)
    assert fit_beta([8, 12], [8, 12]) == BetaPrior(20.5, 0.5)
    found = beta_binomial([0, 0], [8, 12], fit_beta([0, 0], [8, 12]))
    assert (found.mean > 0).all()
    assert (found.upper < 0.2).all()
    assert fit_gamma([0, 0], [1.0, 2.0]) == pytest.approx(0.5, rel=1e-4)


def test_one_site_and_one_case_have_a_prior():
    for events, n in ((1, 3), (0, 1), (1, 1)):
        found = beta_binomial(events, n, fit_beta(events, n))
        assert 0 <= found.lower <= found.mean <= found.upper <= 1
    assert np.isfinite(numbers(gamma_poisson(3, 0.4, fit_gamma(3, 0.4)))).all()


def test_what_makes_no_sense_is_an_error():
    prior = BetaPrior(2, 18)
    with pytest.raises(ValueError, match="events must lie between 0 and n"):
        beta_binomial(3, 2, prior)
    with pytest.raises(ValueError, match="a holds a number that is not above 0"):
        beta_binomial(1, 2, BetaPrior(0, 18))
    with pytest.raises(ValueError, match="expected holds a number that is not above 0"):
        gamma_poisson(1, 0, 4)
    with pytest.raises(ValueError, match="shape holds a missing or infinite value"):
        gamma_poisson(1, 2, float("nan"))
    with pytest.raises(ValueError, match="confidence must lie strictly between 0 and 1"):
        gamma_poisson(1, 2, 4, 95)
    with pytest.raises(ValueError, match="events is empty"):
        fit_beta([], [])
    with pytest.raises(ValueError, match="n must hold at least one case"):
        fit_beta([0], [0])
    with pytest.raises(ValueError, match="observed holds a fraction"):
        fit_gamma([0.5], [1.0])


def random_registries():
    rng = np.random.default_rng(12)
    for _ in range(1000):
        n = rng.integers(1, 40, rng.integers(1, 10))
        yield rng.binomial(n, rng.beta(1, 9, n.size)), n


def test_a_thousand_random_registries_have_finite_shrunken_rates():
    for events, n in random_registries():
        found = beta_binomial(events, n, fit_beta(events, n))
        assert np.isfinite([found.mean, found.lower, found.upper]).all()
        assert ((found.lower <= found.mean) & (found.mean <= found.upper)).all()


def test_a_thousand_random_registries_have_finite_shrunken_ratios():
    for events, n in random_registries():
        found = gamma_poisson(events, n * 0.1, fit_gamma(events, n * 0.1))
        assert np.isfinite([found.mean, found.lower, found.upper]).all()
        assert ((found.lower < found.mean) & (found.mean < found.upper)).all()
