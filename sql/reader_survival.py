"""Survival of own patients from the first procedure, overall or free of progression."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sql.reader_source import Source
from sql.selection import WHOLE, Selection, selected
from sql.sentences import interval, percent
from sql.statistics.survival import (
    YEAR_DAYS,
    Median,
    at,
    empty_curve,
    follow_up,
    kaplan_meier,
    landmarks,
    median,
)

FEWEST_AT_RISK = 10  # the curve ends, visibly, where fewer are at risk

OBSERVED = """
    select site_id, time_days, value
    from indicator_value as value
    where indicator_id = $indicator
        and site_id = any($sites)
        and ($site is null or site_id = $site)
        and ($start is null or event_date between $start and $finish)
        and {selected}
    order by site_id, time_days, value
"""


# What the curve of each indicator says of the patients: those on it, and those off it.
TOLD = {
    "E6_OS": ("alive", "have died"),
    "E5_PFS": ("alive without progression", "have progressed or died"),
}


@dataclass(frozen=True)
class Survival:
    """Survival of one group of own patients, overall or free of progression.

    Attributes:
        site_id, site_name: None for all own sites together.
        patients, deaths: those of whom something is known, and the events among them.
        unknown: patients of whom nothing was sent: in no curve.
        curve: years, estimate, lower, upper, at_risk, events, censored; a first row at 0;
            it ends at the last time with at least 10 at risk.
        censored: years, estimate: one row per time with a censoring, for the ticks.
        is_cut: True where the curve ends before the last follow-up.
        at_risk: years (0, 1, 2, ... to the longest follow-up), at_risk.
        landmarks: years (1, 2, 3, 5), estimate, lower, upper, at_risk; null figures where
            fewer than 10 are at risk.
        median_years, follow_up_years: None in a place means "not reached".
        sentence: what the curve says, in one sentence.
    """

    site_id: str | None
    site_name: str | None
    patients: int
    deaths: int
    unknown: int
    curve: pl.DataFrame
    censored: pl.DataFrame
    is_cut: bool
    at_risk: pl.DataFrame
    landmarks: pl.DataFrame
    median_years: Median
    follow_up_years: Median
    sentence: str


@dataclass(frozen=True)
class Cohort:
    """Whose course a curve follows: None of period or site does not narrow."""

    period: str | None = None
    site: str | None = None
    selection: Selection = WHOLE


def survival(source: Source, indicator_id: str, by: str, cohort: Cohort) -> list[Survival]:
    told = TOLD[indicator_id]
    found = followed(source, OBSERVED, indicator_id, cohort)
    if by != "site" and cohort.site is None:
        return [_survival(found, None, source.together, told)]
    return [
        _survival(found.filter(pl.col("site_id") == site), site, source.site_names[site], told)
        for site in ([cohort.site] if cohort.site else source.sites)
    ]


def followed(source: Source, query: str, indicator_id: str, cohort: Cohort) -> pl.DataFrame:
    """The rows of a query on indicator_value of one cohort of own patients."""
    if cohort.site is not None:
        source.require_own(cohort.site)
    period = source.period(cohort.period) if cohort.period else None
    return source.rows(
        query.format(selected=selected("value")),
        indicator=indicator_id,
        site=cohort.site,
        start=period.start if period else None,
        finish=period.end if period else None,
        **cohort.selection.values,
    )


def _survival(
    observed: pl.DataFrame, site: str | None, name: str, told: tuple[str, str]
) -> Survival:
    known = observed.filter(pl.col("value").is_not_null())
    years = known["time_days"].to_numpy() / YEAR_DAYS
    died = known["value"].to_numpy()
    whole = kaplan_meier(years, died) if known.height else empty_curve()
    curve = whole.filter(pl.col("at_risk") >= FEWEST_AT_RISK)
    read = _landmarks(whole)
    middle = median(curve)
    start = pl.DataFrame(
        [(0.0, 1.0, None, None, known.height, 0, 0)],
        schema={
            name: curve.schema[name if name != "years" else "time"]
            for name in ("time", "estimate", "lower", "upper", "at_risk", "events", "censored")
        },
        orient="row",
    )
    drawn = (
        pl.concat([start, curve.drop("se").filter(pl.col("time") > 0)])
        if known.height >= FEWEST_AT_RISK
        else start.clear()
    ).rename({"time": "years"})
    return Survival(
        site_id=site,
        site_name=name if site else None,
        patients=known.height,
        deaths=int(died.sum()),
        unknown=observed.height - known.height,
        curve=drawn,
        censored=drawn.filter(pl.col("censored") > 0).select("years", "estimate"),
        is_cut=curve.height < whole.height,
        at_risk=yearly(whole),
        landmarks=read,
        median_years=middle,
        follow_up_years=follow_up(years, died) if known.height else Median(None, None, None),
        sentence=_sentence(name, (int(died.sum()), known.height), read, middle, told),
    )


def _landmarks(whole: pl.DataFrame) -> pl.DataFrame:
    read = landmarks(whole, year=1).drop("time", "se")
    return read.with_columns(
        pl.when(pl.col("at_risk") >= FEWEST_AT_RISK).then(pl.col(name)).alias(name)
        for name in ("estimate", "lower", "upper")
    )


def yearly(whole: pl.DataFrame) -> pl.DataFrame:
    """Numbers at risk at 0, 1, 2, ... years, to the longest follow-up: years, at_risk."""
    last = int(whole["time"][-1]) if whole.height else 0
    read = at(whole, list(range(last + 1)))
    return read.select(pl.col("time").cast(pl.Int64).alias("years"), "at_risk")


def _sentence(
    who: str,
    counts: tuple[int, int],
    landmarks: pl.DataFrame,
    middle: Median,
    told: tuple[str, str],
) -> str:
    deaths, patients = counts
    on, off = told
    died = f"{deaths} of {patients} patients {off}" if patients else "no patient followed"
    shown = landmarks.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return (
            f"{who}: {died}; too few to judge survival at one year "
            f"(fewer than {FEWEST_AT_RISK} patients followed that long)."
        )
    last = shown.row(-1, named=True)
    limits = "" if last["lower"] is None else f" ({interval(last['lower'], last['upper'])})"
    years = int(last["years"])
    half = (
        "median not reached" if middle.estimate is None else f"median {middle.estimate:.1f} years"
    )
    return (
        f"{who}: {percent(last['estimate'])}{limits} {on} at {years} "
        f"year{'' if years == 1 else 's'}; {died}; {half}."
    )
