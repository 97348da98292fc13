"""Control charts of rare events: procedures between events (g), days between events (t)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sql.statistics.inputs import Floats, counts, proportions, together, within
from sql.statistics.spc_limits import (
    D2,
    SIGMA,
    TAIL,
    around,
    geometric_quantile,
    mean_range,
    series,
)
from sql.statistics.spc_rules import signalled

T_POWER = 3.6  # makes exponential times nearly normal (Nelson 1994)


@dataclass(frozen=True)
class GChart:
    """A chart of event-free procedures between events; it cannot show that gaps get short.

    Attributes:
        centre: the median gap; upper: mean + 3 standard deviations, lower always 0.
        rate: the chance of the event per procedure, 1 / (mean + 1).
        probable: gaps that 97.5 % and 99.865 % do not exceed at that rate.
    """

    points: pl.DataFrame
    mean: float
    centre: float
    upper: float
    rate: float
    probable: tuple[int, int]


@dataclass(frozen=True)
class TChart:
    """A chart of times between events; limits are None where there is one time only.

    Attributes:
        probable: the 0.135 % point, the median and the 99.865 % point of exponential times.
    """

    points: pl.DataFrame
    centre: float
    lower: float | None
    upper: float | None
    probable: tuple[float, float, float]


def g_chart(between: ArrayLike) -> GChart:
    """Event-free procedures between one event and the next.

    A point above `upper` is a long gap. Deterioration shows as short gaps, and there is no
    limit below 0 to flag them: use `chance_of_short_gap`, or a CUSUM.

    Args:
        between: whole numbers, in order of time (see `gaps`).

    Source: Benneyan, Health Care Management Science 2001; the centre as in qicharts2.
    """
    value = series("between", counts("between", between))
    mean, middle = float(value.mean()), float(np.median(value))
    upper = mean + SIGMA * float(np.sqrt(mean * (mean + 1)))
    rate = 1 / (mean + 1)
    # Gaps are skewed: near a limit, or rising, they are not as rare as values of an XmR chart.
    points = signalled(value, middle, 0.0, upper, rules=("outside limits", "shift"))
    probable = geometric_quantile(0.975, rate), geometric_quantile(1 - TAIL, rate)
    return GChart(points, mean, middle, upper, rate, probable)


def t_chart(between: ArrayLike) -> TChart:
    """Times between one event and the next, all above 0.

    The times to the power 1/3.6 are nearly normal: their XmR limits (3 mean ranges / 1.128)
    and rules, read back on the scale of the times.

    Source: Nelson, Journal of Quality Technology 1994; Montgomery, section 7.3.5.
    """
    value = series("between", between)
    if np.any(value <= 0):
        raise ValueError(
            "between must be above 0: count two events on one day as half a day apart, or count "
            "the procedures between them (g_chart)"
        )
    near_normal = value ** (1 / T_POWER)
    mean, ranges = float(near_normal.mean()), mean_range(near_normal)
    half = None if ranges is None else SIGMA * ranges / D2
    found = signalled(near_normal, mean, *around(mean, half))
    lines = pl.col("centre", "lower", "upper").clip(0).pow(T_POWER)
    points = found.with_columns(pl.Series("value", value), lines)
    first = points.row(0, named=True)
    probable = [-float(value.mean()) * math.log1p(-share) for share in (TAIL, 0.5, 1 - TAIL)]
    low, middle, high = probable
    return TChart(points, first["centre"], first["lower"], first["upper"], (low, middle, high))


def gaps(events: ArrayLike) -> tuple[list[int], int]:
    """(event-free procedures before each event, those since the last), procedures in order.

    Args:
        events: 1 for a procedure with the event, 0 without, in order of time.
    """
    event, _ = within(series("events", counts("events", events)), np.ones(1))
    places = np.flatnonzero(event)
    between = np.diff(places, prepend=-1) - 1
    since = event.size - 1 - (int(places[-1]) if places.size else -1)
    return between.tolist(), since


def chance_of_short_gap(gap: ArrayLike, rate: ArrayLike) -> Floats:
    """P(the next gap is as short as this, or shorter) at a rate of events per procedure.

    Small where two events came close together: 1 - (1 - rate)^(gap + 1).
    """
    length, chance = together(("gap", counts("gap", gap)), ("rate", proportions("rate", rate)))
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1((length + 1) * np.log1p(-chance)))
