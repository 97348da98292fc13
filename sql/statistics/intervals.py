"""Confidence intervals of a proportion: Wilson for display, Clopper-Pearson for decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

Floats = NDArray[np.float64]


def wilson(events: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score interval without continuity correction, as (lower, upper).

    Args:
        events, n: counts, broadcast against each other. Where n is 0 both limits are nan:
            nothing was observed, so no interval is given.
        confidence: two-sided level.

    Source: Wilson, JASA 1927; UKHSA Fingertips technical guidance (proportions).
    """
    x, size = _counts(events, n)
    z = float(ndtri((1 + confidence) / 2))
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
    x, size = _counts(events, n)
    tail = (1 - confidence) / 2
    # A beta parameter must be above 0; the ends are set below.
    lower = betaincinv(np.maximum(x, 1), size - x + 1, tail)
    upper = betaincinv(x + 1, np.maximum(size - x, 1), 1 - tail)
    return _limits(size, np.where(x == 0, 0.0, lower), np.where(x == size, 1.0, upper))


def _counts(events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    x, size = np.broadcast_arrays(
        np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    )
    if np.any(x < 0) or np.any(x > size):
        raise ValueError("events must lie between 0 and n")
    return x, size


def _limits(size: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    is_empty = size == 0
    return (
        np.where(is_empty, np.nan, np.clip(lower, 0, 1)),
        np.where(is_empty, np.nan, np.clip(upper, 0, 1)),
    )
