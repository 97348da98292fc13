"""Several ways of failing: the cumulative incidence of each (Aalen-Johansen), never 1 - KM.

Source: R package survival 3.5 (survfit of a multi-state response), ties included.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from sql.statistics.comparison import gray
from sql.statistics.inputs import Floats
from sql.statistics.observations import (
    checked_causes,
    checked_times,
    log_log,
    one_time,
)

Counts = NDArray[np.signedinteger]

__all__ = ["aalen_johansen", "gray", "incidence_of"]


def aalen_johansen(
    time: ArrayLike,
    cause: ArrayLike,
    confidence: float = 0.95,
    causes: Sequence[int] | None = None,
) -> pl.DataFrame:
    """Cumulative incidence of each cause at every observed time, for one group.

    Everything at one time happens together, events before censorings; the order of the rows
    given does not matter. The interval is log-log on the incidence itself, as R applies it.

    Args:
        time: non-negative follow-up times; cause: 0 censored, 1, 2, ... what ended it first.
        causes: the causes to give; all that occur by default, and cause 1 where none does.

    Returns:
        time, cause, estimate, se, lower, upper, at_risk (just before, of any cause), events
        (of this cause), censored; one row per cause and distinct time, by cause, then time.
        Limits are null where R gives NA: before the first event of the cause, and at 1.

    Raises:
        ValueError: if nobody was observed, or a time or cause is impossible.

    Source: Aalen and Johansen 1978; variance: Andersen et al., Statistical Models Based on
    Counting Processes, 1993, section IV.4.
    """
    times = checked_times(time)
    given = checked_causes(cause, times)
    seen = [int(one) for one in np.unique(given[given > 0])] or [1]
    distinct, position = one_time(times)
    left = np.bincount(position)
    at_risk = times.size - np.cumsum(left) + left
    events = np.bincount(position[given > 0], minlength=distinct.size)
    frames = []
    for one in seen if causes is None else causes:
        own = np.bincount(position[given == one], minlength=distinct.size)
        estimate, se = incidence_of(own, events, at_risk)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = log_log(estimate, se, confidence)
        columns = {
            "time": distinct,
            "cause": np.full(distinct.size, one),
            "estimate": estimate,
            "se": se,
            "lower": lower,
            "upper": upper,
            "at_risk": at_risk,
            "events": own,
            "censored": left - events,
        }
        frames.append(pl.DataFrame(columns, schema=_SCHEMA))
    return pl.concat(frames).with_columns(pl.col("lower", "upper").fill_nan(None))


_SCHEMA = {
    "time": pl.Float64,
    "cause": pl.Int64,
    "estimate": pl.Float64,
    "se": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "at_risk": pl.Int64,
    "events": pl.Int64,
    "censored": pl.Int64,
}


def incidence_of(
    own: Counts | Floats, events: Counts | Floats, at_risk: Counts | Floats
) -> tuple[Floats, Floats]:
    """(incidence of one cause, its standard error) at each time, from counts at the times.

    Args:
        own: events of the cause; events: of any cause; at_risk: just before, or exposed.

    The variance at t sums, over the times s up to t, d events of n at risk, d_j of them own:
    d/(n(n-d)) (F(t) - F(s) - S(s-) d_j (n-d)/(n d))^2 + S(s-)^2 d_j (d-d_j)/(n^2 d),
    Andersen's terms with the square completed: a sum of squares, so that nothing is lost where
    the variance is nearly, or exactly, none.
    """
    n, d = at_risk.astype(np.float64), events.astype(np.float64)
    before = np.append(1.0, np.cumprod(1 - d / n)[:-1])
    estimate = np.minimum(np.cumsum(before * own / n), 1.0)
    is_event, is_some_left = d > 0, (d > 0) & (n > d)
    factor = np.divide(d, n * (n - d), where=is_some_left, out=np.zeros(d.size))
    moved = np.divide(before * own * (n - d), n * d, where=is_event, out=np.zeros(d.size))
    between = np.divide(before**2 * own * (d - own), n**2 * d, where=is_event, out=np.zeros(d.size))
    variance = np.zeros(d.size)
    # It changes only at events of the cause; in between the last value stands.
    for place in np.flatnonzero(own):
        upto = slice(0, place + 1)
        ahead = estimate[place] - estimate[upto]
        variance[place] = np.sum(factor[upto] * (ahead - moved[upto]) ** 2 + between[upto])
    last = np.maximum.accumulate(np.where(own > 0, np.arange(d.size), 0))
    return estimate, np.sqrt(variance[last])
