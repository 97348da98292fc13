"""Local tumour progression of own patients: cumulative incidence with competing ends."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sql.reader_source import Source
from sql.reader_survival import FEWEST_AT_RISK, Cohort, followed, yearly
from sql.sentences import counted, interval, percent
from sql.statistics.competing import aalen_johansen
from sql.statistics.survival import YEAR_DAYS, at

LANDMARK_MONTHS = (12, 24)
# In the order of the curves; 0 is censored.
CAUSES = {"local progression": 1, "death": 2, "transplant": 3}
# Lesions of one patient are not independent: an interval would be too narrow.
CLUSTERED = frozenset({"E4_LTPL"})

FOLLOWED = """
    select
        site_id, procedure_id, unit_key, event_date, tumour_type, approach,
        time_days, value, ended_by
    from indicator_value as value
    where indicator_id = $indicator
        and site_id = any($sites)
        and ($site is null or site_id = $site)
        and ($start is null or event_date between $start and $finish)
        and {selected}
    order by site_id, time_days, value, ended_by, unit_key
"""


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of one group of own patients, or of their lesions.

    Attributes:
        site_id, site_name: None for all own sites together.
        unit: "patient" or "lesion".
        units, events, competing: those followed; those that ended in local progression; those
            that ended in death or transplant.
        curve: years, cause ("local progression", "death", "transplant"), estimate, lower,
            upper (null per tumour), at_risk; a first row at 0 for each cause; it ends at the
            last time with at least 10 at risk.
        is_cut: True where the curve ends before the last follow-up.
        at_risk: years (0, 1, 2, ... to the longest follow-up), at_risk.
        landmarks: months (12, 24), estimate, lower, upper (of local progression), at_risk;
            null figures where fewer than 10 are at risk.
        sentence: what the curve says, in one sentence.
    """

    site_id: str | None
    site_name: str | None
    unit: str
    units: int
    events: int
    competing: int
    curve: pl.DataFrame
    is_cut: bool
    at_risk: pl.DataFrame
    landmarks: pl.DataFrame
    sentence: str


def incidence(source: Source, indicator_id: str, by: str, cohort: Cohort) -> list[Incidence]:
    found = ends(source, indicator_id, cohort)
    if by != "site" and cohort.site is None:
        return [_incidence(found, indicator_id, None, source.together)]
    return [
        _incidence(found.filter(site_id=site), indicator_id, site, source.site_names[site])
        for site in ([cohort.site] if cohort.site else source.sites)
    ]


def ends(source: Source, indicator_id: str, cohort: Cohort) -> pl.DataFrame:
    """What a curve is made of: one row a patient or lesion, with what ended it."""
    return followed(source, FOLLOWED, indicator_id, cohort)


def _incidence(observed: pl.DataFrame, indicator_id: str, site: str | None, name: str) -> Incidence:
    unit = "lesion" if indicator_id in CLUSTERED else "patient"
    cause = observed["ended_by"].replace_strict(CAUSES, default=0, return_dtype=pl.Int64)
    whole = _curves(observed["time_days"] / YEAR_DAYS, cause, indicator_id)
    drawn = whole.filter(pl.col("at_risk") >= FEWEST_AT_RISK)
    read = _landmarks(whole.filter(cause=1))
    events, competing = int((cause == 1).sum()), int((cause > 1).sum())
    return Incidence(
        site_id=site,
        site_name=name if site else None,
        unit=unit,
        units=observed.height,
        events=events,
        competing=competing,
        curve=_from_zero(drawn),
        is_cut=drawn.height < whole.height,
        at_risk=yearly(whole.filter(cause=1)),
        landmarks=read,
        sentence=_sentence(name, unit, (events, competing, observed.height), read),
    )


def _curves(years: pl.Series, cause: pl.Series, indicator_id: str) -> pl.DataFrame:
    """The curve of every cause; where nobody is followed, without a row."""
    causes = list(CAUSES.values())
    if years.is_empty():
        return aalen_johansen([0.0], [0], causes=causes).clear()
    found = aalen_johansen(years.to_numpy(), cause.to_numpy(), causes=causes)
    if indicator_id not in CLUSTERED:
        return found
    return found.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("lower", "upper"))


def _from_zero(curve: pl.DataFrame) -> pl.DataFrame:
    """The curve under its causes' names, from 0 on."""
    columns = ("time", "cause", "estimate", "lower", "upper", "at_risk")
    at_risk = curve["at_risk"].max()
    schema = {name: curve.schema[name] for name in columns}
    start = pl.DataFrame(
        [(0.0, cause, 0.0, None, None, at_risk) for cause in CAUSES.values()], schema, orient="row"
    )
    later = curve.select(columns).filter(pl.col("time") > 0)
    names = {number: name for name, number in CAUSES.items()}
    return (
        (pl.concat([start, later]) if curve.height else later)
        .rename({"time": "years"})
        .with_columns(pl.col("cause").replace_strict(names, return_dtype=pl.String))
    )


def _landmarks(curve: pl.DataFrame) -> pl.DataFrame:
    months = pl.Series("months", LANDMARK_MONTHS, dtype=pl.Int64)
    read = at(curve, (months / 12).to_numpy()).drop("time", "se").insert_column(0, months)
    return read.with_columns(
        pl.when(pl.col("at_risk") >= FEWEST_AT_RISK).then(pl.col(name)).alias(name)
        for name in ("estimate", "lower", "upper")
    )


def _sentence(who: str, unit: str, counts: tuple[int, int, int], landmarks: pl.DataFrame) -> str:
    events, competing, units = counts
    said = f"{events} of {counted(units, unit)} progressed locally"
    if not units:
        said = f"no {unit} followed"
    if competing:
        said += f", {competing} ended in death or transplant first"
    shown = landmarks.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return (
            f"{who}: {said}; too few to judge local progression at 12 months "
            f"(fewer than {FEWEST_AT_RISK} followed that long)."
        )
    last = shown.row(-1, named=True)
    limits = "" if last["lower"] is None else f" ({interval(last['lower'], last['upper'])})"
    return (
        f"{who}: {percent(last['estimate'])}{limits} with local progression at "
        f"{last['months']} months, death and transplant competing; {said}."
    )
