"""Funnel limits as the literature draws them: reference values, never the verdict.

The interpolated upper limit of a proportion lies below the count whose tail it stands for,
so that one event in one case at 5 % would be an alarm: `funnel.verdict` follows the tails.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, ndtri
from scipy.stats import binom, poisson

from sql.statistics.inputs import Floats, counts, level, positive, proportions, together


def interpolated(
    n: ArrayLike, target: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact binomial limits, interpolated between counts, as (lower, upper) proportions.

    Source: Spiegelhalter, Statistics in Medicine 2005;24:1185, appendix A.1.1.
    """
    size, rate = _cases(n, target)
    lower, upper = (
        _between(p, reached, binom.cdf(reached, size, rate), binom.cdf(reached - 1, size, rate))
        for p, reached in ((p, binom.ppf(p, size, rate)) for p in _quantiles(confidence))
    )
    return np.clip(lower / size, 0, 1), np.clip(upper / size, 0, 1)


def normal(n: ArrayLike, target: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Normal limits of a proportion; at small n they leave 0 to 1, and are not cut there."""
    size, rate = _cases(n, target)
    half = ndtri((1 + level(confidence)) / 2) * np.sqrt(rate * (1 - rate) / size)
    return rate - half, rate + half


def poisson_interpolated(expected: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Exact Poisson limits of observed over expected, interpolated between counts.

    Source: Spiegelhalter, Statistics in Medicine 2005;24:1185, appendix A.1.1.
    """
    e = positive("expected", expected)
    lower, upper = (
        _between(p, reached, poisson.cdf(reached, e), poisson.cdf(reached - 1, e))
        for p, reached in ((p, poisson.ppf(p, e)) for p in _quantiles(confidence))
    )
    return np.maximum(lower / e, 0), np.maximum(upper / e, 0)


def chi_square(expected: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """The limits that FunnelPlotR draws for a ratio: shown only to reproduce its charts.

    They are a confidence interval for a count of `expected`, not limits for a count about
    it, and lie higher at both ends.

    Source: FunnelPlotR 0.6.0, build_limits_lookup.
    """
    e = positive("expected", expected)
    tail = (1 - level(confidence)) / 2
    return chdtri(2 * e, 1 - tail) / (2 * e), chdtri(2 * (e + 1), tail) / (2 * e)


def _cases(n: ArrayLike, target: ArrayLike) -> tuple[Floats, Floats]:
    size, rate = together(
        ("n", positive("n", counts("n", n))), ("target", proportions("target", target))
    )
    return size, rate


def _quantiles(confidence: float) -> tuple[float, float]:
    tail = (1 - level(confidence)) / 2
    return tail, 1 - tail


def _between(p: float, reached: ArrayLike, above: ArrayLike, below: ArrayLike) -> Floats:
    """The point between reached - 1 and reached at which the distribution function is p.

    Args:
        above, below: the distribution function at reached and at reached - 1.
    """
    at, under = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    return np.asarray(np.asarray(reached) - (at - p) / (at - under), dtype=np.float64)
