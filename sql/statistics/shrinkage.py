"""Shrinkage of small sites towards the registry: a second view, never the alarm rule.

Source: empirical Bayes with a Beta prior of rates and a Gamma prior of ratios; Spiegelhalter,
Abrams and Myles, Bayesian Approaches to Clinical Trials, 2004, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize, minimize_scalar
from scipy.special import (
    betainc,
    betaincinv,
    betaln,
    expit,
    gammaincc,
    gammaincinv,
    gammaln,
    logit,
    psi,
)

from sql.statistics.inputs import (
    Floats,
    counts,
    counts_of,
    level,
    positive,
    proportions,
    together,
)

WEAKEST = 1.0  # cases that a fitted Beta prior counts for, at least
JEFFREYS = 0.5  # smallest shape of a fitted Gamma prior


@dataclass(frozen=True)
class BetaPrior:
    """A Beta(a, b) prior of rates: as if a + b earlier cases had a events among them."""

    a: float
    b: float


@dataclass(frozen=True)
class Shrunk:
    """Posterior mean and central interval of each site."""

    mean: Floats
    lower: Floats
    upper: Floats


def beta_binomial(
    events: ArrayLike, n: ArrayLike, prior: BetaPrior, confidence: float = 0.95
) -> Shrunk:
    """Rates of sites, shrunk towards the prior; a site without a case has the prior's."""
    a, b = _beta_posterior(events, n, prior)
    tail = (1 - level(confidence)) / 2
    lower, upper = (np.asarray(betaincinv(a, b, p), dtype=np.float64) for p in (tail, 1 - tail))
    return Shrunk(a / (a + b), lower, upper)


def rate_above(events: ArrayLike, n: ArrayLike, prior: BetaPrior, rate: float) -> Floats:
    """The posterior chance that a site's rate lies above `rate`."""
    a, b = _beta_posterior(events, n, prior)
    return np.asarray(1 - betainc(a, b, float(proportions("rate", rate))), dtype=np.float64)


def gamma_poisson(
    observed: ArrayLike, expected: ArrayLike, shape: float, confidence: float = 0.95
) -> Shrunk:
    """Ratios of observed to expected, shrunk towards 1 by a Gamma(shape, shape) prior."""
    a, rate = _gamma_posterior(observed, expected, shape)
    tail = (1 - level(confidence)) / 2
    return Shrunk(a / rate, gammaincinv(a, tail) / rate, gammaincinv(a, 1 - tail) / rate)


def ratio_above(observed: ArrayLike, expected: ArrayLike, shape: float, ratio: float) -> Floats:
    """The posterior chance that a site's ratio lies above `ratio`."""
    a, rate = _gamma_posterior(observed, expected, shape)
    return np.asarray(gammaincc(a, rate * float(positive("ratio", ratio))), dtype=np.float64)


def beta_likelihood(events: ArrayLike, n: ArrayLike, prior: BetaPrior) -> float:
    """Log-likelihood of all sites under the prior."""
    x, size = counts_of(events, n)
    return float((_choices(x, size) + _beta_fit(x, size, prior.a, prior.b)).sum())


def fit_beta(events: ArrayLike, n: ArrayLike) -> BetaPrior:
    """The Beta prior under which the sites' counts are likeliest.

    It counts for at most as many cases as the registry holds: sites that vary no more than
    chance would otherwise make it endless. If no case, or every case, had the event the
    sites cannot be told apart: the prior is what all cases together say of one rate.
    """
    x, size = (values.ravel() for values in counts_of(events, n))
    total, cases = float(x.sum()), float(size.sum())
    if cases == 0:
        raise ValueError("n must hold at least one case; all are 0")
    if total in (0, cases):
        return BetaPrior(total + 0.5, cases - total + 0.5)
    strongest = max(cases, 2 * WEAKEST)
    fit = minimize(
        _beta_loss,
        (logit(total / cases), np.log(strongest) / 2),
        args=(x, size),
        jac=True,
        method="SLSQP",
        bounds=((-20, 20), (np.log(WEAKEST), np.log(strongest))),
        options={"ftol": 1e-13},
    )
    return BetaPrior(*_shapes(*fit.x))


def fit_gamma(observed: ArrayLike, expected: ArrayLike) -> float:
    """The shape of the Gamma prior of mean 1 under which the sites' counts are likeliest.

    From one half (wider says nothing) to the registry's expected events, as `fit_beta`.
    """
    x, e = _ratios(observed, expected)
    strongest = max(float(e.sum()), 2 * JEFFREYS)
    fit = minimize_scalar(
        lambda log_shape: -_gamma_fit(x, e, np.exp(log_shape)).sum(),
        bounds=(np.log(JEFFREYS), np.log(strongest)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(fit.x))


def _beta_posterior(events: ArrayLike, n: ArrayLike, prior: BetaPrior) -> tuple[Floats, Floats]:
    x, size = counts_of(events, n)
    a, b = float(positive("a", prior.a)), float(positive("b", prior.b))
    return a + x, b + size - x


def _gamma_posterior(
    observed: ArrayLike, expected: ArrayLike, shape: float
) -> tuple[Floats, Floats]:
    x, e = _ratios(observed, expected)
    prior = float(positive("shape", shape))
    return prior + x, prior + e


def _ratios(observed: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    x, e = together(
        ("observed", counts("observed", observed)), ("expected", positive("expected", expected))
    )
    return x, e


def _shapes(mean: float, strength: float) -> tuple[float, float]:
    cases = float(np.exp(strength))
    return cases * float(expit(mean)), cases * float(expit(-mean))


def _beta_loss(at: Floats, x: Floats, size: Floats) -> tuple[float, Floats]:
    """Minus the log-likelihood at (logit of the mean, log of the strength), and its slope."""
    a, b = _shapes(*at)
    both = psi(a + b) - psi(a + b + size)
    by_a = (psi(a + x) - psi(a) + both).sum()
    by_b = (psi(b + size - x) - psi(b) + both).sum()
    by_mean = (by_a - by_b) * a * b / (a + b)
    return -_beta_fit(x, size, a, b).sum(), -np.array([by_mean, by_a * a + by_b * b])


def _beta_fit(x: Floats, size: Floats, a: float, b: float) -> Floats:
    return np.asarray(betaln(a + x, b + size - x) - betaln(a, b), dtype=np.float64)


def _gamma_fit(x: Floats, e: Floats, shape: float) -> Floats:
    chances = shape * np.log(shape / (shape + e)) + x * np.log(e / (shape + e))
    return np.asarray(gammaln(shape + x) - gammaln(shape) - gammaln(x + 1) + chances)


def _choices(x: Floats, size: Floats) -> Floats:
    return np.asarray(gammaln(size + 1) - gammaln(x + 1) - gammaln(size - x + 1))
