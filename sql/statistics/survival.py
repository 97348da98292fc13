"""Kaplan-Meier survival with log-log intervals, medians and follow-up as R gives them.

Source: R package survival 3.5 (survfit, conf.type "log-log"). Several ways of failing stand in
`competing`; how follow-up is checked, and which times are one, in `observations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sql.statistics.comparison import log_rank
from sql.statistics.inputs import Floats
from sql.statistics.observations import (
    TOLERANCE,
    checked_events,
    checked_times,
    log_log,
    one_time,
)

__all__ = [
    "LANDMARK_YEARS",
    "YEAR_DAYS",
    "Median",
    "RestrictedMean",
    "at",
    "completeness",
    "empty_curve",
    "follow_up",
    "kaplan_meier",
    "landmarks",
    "log_rank",
    "median",
    "reverse_kaplan_meier",
    "rmst",
]

YEAR_DAYS = 365.25
LANDMARK_YEARS = (1, 2, 3, 5)
READ = ("estimate", "se", "lower", "upper")


@dataclass(frozen=True)
class Median:
    """A median time and its limits, in the unit of the times; None: not reached."""

    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time lived up to a horizon, in the unit of the times; None: followed less long."""

    until: float
    estimate: float | None
    se: float | None


def kaplan_meier(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> pl.DataFrame:
    """Survival at every observed time, for one group.

    Events come before censorings at the same time. Greenwood variance, log-log interval.

    Args:
        time: non-negative follow-up times; event: 1 where it ended in the event, 0 censored.

    Returns:
        time, estimate, se (of the estimate), lower, upper, at_risk (just before), events,
        censored; one row per distinct time, ascending. Null as where R gives NA: limits
        before the first event, se and limits once nobody is left.

    Raises:
        ValueError: if nobody was observed, or a time or event is impossible.
    """
    times = checked_times(time)
    distinct, position = one_time(times)
    events = np.bincount(position, weights=checked_events(event, times)).astype(np.int64)
    left = np.bincount(position)
    at_risk = times.size - np.cumsum(left) + left
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.cumprod(1 - events / at_risk)
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        se = estimate * np.sqrt(greenwood)
        lower, upper = log_log(estimate, se, confidence)
    columns = {
        "time": distinct,
        "estimate": estimate,
        "se": se,
        "lower": lower,
        "upper": upper,
        "at_risk": at_risk,
        "events": events,
        "censored": left - events,
    }
    return pl.DataFrame(columns, schema=_SCHEMA).with_columns(pl.col(READ).fill_nan(None))


def reverse_kaplan_meier(
    time: ArrayLike, event: ArrayLike, confidence: float = 0.95
) -> pl.DataFrame:
    """How long patients were followed: `kaplan_meier` with being censored as the event.

    Columns as there; `events` counts the censorings. `median` of it is the median follow-up.

    Source: Schemper and Smith, Controlled Clinical Trials 1996.
    """
    times = checked_times(time)
    return kaplan_meier(times, 1 - checked_events(event, times), confidence)


def empty_curve() -> pl.DataFrame:
    """The curve of a group without a patient: the columns of `kaplan_meier`, no row."""
    return pl.DataFrame(schema=_SCHEMA)


def median(curve: pl.DataFrame) -> Median:
    """The median of a curve, by R's rule.

    Where the curve lies exactly on one half over an interval, the middle of that interval;
    the same rule gives the limits, from the curve's own limits.

    Source: R package survival, quantile.survfit.
    """
    return Median(
        estimate=_half_time(curve, "estimate"),
        lower=_half_time(curve, "lower"),
        upper=_half_time(curve, "upper"),
    )


def follow_up(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> Median:
    """Median follow-up by reverse Kaplan-Meier, never the median of the observed times."""
    return median(reverse_kaplan_meier(time, event, confidence))


def at(curve: pl.DataFrame, times: ArrayLike) -> pl.DataFrame:
    """The curve read at given times.

    Args:
        curve: from `kaplan_meier`, or the rows of one cause from `aalen_johansen`.

    Returns:
        time, estimate, se, lower, upper, at_risk, one row per given time, in its order.
        at_risk counts those followed to that time or beyond. After the last observed time
        with someone censored the estimate and limits are null: never carried on.
    """
    wanted = checked_times(times, "times")
    schema = dict.fromkeys(("time", *READ), pl.Float64) | {"at_risk": pl.Int64}
    return pl.DataFrame([_read(curve, moment) for moment in wanted], schema=schema, orient="row")


def landmarks(
    curve: pl.DataFrame, years: Sequence[float] = LANDMARK_YEARS, year: float = YEAR_DAYS
) -> pl.DataFrame:
    """The curve read at whole years, with the numbers at risk.

    Args:
        year: the length of a year in the unit of the curve's times (12 for months).

    Returns:
        years, then the columns of `at`; a year beyond the last follow-up has no figure.
    """
    named = pl.Series("years", years, dtype=pl.Float64)
    return at(curve, named.to_numpy() * year).insert_column(0, named)


def rmst(curve: pl.DataFrame, until: float) -> RestrictedMean:
    """Restricted mean survival time: the area under the curve up to `until`.

    No figure where the last patient followed was censored before `until`.

    Source: Klein and Moeschberger, Survival Analysis, 2003, section 4.5; R, print(rmean=).
    """
    horizon = float(checked_times([until], "until")[0])
    if _is_beyond(curve, horizon):
        return RestrictedMean(horizon, None, None)
    before = curve.filter(pl.col("time") <= horizon + TOLERANCE)
    ends = np.append(before["time"].to_numpy(), horizon)
    height = np.append(1.0, before["estimate"].to_numpy())
    area = height * np.diff(ends, prepend=0.0)
    # What an event at a time moves: the area from there to the horizon.
    remaining = np.cumsum(area[:0:-1])[::-1]
    events, at_risk = before["events"].to_numpy(), before["at_risk"].to_numpy()
    is_some_left = at_risk > events
    step = np.zeros(events.size)
    np.divide(events, at_risk * (at_risk - events), where=is_some_left, out=step)
    return RestrictedMean(horizon, float(area.sum()), float(np.sqrt(np.sum(remaining**2 * step))))


def completeness(time: ArrayLike, event: ArrayLike, potential: ArrayLike) -> float | None:
    """Clark's C: follow-up observed as a share of what there would be, had nobody been lost.

    Args:
        time, event: as in `kaplan_meier`; a patient with the event is followed completely.
        potential: time from the start to the data's cut-off, at least `time`, same unit.

    Returns:
        0 to 1; None where no follow-up was possible (every patient started at the cut-off).

    Source: Clark, Altman and De Stavola, Lancet 2002.
    """
    times = checked_times(time)
    possible = checked_times(potential, "potential")
    events = checked_events(event, times)
    if possible.shape != times.shape or np.any(possible < times - TOLERANCE):
        raise ValueError("potential must be given for every time, and not be shorter than it")
    total = float(np.where(events == 1, times, possible).sum())
    return float(times.sum()) / total if total > 0 else None


_SCHEMA = {
    "time": pl.Float64,
    "estimate": pl.Float64,
    "se": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "at_risk": pl.Int64,
    "events": pl.Int64,
    "censored": pl.Int64,
}


def _read(curve: pl.DataFrame, moment: float) -> tuple[float | int | None, ...]:
    if _is_beyond(curve, moment):
        return (moment, None, None, None, None, 0)
    known: Floats = curve["time"].to_numpy()
    following = int(np.searchsorted(known, moment - TOLERANCE))
    at_risk = int(curve["at_risk"][following]) if following < known.size else 0
    reached = int(np.searchsorted(known, moment + TOLERANCE)) - 1
    if reached < 0:
        return (moment, 0.0 if "cause" in curve.columns else 1.0, 0.0, None, None, at_risk)
    return (moment, *(curve[name][reached] for name in READ), at_risk)


def _is_beyond(curve: pl.DataFrame, moment: float) -> bool:
    """Whether somebody was still under follow-up, without the event, when it stopped before."""
    if curve.is_empty():
        return True
    return bool(moment > curve["time"][-1] + TOLERANCE and curve["censored"][-1] > 0)


def _half_time(curve: pl.DataFrame, column: str) -> float | None:
    known = curve.filter(pl.col(column).is_not_null())
    # Half is compared with a tolerance: 1/2 reached by products can be 0.5 - 1e-16.
    reached = known.filter(pl.col(column) <= 0.5 + TOLERANCE)
    if reached.is_empty():
        return None
    first = float(reached["time"][0])
    if abs(float(reached[column][0]) - 0.5) > TOLERANCE:
        return first
    below = known.filter(pl.col(column) < 0.5 - TOLERANCE)
    # A curve that ends on one half has no other end of the flat part than its last time.
    last = float(below["time"][0]) if below.height else float(curve["time"][-1])
    return (first + last) / 2
