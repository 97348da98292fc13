"""The mean of measured amounts with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from sql.statistics.inputs import numbers


@dataclass(frozen=True)
class Mean:
    """A mean and its limits, in the unit of the amounts; limits None for a single amount."""

    estimate: float
    lower: float | None
    upper: float | None


def mean(amounts: ArrayLike, confidence: float = 0.95) -> Mean:
    """The arithmetic mean with Student's interval.

    Raises:
        ValueError: if there is no amount, or one is missing or infinite.

    Source: Student, Biometrika 1908; R, t.test.
    """
    found = numbers("amounts", amounts)
    middle = float(np.mean(found))
    if found.size == 1:
        return Mean(middle, None, None)
    spread = float(stats.t.ppf((1 + confidence) / 2, found.size - 1))
    half = spread * float(np.std(found, ddof=1)) / float(np.sqrt(found.size))
    return Mean(middle, middle - half, middle + half)
