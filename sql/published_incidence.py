"""Published local progression: a life table with competing ends, made of rounded counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl

from sql import published_life_tables
from sql.disclosure import FEWEST_FOR_PERCENT, Rounded, whole
from sql.published_life_tables import LEAVING, TOO_MANY_LEFT, WIDEST_SPAN, walked
from sql.published_nested import Beside
from sql.statistics.competing import incidence_of
from sql.statistics.observations import log_log

ENDS_SUPPRESSED = "progressions or other ends up to this year are suppressed"

FIGURES = {
    "years": pl.Int64,
    **dict.fromkeys(("entered_text", "events_text", "competing_text", "at_risk_text"), pl.String),
    **dict.fromkeys(("at_risk", "percent", "lower", "upper"), pl.Int64),
    "note": pl.String,
}
SCHEMA = {"indicator_id": pl.String, **FIGURES}

IS_EVENT = pl.col("value") == 1
IS_COMPETING = ~IS_EVENT & pl.col("ended_by").is_not_null()

# A year's counts: the year, local progressions and competing ends since the last, at risk at it.
Interval = tuple[int, Rounded, Rounded, Rounded]


def national(
    source: duckdb.DuckDBPyConnection, strata: Mapping[str, Any], beside: Beside
) -> pl.DataFrame:
    """pub_incidence: one row per indicator and landmark year of the strata."""
    return published_life_tables.national(
        source, strata, (IS_EVENT, IS_COMPETING), life_table, beside
    )


def life_table(entered: Rounded, intervals: Sequence[Interval]) -> pl.DataFrame:
    """Cumulative incidence at each year from rounded counts, by the actuarial method.

    Those who leave without an end count for half of their interval; the interval covers what
    follows if all of them left at its start, or at its end. A year is shown where the rounded
    number at risk is 20 or more, no count up to it is suppressed, and those who left decide
    too little.

    Returns:
        The columns of FIGURES, one row an interval.

    Source: Cutler and Ederer, J Chronic Dis 1958, with two ends (Aalen and Johansen 1978).
    """
    rows = []
    tables: dict[str, list[Exposed]] = {when: [] for when in LEAVING}
    is_known = True
    for year in walked(entered, intervals):
        row: dict[str, Any] = dict.fromkeys(FIGURES) | year.row(("events", "competing"))
        is_known = is_known and year.is_known
        if is_known:
            events, competing = (end or 0 for end in year.ends)
            ended = events + competing
            left = max(0, (year.entered or 0) - ended - (year.at_risk or 0))
            for when, share in LEAVING.items():
                exposed = max((year.entered or 0) - share * left, ended, 1)
                tables[when].append((events, ended, exposed))
        if year.at_risk is not None and year.at_risk >= FEWEST_FOR_PERCENT:
            row |= _shown(tables) if is_known else {"note": ENDS_SUPPRESSED}
        rows.append(row)
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


# Of a year: progressions, ends of either kind, and how many were exposed.
Exposed = tuple[float, float, float]


def _shown(tables: Mapping[str, Sequence[Exposed]]) -> dict[str, Any]:
    """The per cent of those who left half-way, with an interval that covers the extremes."""
    found = {when: _at_last(table) for when, table in tables.items()}
    incidences = [incidence for incidence, *_ in found.values()]
    if max(incidences) - min(incidences) > WIDEST_SPAN:
        return {"note": TOO_MANY_LEFT}
    percent = whole(round(found["half-way"][0] * 10**9), 10**9)
    if not min(incidences):  # no progression yet: the log-log interval is not defined
        return {"percent": percent, "note": None}
    lower, upper = ([one[side] for one in found.values()] for side in (1, 2))
    return {
        "percent": percent,
        "lower": round(100 * min(lower)),
        "upper": round(100 * max(upper)),
        "note": None,
    }


def _at_last(table: Sequence[Exposed]) -> tuple[float, float, float]:
    """The incidence after the last interval, and its 95 % limits."""
    events, ended, exposed = np.array(table, dtype=np.float64).T
    estimate, se = incidence_of(events, ended, exposed)
    lower, upper = log_log(estimate[-1:], se[-1:], 0.95)
    # At 1 no limit is defined: nobody is left, and the other extremes bound it.
    low, high = (float(np.nan_to_num(one[0], nan=estimate[-1])) for one in (lower, upper))
    return float(estimate[-1]), low, high
