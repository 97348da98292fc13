"""Control charts: single values (XmR) here, rates in `spc_rates`, rare events in `spc_rare`.

Every chart holds `points`, in order of time: value, centre, lower, upper, rule and direction
(`spc_rules`, where the rule set is named). All of it can be imported from here.

Source: NHS England, Making Data Count; Montgomery, Statistical Quality Control, chapters 6, 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from numpy.typing import ArrayLike

from sql.statistics.spc_limits import (
    FEWEST_FOR_LIMITS,
    RANGE_FACTOR,
    XMR_FACTOR,
    around,
    mean_range,
    series,
)
from sql.statistics.spc_rare import (
    GChart,
    TChart,
    chance_of_short_gap,
    g_chart,
    gaps,
    t_chart,
)
from sql.statistics.spc_rates import RateChart, p_chart, p_prime_chart, u_chart
from sql.statistics.spc_rules import (
    RULE_SET,
    RUN_LENGTH,
    assurance,
    point_types,
    signalled,
    variation,
)

__all__ = [
    "RULE_SET",
    "RUN_LENGTH",
    "GChart",
    "RateChart",
    "TChart",
    "Xmr",
    "assurance",
    "chance_of_short_gap",
    "drawn",
    "g_chart",
    "gaps",
    "p_chart",
    "p_prime_chart",
    "point_types",
    "t_chart",
    "u_chart",
    "variation",
    "xmr",
]

FEWEST_IN_BASELINE = 12


@dataclass(frozen=True)
class Xmr:
    """A chart of single values; limits and ranges are None where there is one value only.

    Attributes:
        mean, lower, upper: of the process; draw with `drawn`: a count has no limit under 0.
        mean_range: mean moving range, of those that count; range_limit: 3.267 of it.
        is_screened: extreme ranges were left out. False is what the Excel tool does.
        is_trial: the limits rest on fewer than 13 points.
    """

    points: pl.DataFrame
    mean: float
    lower: float | None
    upper: float | None
    mean_range: float | None
    range_limit: float | None
    is_screened: bool
    is_trial: bool


def xmr(values: ArrayLike, *, is_screened: bool = False, baseline: int | None = None) -> Xmr:
    """Single values with limits at mean ± 2.66 mean moving ranges.

    Args:
        values: in order of time.
        is_screened: leave moving ranges of 3.267 mean ranges or more out, once
            (NHSRplotthedots); the NHS England Excel tool does not, and nor does the default.
        baseline: limits from so many first values only, at least 12.

    Source: Making Data Count; screening: Nelson, Journal of Quality Technology 1982.
    """
    value = series("values", values)
    if baseline is not None and baseline < FEWEST_IN_BASELINE:
        raise ValueError(f"baseline must be at least {FEWEST_IN_BASELINE} points; found {baseline}")
    used = value[:baseline]
    mean, ranges = float(used.mean()), mean_range(used, is_screened)
    lower, upper = around(mean, None if ranges is None else XMR_FACTOR * ranges)
    return Xmr(
        points=signalled(value, mean, lower, upper),
        mean=mean,
        lower=lower,
        upper=upper,
        mean_range=ranges,
        range_limit=None if ranges is None else RANGE_FACTOR * ranges,
        is_screened=is_screened,
        is_trial=used.size < FEWEST_FOR_LIMITS,
    )


def drawn(points: pl.DataFrame, least: float = 0.0, most: float | None = None) -> pl.DataFrame:
    """The points with limits cut to what the measure can be: no count or per cent under 0."""
    return points.with_columns(pl.col("lower", "upper").clip(least, most))
