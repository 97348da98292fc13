"""Published local progression: a life table with competing ends, made of rounded counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import published_life_tables
from sql.disclosure import FEWEST_FOR_PERCENT, Rounded, whole
from sql.published_life_tables import LEAVING, TOO_MANY_LEFT, WIDEST_SPAN, walked

ENDS_SUPPRESSED = "progressions or other ends up to this year are suppressed"

FIGURES = {
    "years": pl.Int64,
    **dict.fromkeys(("entered_text", "events_text", "competing_text", "at_risk_text"), pl.String),
    **dict.fromkeys(("at_risk", "percent"), pl.Int64),
    "note": pl.String,
}
SCHEMA = {"indicator_id": pl.String, **FIGURES}

IS_EVENT = pl.col("value") == 1
IS_COMPETING = ~IS_EVENT & pl.col("ended_by").is_not_null()

# A year's counts: the year, local progressions and competing ends since the last, at risk at it.
Interval = tuple[int, Rounded, Rounded, Rounded]


def national(source: duckdb.DuckDBPyConnection, strata: Mapping[str, Any]) -> pl.DataFrame:
    """pub_incidence: one row per indicator and landmark year of the strata."""
    return published_life_tables.national(source, strata, (IS_EVENT, IS_COMPETING), life_table)


def life_table(entered: Rounded, intervals: Sequence[Interval]) -> pl.DataFrame:
    """Cumulative incidence at each year from rounded counts, by the actuarial method.

    Those who leave without an end count for half of their interval. A year is shown where the
    rounded number at risk is 20 or more, no count up to it is suppressed, and those who left
    decide too little; without an interval, as rounded counts would make it look surer than it
    is.

    Returns:
        The columns of FIGURES, one row an interval.

    Source: Cutler and Ederer, J Chronic Dis 1958, with two ends (Aalen and Johansen 1978).
    """
    rows = []
    curves = dict.fromkeys(LEAVING, (1.0, 0.0))
    is_known = True
    for year in walked(entered, intervals):
        row: dict[str, Any] = dict.fromkeys(FIGURES) | year.row(("events", "competing"))
        is_known = is_known and year.is_known
        if is_known:
            events, competing = (end or 0 for end in year.ends)
            ended = events + competing
            left = max(0, (year.entered or 0) - ended - (year.at_risk or 0))
            for when, share in LEAVING.items():
                free, incidence = curves[when]
                exposed = max((year.entered or 0) - share * left, ended, 1)
                curves[when] = free * (1 - ended / exposed), incidence + free * events / exposed
        if year.at_risk is not None and year.at_risk >= FEWEST_FOR_PERCENT:
            row |= _shown(curves) if is_known else {"note": ENDS_SUPPRESSED}
        rows.append(row)
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


def _shown(curves: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    incidences = [incidence for _, incidence in curves.values()]
    if max(incidences) - min(incidences) > WIDEST_SPAN:
        return {"note": TOO_MANY_LEFT}
    percent = whole(round(curves["half-way"][1] * 10**9), 10**9)
    return {"percent": percent, "note": None}
