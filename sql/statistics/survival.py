"""Kaplan-Meier survival with log-log intervals, medians and follow-up as R gives them.

Source: R package survival 3.5 (survfit, conf.type "log-log").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]

# Times within this of each other are one time, as in R's survfit.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Median:
    """A median time and its limits, in the unit of the times; None: not reached."""

    estimate: float | None
    lower: float | None
    upper: float | None


def kaplan_meier(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> pl.DataFrame:
    """Survival at every observed time, for one group.

    Events come before censorings at the same time. Greenwood variance, log-log interval.

    Args:
        time: non-negative follow-up times; event: 1 where it ended in the event, 0 censored.

    Returns:
        time, estimate, se (of the estimate), lower, upper, at_risk (just before), events,
        censored; one row per distinct time, ascending. se and limits are null where
        undefined: before the first event and once nobody is left.
    """
    times, events = _observations(time, event)
    distinct, position = np.unique(times, return_inverse=True)
    died = np.bincount(position, weights=events, minlength=distinct.size)
    left = np.bincount(position, minlength=distinct.size)
    at_risk = times.size - np.concatenate(([0], np.cumsum(left)[:-1]))[: distinct.size]
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.cumprod(1 - died / at_risk)
        greenwood = np.cumsum(died / (at_risk * (at_risk - died)))
        lower, upper = _log_log(estimate, greenwood, confidence)
    has_interval = (estimate > 0) & (estimate < 1)
    return pl.DataFrame(
        {
            "time": distinct,
            "estimate": estimate,
            "se": estimate * np.sqrt(np.where(estimate > 0, greenwood, 0)),
            "lower": lower,
            "upper": upper,
            "at_risk": at_risk.astype(np.int64),
            "events": died.astype(np.int64),
            "censored": (left - died).astype(np.int64),
        }
    ).with_columns(
        pl.when(pl.lit(pl.Series(has_interval))).then(pl.col(name)).alias(name)
        for name in ("lower", "upper")
    )


def median(curve: pl.DataFrame) -> Median:
    """The median of a curve, by R's rule.

    Where the curve lies exactly on one half over an interval, the middle of that interval;
    the same rule gives the limits, from the curve's own limits.
    """
    return Median(
        estimate=_half_time(curve, "estimate"),
        lower=_half_time(curve, "lower"),
        upper=_half_time(curve, "upper"),
    )


def follow_up(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> Median:
    """Median follow-up by reverse Kaplan-Meier: being censored is the event."""
    times, events = _observations(time, event)
    return median(kaplan_meier(times, 1 - events, confidence))


def at(curve: pl.DataFrame, times: ArrayLike) -> pl.DataFrame:
    """The curve read at given times (landmarks).

    Returns:
        time, estimate, se, lower, upper, at_risk, one row per given time, in its order.
        at_risk counts those followed to that time or beyond. After the last observed time
        with someone censored the estimate and limits are null: never carried on.
    """
    wanted = np.asarray(times, dtype=np.float64)
    known: Floats = curve["time"].to_numpy()
    total = int(curve["at_risk"][0]) if curve.height else 0
    gone = np.cumsum((curve["events"] + curve["censored"]).to_numpy())
    place = np.searchsorted(known, wanted + TOLERANCE, side="right") - 1
    before = np.searchsorted(known, wanted - TOLERANCE, side="left") - 1
    rows: list[tuple[float | int | None, ...]] = []
    for moment, index, previous in zip(wanted, place, before, strict=True):
        at_risk = total - int(gone[previous]) if previous >= 0 else total
        is_beyond = not known.size or (moment > known[-1] + TOLERANCE and curve["estimate"][-1] > 0)
        if is_beyond:
            rows.append((float(moment), None, None, None, None, 0))
        elif index < 0:
            rows.append((float(moment), 1.0, 0.0, None, None, at_risk))
        else:
            read = curve.row(int(index), named=True)
            values = (read[name] for name in ("estimate", "se", "lower", "upper"))
            rows.append((float(moment), *values, at_risk))
    columns = ("time", "estimate", "se", "lower", "upper")
    schema = dict.fromkeys(columns, pl.Float64) | {"at_risk": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _observations(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Floats]:
    times = np.asarray(time, dtype=np.float64)
    events = np.asarray(event, dtype=np.float64)
    if times.shape != events.shape:
        raise ValueError("time and event must have the same length")
    if np.any(~np.isfinite(times)) or np.any(times < 0):
        raise ValueError("times must be finite and not negative")
    if np.any((events != 0) & (events != 1)):
        raise ValueError("event must be 0 or 1")
    return times, events


def _log_log(estimate: Floats, greenwood: Floats, confidence: float) -> tuple[Floats, Floats]:
    z = float(ndtri((1 + confidence) / 2))
    spread = z * np.sqrt(greenwood) / np.abs(np.log(estimate))
    return estimate ** np.exp(spread), estimate ** np.exp(-spread)


def _half_time(curve: pl.DataFrame, column: str) -> float | None:
    known = curve.filter(pl.col(column).is_not_null() & pl.col(column).is_not_nan())
    # Half is compared with a tolerance: 1/2 reached by products can be 0.5 - 1e-16.
    reached = known.filter(pl.col(column) <= 0.5 + TOLERANCE)
    if reached.is_empty():
        return None
    first = float(reached["time"][0])
    if abs(float(reached[column][0]) - 0.5) > TOLERANCE:
        return first
    below = known.filter(pl.col(column) < 0.5 - TOLERANCE)
    # A curve that ends on one half has no other end of the flat part than its first time.
    last = float(below["time"][0]) if below.height else float(curve["time"][-1])
    return (first + last) / 2
