"""Many comparisons: adjusted p-values, and how likely a false flag is among them.

They stand beside the limits and never replace them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control

from sql.statistics.inputs import Floats, counts, proportions


def bonferroni(p: ArrayLike) -> Floats:
    """p-values times their number, at most 1."""
    given = _p_values(p)
    return np.minimum(given * given.size, 1)


def holm(p: ArrayLike) -> Floats:
    """Holm's step-down adjustment.

    Source: Holm, Scandinavian Journal of Statistics 1979;6:65.
    """
    given = _p_values(p)
    order = np.argsort(given, kind="stable")
    steps = np.maximum.accumulate(given[order] * np.arange(given.size, 0, -1))
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """False discovery rate where tests are independent or positively related.

    Source: Benjamini and Hochberg, JRSS B 1995;57:289.
    """
    return np.asarray(false_discovery_control(_p_values(p), method="bh"), dtype=np.float64)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """False discovery rate however the tests are related.

    Source: Benjamini and Yekutieli, Annals of Statistics 2001;29:1165.
    """
    return np.asarray(false_discovery_control(_p_values(p), method="by"), dtype=np.float64)


def any_false_flag(comparisons: ArrayLike, chance: ArrayLike) -> Floats:
    """The chance of at least one false flag among independent comparisons.

    Args:
        comparisons: how many: sites times indicators. chance: of a false flag in each:
            0.05 for an alert and 0.002 for an alarm on either side, at most.
    """
    looks, each = counts("comparisons", comparisons), proportions("chance", chance)
    return np.asarray(1 - (1 - each) ** looks, dtype=np.float64)


def _p_values(p: ArrayLike) -> Floats:
    given = proportions("p", p)
    if given.ndim != 1:
        raise ValueError("p must be one list of p-values")
    return given
