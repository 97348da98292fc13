"""Control charts of proportions (p, Laney's p') and of rates (u), with exact limits for few cases.

Source: Montgomery, Statistical Quality Control, sections 7.2 and 7.3.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from sql.statistics.inputs import Floats, counts, not_negative, within
from sql.statistics.spc_limits import (
    D2,
    FEWEST_FOR_LIMITS,
    TAIL,
    binomial_limits,
    mean_range,
    poisson_limits,
    series,
    three_errors,
)
from sql.statistics.spc_rules import Rule, signalled

FEWEST_FOR_NORMAL = 5  # below so many expected the exact limits are used

Limits = Literal["auto", "normal", "exact"]


@dataclass(frozen=True)
class RateChart:
    """A chart of proportions or rates; `points` has events, n and is_exact besides.

    Where a point has under 5 expected events, no rule but "outside limits" is used.

    Attributes:
        centre: all events over all n.
        sigma_z: spread between points over that expected by chance (Laney); None if not used.
    """

    points: pl.DataFrame
    centre: float
    sigma_z: float | None
    is_trial: bool


def p_chart(events: ArrayLike, n: ArrayLike, limits: Limits = "auto") -> RateChart:
    """Proportions by period, with limits at centre ± 3 standard errors or exact.

    Args:
        events, n: counts by period, in order of time; where n is 0 there is no point.
        limits: "auto" takes exact binomial limits for a point with under 5 expected events,
            or expected non-events; "normal" and "exact" take one kind for all.

    Source: Montgomery, section 7.2; exact limits: the 0.135 % and 99.865 % points.
    """
    x, size = _counts(events, n)
    centre = float(x.sum() / size.sum())
    normal = three_errors(size, centre, centre * (1 - centre))
    expected = _rarer(x, size)
    is_exact = _is_exact(limits, expected)
    chosen = _chosen(is_exact, binomial_limits(size, centre, TAIL), normal)
    return _chart(x, size, centre, chosen, is_exact, _rules(expected[size > 0]))


def p_prime_chart(events: ArrayLike, n: ArrayLike) -> RateChart:
    """Proportions with Laney's limits: for large n that spread more than chance explains.

    Source: Laney, Quality Engineering 2002.
    """
    x, size = _counts(events, n)
    centre = float(x.sum() / size.sum())
    is_seen = size > 0
    error = np.sqrt(centre * (1 - centre) / size[is_seen])
    if error.size < 2 or not error.all():
        raise ValueError("n: at least two periods with cases, some with the event and some without")
    ranges = mean_range((x[is_seen] / size[is_seen] - centre) / error)
    sigma_z = (ranges or 0.0) / D2
    limits = three_errors(size, centre, centre * (1 - centre) * sigma_z**2)
    rules = _rules(_rarer(x, size)[is_seen])
    chart = _chart(x, size, centre, limits, np.zeros(size.size, dtype=np.bool_), rules)
    return replace(chart, sigma_z=sigma_z)


def u_chart(events: ArrayLike, exposure: ArrayLike, limits: Limits = "normal") -> RateChart:
    """Events per unit of exposure by period, with limits at centre ± 3 standard errors.

    Args:
        events: counts; exposure: what they arose in (procedures, bed days), 0 for no point.
        limits: "exact" takes Poisson limits; "auto" only where under 5 events are expected.

    Source: Montgomery, section 7.3.
    """
    x = series("events", counts("events", events))
    size = series("exposure", not_negative("exposure", exposure))
    if x.shape != size.shape or size.sum() == 0 or np.any((size == 0) & (x > 0)):
        raise ValueError("exposure must be given for each count of events, above 0 where there are")
    centre = float(x.sum() / size.sum())
    is_exact = _is_exact(limits, size * centre)
    normal = three_errors(size, centre, centre)
    chosen = _chosen(is_exact, poisson_limits(size, centre, TAIL), normal)
    return _chart(x, size, centre, chosen, is_exact, _rules(size[size > 0] * centre), most=None)


def _counts(events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    x, size = series("events", counts("events", events)), series("n", counts("n", n))
    if x.shape != size.shape:
        raise ValueError(f"events and n must have the same length; given {x.size} and {size.size}")
    if size.sum() == 0:
        raise ValueError("n must be above 0 in at least one period")
    return within(x, size)


def _rarer(x: Floats, size: Floats) -> Floats:
    """Expected events, or non-events where those are fewer, at each point."""
    fewest = min(float(x.sum()), float((size - x).sum()))
    return size * fewest / float(size.sum())


def _is_exact(limits: Limits, expected: Floats) -> NDArray[np.bool_]:
    if limits not in get_args(Limits):
        raise ValueError(f"limits must be one of {', '.join(get_args(Limits))}; found {limits!r}")
    if limits == "auto":
        return expected < FEWEST_FOR_NORMAL
    return np.full(expected.size, limits == "exact")


def _rules(expected: Floats) -> Collection[Rule]:
    # With few expected, most points lie under the centre: a run there means nothing.
    return get_args(Rule) if np.all(expected >= FEWEST_FOR_NORMAL) else ("outside limits",)


def _chosen(
    is_exact: NDArray[np.bool_], exact: tuple[Floats, Floats], normal: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    lower, upper = (np.where(is_exact, *pair) for pair in zip(exact, normal, strict=True))
    return lower, upper


def _chart(
    x: Floats,
    size: Floats,
    centre: float,
    limits: tuple[Floats, Floats],
    is_exact: NDArray[np.bool_],
    rules: Collection[Rule],
    most: float | None = 1.0,
) -> RateChart:
    is_seen = size > 0
    value = np.divide(x, size, where=is_seen, out=np.full(size.size, np.nan))
    lower, upper = (np.where(is_seen, one, np.nan) for one in limits)
    points = signalled(value, centre, lower, upper, rules).with_columns(
        pl.col("lower", "upper").clip(0, most),
        pl.Series("events", x.astype(np.int64)),
        pl.Series("n", size),
        pl.Series("is_exact", is_exact & is_seen),
    )
    return RateChart(points, centre, None, int(is_seen.sum()) < FEWEST_FOR_LIMITS)
