"""Confidence intervals of proportions, counts, ratios and rates, each as (lower, upper).

Wilson for display, exact for decisions; every argument is broadcast against the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, chdtri, ndtri

from sql.statistics.inputs import (
    Floats,
    counts,
    counts_of,
    level,
    not_negative,
    positive,
    together,
)

FEWEST_FOR_BYAR = 10  # below it Byar's lower limit can be negative
FEWEST_FOR_RATE = 10  # a directly standardised rate on fewer events is not shown


def wilson(events: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score interval without continuity correction, as (lower, upper).

    Args:
        events, n: counts, broadcast against each other. Where n is 0 both limits are nan:
            nothing was observed, so no interval is given.
        confidence: two-sided level.

    Raises:
        ValueError: on counts that are empty, missing, negative, fractional or above n.

    Source: Wilson, JASA 1927; UKHSA Fingertips technical guidance (proportions).
    """
    x, size = counts_of(events, n)
    z = _normal(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = 2 * x + z**2
        half = z * np.sqrt(z**2 + 4 * x * (1 - x / size))
        lower = (centre - half) / (2 * (size + z**2))
        upper = (centre + half) / (2 * (size + z**2))
    # Floating point can leave 1e-17 where the limit is exactly 0 or 1.
    return _limits(size, np.where(x == 0, 0.0, lower), np.where(x == size, 1.0, upper))


def clopper_pearson(
    events: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact (Clopper-Pearson) interval, as (lower, upper); arguments as in `wilson`.

    Source: Clopper and Pearson, Biometrika 1934.
    """
    x, size = counts_of(events, n)
    tail = (1 - level(confidence)) / 2
    # A beta parameter must be above 0; the ends are set below.
    lower = betaincinv(np.maximum(x, 1), size - x + 1, tail)
    upper = betaincinv(x + 1, np.maximum(size - x, 1), 1 - tail)
    return _limits(size, np.where(x == 0, 0.0, lower), np.where(x == size, 1.0, upper))


def newcombe_difference(
    events: tuple[ArrayLike, ArrayLike],
    n: tuple[ArrayLike, ArrayLike],
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Interval of the first proportion minus the second, from their Wilson intervals.

    Args:
        events, n: the counts of both groups, each (first, second). nan where an n is 0.

    Source: Newcombe, Statistics in Medicine 1998;17:873 (method 10).
    """
    (first, first_lower, first_upper), (second, second_lower, second_upper) = (
        _observed(x, size, confidence) for x, size in zip(events, n, strict=True)
    )
    difference = first - second
    lower = difference - np.hypot(first - first_lower, second_upper - second)
    upper = difference + np.hypot(first_upper - first, second - second_lower)
    return np.maximum(lower, -1), np.minimum(upper, 1)


def poisson_exact(events: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of the mean of a Poisson count.

    Source: Garwood, Biometrika 1936 (chi-square form).
    """
    x = counts("events", events)
    tail = (1 - level(confidence)) / 2
    # chdtri is the quantile of the upper tail; it needs degrees of freedom above 0.
    lower = np.where(x == 0, 0.0, chdtri(2 * np.maximum(x, 1), 1 - tail) / 2)
    return lower, chdtri(2 * x + 2, tail) / 2


def byar(events: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximation to the exact Poisson interval: use it from 10 events on.

    The lower limit of 0 events is not defined (nan), and that of 1 at 99.8 % is negative:
    `count` gives the limits to show.

    Source: Breslow and Day, IARC 82, 1987; UKHSA Fingertips technical guidance (counts).
    """
    x = counts("events", events)
    z = _normal(confidence)
    some = np.where(x == 0, np.nan, x)
    lower = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    more = x + 1
    return lower, more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3


def count(events: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a count: exact below 10 events, Byar's from 10.

    Source: UKHSA Fingertips technical guidance (counts and rates).
    """
    x = counts("events", events)
    is_small = x < FEWEST_FOR_BYAR
    exact, approximate = poisson_exact(x, confidence), byar(x, confidence)
    return (
        np.where(is_small, exact[0], approximate[0]),
        np.where(is_small, exact[1], approximate[1]),
    )


def standardised_ratio(
    observed: ArrayLike, expected: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of an indirectly standardised ratio, observed over expected.

    Args:
        observed: counts of events. expected: above 0, from a model of the whole reference
            population; taken as known.

    Source: UKHSA Fingertips technical guidance (indirectly standardised ratios).
    """
    x, e = together(
        ("observed", counts("observed", observed)), ("expected", positive("expected", expected))
    )
    lower, upper = count(x, confidence)
    return lower / e, upper / e


def standardised_rate(events: ArrayLike, cases: ArrayLike, standard: ArrayLike) -> Floats:
    """Directly standardised rate per case: the strata's rates, weighted by the standard.

    Args:
        events, cases, standard: one number per stratum on the last axis; every stratum has
            cases; `standard` is the standard population, or any weights.
    """
    x, size, weight = _strata(events, cases, standard)
    return np.asarray((weight * x / size).sum(axis=-1), dtype=np.float64)


def dobson(
    events: ArrayLike, cases: ArrayLike, standard: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a directly standardised rate per case; arguments as in `standardised_rate`.

    Under 10 events in all both limits are nan: such a rate is not shown.

    Source: Dobson et al., Statistics in Medicine 1991;10:457; UKHSA, calculate_dsr.
    """
    x, size, weight = _strata(events, cases, standard)
    total = x.sum(axis=-1)
    rate = (weight * x / size).sum(axis=-1)
    scale = np.sqrt((weight**2 * x / size**2).sum(axis=-1) / np.maximum(total, 1))
    is_shown = total >= FEWEST_FOR_RATE
    lower, upper = (
        np.where(is_shown, rate + scale * (limit - total), np.nan)
        for limit in byar(total, confidence)
    )
    return lower, upper


def _strata(
    events: ArrayLike, cases: ArrayLike, standard: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    x, size, weight = together(
        ("events", np.atleast_1d(counts("events", events))),
        ("cases", positive("cases", cases)),
        ("standard", not_negative("standard", standard)),
    )
    total = weight.sum(axis=-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("standard must weigh at least one stratum above 0; all weights are 0")
    return x, size, weight / total


def _observed(x: ArrayLike, n: ArrayLike, confidence: float) -> tuple[Floats, Floats, Floats]:
    lower, upper = wilson(x, n, confidence)
    events, size = counts_of(x, n)
    with np.errstate(invalid="ignore"):
        return events / size, lower, upper


def _normal(confidence: float) -> float:
    return float(ndtri((1 + level(confidence)) / 2))


def _limits(size: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    is_empty = size == 0
    return (
        np.where(is_empty, np.nan, np.clip(lower, 0, 1)),
        np.where(is_empty, np.nan, np.clip(upper, 0, 1)),
    )
