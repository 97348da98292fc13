"""Checks on what a method is given: one wording of what was found and what is allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def numbers(name: str, values: ArrayLike) -> Floats:
    """Finite numbers, at least one.

    Raises:
        ValueError: naming `name`, what was found and what is allowed.
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise _refused(name, "holds something that is no number", "numbers") from None
    if found.size == 0:
        raise _refused(name, "is empty", "at least one number")
    if not np.isfinite(found).all():
        raise _refused(name, "holds a missing or infinite value", "finite numbers")
    return found


def counts(name: str, values: ArrayLike) -> Floats:
    """Whole numbers from 0 on; refused as in `numbers`."""
    found = numbers(name, values)
    if (found < 0).any():
        raise _refused(name, "holds a negative number", "whole numbers from 0 on")
    if (found != np.floor(found)).any():
        raise _refused(name, "holds a fraction", "whole numbers from 0 on")
    return found


def counts_of(events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Events among n, broadcast against each other."""
    return within(counts("events", events), counts("n", n))


def within(events: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Counts of events and of cases, broadcast; refused where a count exceeds its n."""
    x, size = together(("events", events), ("n", n))
    if (x > size).any():
        raise ValueError("events must lie between 0 and n: more events than cases were given")
    return x, size


def together(*named: tuple[str, Floats]) -> tuple[Floats, ...]:
    """Arrays broadcast against each other; refused where their shapes do not go together."""
    try:
        return tuple(np.broadcast_arrays(*(values for _, values in named)))
    except ValueError:
        names = ", ".join(name for name, _ in named)
        shapes = " and ".join(str(values.shape) for _, values in named)
        raise ValueError(f"{names} must have one shape; found {shapes}") from None


def not_negative(name: str, values: ArrayLike) -> Floats:
    """Numbers from 0 on."""
    found = numbers(name, values)
    if (found < 0).any():
        raise _refused(name, "holds a negative number", "numbers from 0 on")
    return found


def positive(name: str, values: ArrayLike) -> Floats:
    """Numbers above 0."""
    found = numbers(name, values)
    if (found <= 0).any():
        raise _refused(name, "holds a number that is not above 0", "numbers above 0")
    return found


def proportions(name: str, values: ArrayLike) -> Floats:
    """Numbers from 0 to 1."""
    found = numbers(name, values)
    if ((found < 0) | (found > 1)).any():
        raise _refused(name, "leaves the range 0 to 1", "proportions from 0 to 1")
    return found


def level(confidence: float) -> float:
    """A confidence level, strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(
            f"confidence must lie strictly between 0 and 1, as 0.95; found {confidence}"
        )
    return confidence


def _refused(name: str, found: str, allowed: str) -> ValueError:
    return ValueError(f"{name} {found}; allowed: {allowed}")
