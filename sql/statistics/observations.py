"""Follow-up as sent to a survival function: what is accepted, which times are one, limits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from sql.statistics.inputs import Floats, level

Integers = NDArray[np.int64]

# Times nearer than this, absolutely or relative to their mean, are one time.
# Source: R package survival, aeqSurv (timefix = TRUE): the square root of machine epsilon.
TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
# A sum of probabilities that should be 1 can end at 1 - 1e-16.
ROUNDING = 1e-12


def checked_times(time: ArrayLike, name: str = "time") -> Floats:
    """Follow-up times as floats.

    Raises:
        ValueError: if there is none, or one is negative, missing or not a number.
    """
    times = numbers(time, name)
    if times.size == 0:
        raise ValueError(f"{name} is empty: at least one observation is needed")
    if np.any(~np.isfinite(times)) or np.any(times < 0):
        raise ValueError(f"{name} must be finite and not negative")
    return times


def checked_events(event: ArrayLike, times: Floats) -> Floats:
    """Events (1) and censorings (0), one per time."""
    events = numbers(event, "event")
    _same_length(events, times, "event")
    if np.any((events != 0) & (events != 1)):
        raise ValueError("event must be 0 or 1 (0 censored, 1 event)")
    return events


def checked_causes(cause: ArrayLike, times: Floats) -> Integers:
    """Causes (1, 2, ...) and censorings (0), one per time."""
    causes = numbers(cause, "cause")
    _same_length(causes, times, "cause")
    if np.any(~np.isfinite(causes)) or np.any(causes < 0) or np.any(causes != np.round(causes)):
        raise ValueError("cause must be a whole number: 0 censored, 1 or more a cause")
    return causes.astype(np.int64)


def checked_groups(group: ArrayLike, times: Floats) -> tuple[int, Integers]:
    """The number of groups and each patient's, counted from 0 in the order of their names."""
    labels = np.asarray(group)
    _same_length(labels, times, "group")
    if labels.dtype == np.float64 and np.any(np.isnan(labels)):
        raise ValueError("group must be known for every patient")
    if labels.dtype == object and any(label is None for label in labels):
        raise ValueError("group must be known for every patient")
    names, position = np.unique(labels, return_inverse=True)
    if names.size < 2:
        raise ValueError("at least two groups are needed to compare")
    return names.size, position.astype(np.int64)


def numbers(values: ArrayLike, name: str) -> Floats:
    """A list of numbers as floats; a missing one is nan."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only") from error
    if found.ndim != 1:
        raise ValueError(f"{name} must be one list of numbers")
    return found


def z_of(confidence: float) -> float:
    """The normal quantile of a two-sided level."""
    return float(ndtri((1 + level(confidence)) / 2))


def one_time(times: Floats) -> tuple[Floats, Integers]:
    """(distinct times ascending, the place of each observation among them), ties as in R."""
    unique, position = np.unique(times, return_inverse=True)
    gap = np.diff(unique)
    is_new = np.ones(unique.size, dtype=np.bool_)
    is_new[1:] = gap > TOLERANCE * max(1.0, float(np.mean(unique)))
    return unique[is_new], (np.cumsum(is_new) - 1)[position].astype(np.int64)


def log_log(estimate: Floats, se: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Limits of a proportion on the log(-log) scale; nan where it is 0 or 1, as in R.

    Source: Kalbfleisch and Prentice, 1980; R package survival, conf.type "log-log".
    """
    inside = np.where((estimate > 0) & (estimate < 1 - ROUNDING), estimate, np.nan)
    spread = z_of(confidence) * se / np.abs(inside * np.log(inside))
    return inside ** np.exp(spread), inside ** np.exp(-spread)


def _same_length(values: NDArray[Any], times: Floats, name: str) -> None:
    if values.shape != times.shape:
        raise ValueError(
            f"time and {name} must have the same length; given {times.size} and {values.size}"
        )
