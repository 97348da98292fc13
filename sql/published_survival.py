"""Published survival and local progression: life tables by year, made of rounded counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.disclosure import FEWEST_FOR_PERCENT, Rounded, hes, text, whole
from sql.published_rates import TOO_FEW_SITES
from sql.reader_source import frame
from sql.statistics.survival import YEAR_DAYS

TOO_FEW_AT_RISK = "fewer than 20 at risk"
DEATHS_SUPPRESSED = "deaths up to this year are suppressed"
Z = 1.959963984540054

FIGURES = {
    "years": pl.Int64,
    **dict.fromkeys(("entered_text", "deaths_text", "at_risk_text"), pl.String),
    **dict.fromkeys(("at_risk", "percent", "lower", "upper"), pl.Int64),
    "note": pl.String,
}
SCHEMA = {"indicator_id": pl.String, **FIGURES}


def national(source: duckdb.DuckDBPyConnection, strata: Mapping[str, Any]) -> pl.DataFrame:
    """pub_survival: one row per indicator and landmark year of the strata."""
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
        select site_id, time_days, value
        from indicator_value
        where indicator_id = $indicator
            and value is not null
        """,
        {"indicator": indicator},
    )
    by_site = observed.group_by("site_id").len().sort("site_id")["len"]
    if not disclosure.is_national([hes(count) for count in by_site]):
        withheld = {name: disclosure.SUPPRESSED for name in FIGURES if name.endswith("_text")}
        row = dict.fromkeys(FIGURES) | withheld | {"note": TOO_FEW_SITES}
        return pl.DataFrame([row | {"years": year} for year in years], schema=FIGURES)
    time = pl.col("time_days") / YEAR_DAYS
    entered = hes(observed.height)
    intervals = []
    start = 0
    for year in years:
        died = observed.filter((pl.col("value") == 1) & (time > start) & (time <= year))
        if start == 0:  # a death on day 0 belongs to the first year
            died = observed.filter((pl.col("value") == 1) & (time <= year))
        # At risk: followed beyond the year, dead or alive later.
        followed = observed.filter((time > year) | ((time == year) & (pl.col("value") == 0)))
        intervals.append((year, hes(died.height), hes(followed.height)))
        start = year
    return life_table(entered, intervals)


def life_table(entered: Rounded, intervals: Sequence[tuple[int, Rounded, Rounded]]) -> pl.DataFrame:
    """Survival at each year from rounded counts, by the actuarial method.

    Those who leave without dying count for half of their interval. A year is shown where the
    rounded number at risk is 20 or more and no count up to it is suppressed.

    Args:
        entered: patients. intervals: (year, deaths since the last year, at risk at the year).

    Returns:
        The columns of FIGURES: years, entered_text (at risk at the interval's start),
        deaths_text, at_risk_text, at_risk, percent, lower, upper, note.

    Source: Cutler and Ederer, J Chronic Dis 1958; Greenwood's variance, log-log interval.
    """
    rows = []
    estimate, variance, is_known = 1.0, 0.0, True
    for year, deaths, at_risk in intervals:
        row: dict[str, Any] = dict.fromkeys(FIGURES) | {
            "years": year,
            "entered_text": text(entered),
            "deaths_text": text(deaths),
            "at_risk_text": text(at_risk),
            "at_risk": at_risk,
            "note": TOO_FEW_AT_RISK,
        }
        is_known = is_known and None not in (entered, deaths, at_risk)
        if is_known and entered and deaths is not None and at_risk is not None:
            left = max(0, entered - deaths - at_risk)
            exposed = max(entered - left / 2, deaths)
            if exposed > deaths:
                estimate *= 1 - deaths / exposed
                variance += deaths / (exposed * (exposed - deaths))
            else:
                is_known = False
        if at_risk is not None and at_risk >= FEWEST_FOR_PERCENT:
            row |= _shown(estimate, variance) if is_known else {"note": DEATHS_SUPPRESSED}
        rows.append(row)
        entered = at_risk
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


def _shown(estimate: float, variance: float) -> dict[str, Any]:
    percent = whole(round(estimate * 10**9), 10**9)
    if estimate == 1:  # no death yet: the log-log interval is not defined
        return {"percent": percent, "note": None}
    spread = Z * math.sqrt(variance) / abs(math.log(estimate))
    return {
        "percent": percent,
        "lower": round(100 * estimate ** math.exp(spread)),
        "upper": round(100 * estimate ** math.exp(-spread)),
        "note": None,
    }
