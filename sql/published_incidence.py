"""Published local progression: a life table with competing ends, made of rounded counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.disclosure import FEWEST_FOR_PERCENT, Rounded, hes, text, whole
from sql.published_rates import TOO_FEW_SITES
from sql.published_survival import TOO_FEW_AT_RISK
from sql.reader_source import frame
from sql.statistics.survival import YEAR_DAYS

ENDS_SUPPRESSED = "progressions or other ends up to this year are suppressed"

FIGURES = {
    "years": pl.Int64,
    **dict.fromkeys(("entered_text", "events_text", "competing_text", "at_risk_text"), pl.String),
    **dict.fromkeys(("at_risk", "percent"), pl.Int64),
    "note": pl.String,
}
SCHEMA = {"indicator_id": pl.String, **FIGURES}

# A year's counts: the year, local progressions and competing ends since the last, at risk at it.
Interval = tuple[int, Rounded, Rounded, Rounded]


def national(source: duckdb.DuckDBPyConnection, strata: Mapping[str, Any]) -> pl.DataFrame:
    """pub_incidence: one row per indicator and landmark year of the strata."""
    tables = [
        _national(source, indicator, strata["years"]).insert_column(
            0, pl.lit(indicator).alias("indicator_id")
        )
        for indicator in strata["indicators"]
    ]
    return pl.concat(tables)


def _national(
    source: duckdb.DuckDBPyConnection, indicator: str, years: Sequence[int]
) -> pl.DataFrame:
    observed = frame(
        source,
        """
        select site_id, time_days, value, ended_by
        from indicator_value
        where indicator_id = $indicator
        """,
        {"indicator": indicator},
    )
    by_site = observed.group_by("site_id").len().sort("site_id")["len"]
    if not disclosure.is_national([hes(count) for count in by_site]):
        withheld = {name: disclosure.SUPPRESSED for name in FIGURES if name.endswith("_text")}
        row = dict.fromkeys(FIGURES) | withheld | {"note": TOO_FEW_SITES}
        return pl.DataFrame([row | {"years": year} for year in years], schema=FIGURES)
    return life_table(hes(observed.height), _intervals(observed, years))


def _intervals(observed: pl.DataFrame, years: Sequence[int]) -> list[Interval]:
    time, is_event = pl.col("time_days") / YEAR_DAYS, pl.col("value") == 1
    is_other = ~is_event & pl.col("ended_by").is_not_null()
    found: list[Interval] = []
    start = -1  # an end on day 0 belongs to the first year
    for year in years:
        ended = observed.filter((time > start) & (time <= year))
        # At risk: followed beyond the year, whatever ended it later.
        followed = observed.filter((time > year) | ((time == year) & ~is_event & ~is_other))
        events, others = ended.filter(is_event).height, ended.filter(is_other).height
        found.append((year, hes(events), hes(others), hes(followed.height)))
        start = year
    return found


def life_table(entered: Rounded, intervals: Sequence[Interval]) -> pl.DataFrame:
    """Cumulative incidence at each year from rounded counts, by the actuarial method.

    Those who leave without an end count for half of their interval. A year is shown where the
    rounded number at risk is 20 or more and no count up to it is suppressed; without an
    interval, as rounded counts would make it look surer than it is.

    Returns:
        The columns of FIGURES, one row an interval.

    Source: Cutler and Ederer, J Chronic Dis 1958, with two ends (Aalen and Johansen 1978).
    """
    rows = []
    free, incidence, is_known = 1.0, 0.0, True
    for year, events, competing, at_risk in intervals:
        row: dict[str, Any] = dict.fromkeys(FIGURES) | {
            "years": year,
            "entered_text": text(entered),
            "events_text": text(events),
            "competing_text": text(competing),
            "at_risk_text": text(at_risk),
            "at_risk": at_risk,
            "note": TOO_FEW_AT_RISK,
        }
        is_known = is_known and None not in (entered, events, competing, at_risk)
        if is_known:
            ended = (events or 0) + (competing or 0)
            left = max(0, (entered or 0) - ended - (at_risk or 0))
            exposed = max((entered or 0) - left / 2, ended, 1)
            incidence += free * (events or 0) / exposed
            free *= 1 - ended / exposed
        if at_risk is not None and at_risk >= FEWEST_FOR_PERCENT:
            shown = {"percent": whole(round(incidence * 10**9), 10**9), "note": None}
            row |= shown if is_known else {"note": ENDS_SUPPRESSED}
        rows.append(row)
        entered = at_risk
    return pl.DataFrame(rows, schema=FIGURES, orient="row")
