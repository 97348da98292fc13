"""Published survival, overall and free of progression: life tables by year, of rounded counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import published_life_tables
from sql.disclosure import FEWEST_FOR_PERCENT, Rounded, whole
from sql.published_life_tables import LEAVING, TOO_MANY_LEFT, WIDEST_SPAN, walked
from sql.published_nested import Beside

EVENTS_SUPPRESSED = "events up to this year are suppressed"
Z = 1.959963984540054

FIGURES = {
    "years": pl.Int64,
    **dict.fromkeys(("entered_text", "events_text", "at_risk_text"), pl.String),
    **dict.fromkeys(("at_risk", "percent", "lower", "upper"), pl.Int64),
    "note": pl.String,
}
SCHEMA = {"indicator_id": pl.String, **FIGURES}


def national(
    source: duckdb.DuckDBPyConnection, strata: Mapping[str, Any], beside: Beside
) -> pl.DataFrame:
    """pub_survival: one row per indicator and landmark year of the strata."""
    return published_life_tables.national(
        source, strata, (pl.col("value") == 1,), life_table, beside
    )


def life_table(entered: Rounded, intervals: Sequence[tuple[int, Rounded, Rounded]]) -> pl.DataFrame:
    """Survival at each year from rounded counts, by the actuarial method.

    An event is a death or, free of progression, the first of progression and death. Those who
    leave without one count for half of their interval; the interval covers what follows if
    all of them left at its start, or at its end. A year is shown where the rounded number at
    risk is 20 or more, no count up to it is suppressed, and those who left decide too little.

    Args:
        entered: patients. intervals: (year, events since the last year, at risk at the year).

    Returns:
        The columns of FIGURES: years, entered_text (at risk at the interval's start),
        events_text, at_risk_text, at_risk, percent, lower, upper, note.

    Source: Cutler and Ederer, J Chronic Dis 1958; Greenwood's variance, log-log interval.
    """
    rows = []
    curves = dict.fromkeys(LEAVING, (1.0, 0.0))
    is_known = True
    for year in walked(entered, intervals):
        row: dict[str, Any] = dict.fromkeys(FIGURES) | year.row(("events",))
        is_known = is_known and year.is_known and year.entered != 0
        if is_known:
            (events,) = (end or 0 for end in year.ends)
            left = max(0, (year.entered or 0) - events - (year.at_risk or 0))
            for when, share in LEAVING.items():
                exposed = max((year.entered or 0) - share * left, events)
                curves[when] = _after(*curves[when], events, exposed)
            is_known = curves["half-way"][0] > 0
        if year.at_risk is not None and year.at_risk >= FEWEST_FOR_PERCENT:
            row |= _shown(curves) if is_known else {"note": EVENTS_SUPPRESSED}
        rows.append(row)
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


def _after(estimate: float, variance: float, events: float, exposed: float) -> tuple[float, float]:
    """The estimate and Greenwood's sum after one interval; nobody is left where all had it."""
    if exposed <= events:
        return 0.0, variance
    return estimate * (1 - events / exposed), variance + events / (exposed * (exposed - events))


def _shown(curves: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """The per cent of those who left half-way, with an interval that covers the extremes."""
    least, most = curves["at the start"], curves["at the end"]
    if most[0] - least[0] > WIDEST_SPAN:
        return {"note": TOO_MANY_LEFT}
    percent = whole(round(curves["half-way"][0] * 10**9), 10**9)
    if least[0] == 1:  # no event yet: the log-log interval is not defined
        return {"percent": percent, "note": None}
    return {
        "percent": percent,
        "lower": round(100 * _limit(*least, 1)) if least[0] else 0,
        "upper": round(100 * _limit(*most, -1)),
        "note": None,
    }


def _limit(estimate: float, variance: float, side: int) -> float:
    """A limit of the log-log interval: 1 the lower, -1 the upper."""
    spread = Z * math.sqrt(variance) / abs(math.log(estimate))
    return float(estimate ** math.exp(side * spread))
