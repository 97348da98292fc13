"""Limits of control charts: three standard errors, mean moving ranges, exact probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, pdtr

from sql.statistics.inputs import Floats, numbers

SIGMA = 3  # limits stand three standard errors from the centre
TAIL = 0.00135  # one tail beyond three standard errors
XMR_FACTOR = 2.66  # Making Data Count's rounding of 3 / 1.128
D2 = 1.128  # mean range of two normal observations, in standard deviations
RANGE_FACTOR = 3.267  # upper limit of moving ranges, in mean ranges
FEWEST_FOR_LIMITS = 13  # with fewer points the limits are on trial
# R's allowance: a quantile that is whole but for rounding is that number, not the next.
ALMOST = 1e-12


def series(name: str, values: ArrayLike) -> Floats:
    """Finite numbers in one list, at least one."""
    found = numbers(name, values)
    if found.ndim != 1:
        raise ValueError(f"{name} must be one list, in order of time")
    return found


def mean_range(value: Floats, is_screened: bool = False) -> float | None:
    """Mean moving range; screened: once more without those of 3.267 mean ranges or more."""
    ranges = np.abs(np.diff(value))
    if ranges.size == 0:
        return None
    kept = ranges[ranges < RANGE_FACTOR * ranges.mean()] if is_screened else ranges
    return float(kept.mean()) if kept.size else 0.0


def around(centre: float, half: float | None) -> tuple[float | None, float | None]:
    """Both limits; none where there is no spread to tell them from."""
    return (None, None) if half is None else (centre - half, centre + half)


def three_errors(size: Floats, centre: float, variance: float) -> tuple[Floats, Floats]:
    """Three standard errors either side; `variance` is that of one case. Where n is 0: centre."""
    error = np.sqrt(np.divide(variance, size, where=size > 0, out=np.zeros(size.size)))
    return centre - SIGMA * error, centre + SIGMA * error


def binomial_limits(n: Floats, rate: float, tail: float) -> tuple[Floats, Floats]:
    """The proportions between which all but `tail` on each side fall by chance, for each n.

    The counts behind them are quantiles: the smallest whose probability, with all below it,
    reaches `tail` and 1 - `tail`. 0 where n is 0.
    """

    def counted(size: float, share: float) -> int:
        return _quantile(lambda counts: bdtr(counts, int(size), rate), int(size), share)

    return _each(n, tail, counted)


def poisson_limits(exposure: Floats, rate: float, tail: float) -> tuple[Floats, Floats]:
    """As `binomial_limits`, per unit of exposure, for events that have no n."""

    def counted(size: float, share: float) -> int:
        mean = size * rate
        most = math.ceil(mean + 20 * math.sqrt(mean) + 20)
        return _quantile(lambda counts: np.asarray(pdtr(counts, mean), np.float64), most, share)

    return _each(exposure, tail, counted)


def geometric_quantile(share: float, rate: float) -> int:
    """The smallest gap that is not exceeded with probability `share`, at a rate per procedure."""
    if rate >= 1:
        return 0
    return max(0, math.ceil(math.log1p(-share) / math.log1p(-rate) - 1 - ALMOST))


def _each(
    sizes: Floats, tail: float, counted: Callable[[float, float], int]
) -> tuple[Floats, Floats]:
    kinds, position = np.unique(sizes, return_inverse=True)
    found = [
        (counted(size, tail) / size, counted(size, 1 - tail) / size) if size > 0 else (0.0, 0.0)
        for size in kinds.tolist()
    ]
    limits = np.array(found, dtype=np.float64)[position]
    return limits[:, 0], limits[:, 1]


def _quantile(cumulative: Callable[[Floats], Floats], most: int, share: float) -> int:
    return int(np.searchsorted(cumulative(np.arange(most + 1.0)), share))
