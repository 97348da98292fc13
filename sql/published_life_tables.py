"""What the published life tables share: rounded counts at landmark years, and their guard."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.differencing import Share, behind, is_of_many, told
from sql.disclosure import BASE, UNKNOWN, Rounded, Window, hes, text, window
from sql.published_nested import Beside
from sql.published_rates import TOO_FEW_SITES
from sql.reader_source import frame
from sql.statistics.survival import YEAR_DAYS

TOO_FEW_AT_RISK = "fewer than 20 at risk"
# A year's counts do not say when in the year people left without an end: at its start, half
# of it on, or at its end. Where that alone may move a figure by more, it is no figure [P].
WIDEST_SPAN = 0.25
TOO_MANY_LEFT = "too many were followed for a part of a year only to give a per cent"
LEAVING = {"at the start": 1.0, "half-way": 0.5, "at the end": 0.0}  # what each is not exposed
WITHHELD = "withheld: beside those who entered it would show a suppressed count"

# A year's counts: the year, those who ended since the last in each way, at risk at it.
Interval = tuple[int, *tuple[Rounded, ...]]
LifeTable = Callable[[Rounded, Sequence[Any]], pl.DataFrame]


@dataclass(frozen=True)
class Year:
    """The rounded counts of an interval as they may stand in the table."""

    year: int
    entered: Rounded
    ends: tuple[Rounded, ...]
    at_risk: Rounded
    is_withheld: bool

    def row(self, names: Sequence[str]) -> dict[str, Any]:
        """Its texts, the ends under their names, with the note of a year without a figure."""
        counts = zip(("entered", *names, "at_risk"), self._counts, strict=True)
        return {
            "years": self.year,
            **{f"{name}_text": text(count) for name, count in counts},
            "at_risk": self.at_risk,
            "note": WITHHELD if self.is_withheld else TOO_FEW_AT_RISK,
        }

    @property
    def is_known(self) -> bool:
        """True where no count of the year is suppressed or withheld."""
        return None not in self._counts

    @property
    def _counts(self) -> tuple[Rounded, ...]:
        return self.entered, *self.ends, self.at_risk


def national(
    source: duckdb.DuckDBPyConnection,
    strata: Mapping[str, Any],
    ends: Sequence[pl.Expr],
    life_table: LifeTable,
    beside: Beside,
) -> pl.DataFrame:
    """One life table per indicator of the strata, one row a landmark year.

    Args:
        ends: the ways to end, as claims about a patient's value and ended_by.
        life_table: gives the table of those who entered and the intervals.
        beside: what is published of patients in other life tables.
    """
    tables = []
    for indicator in strata["indicators"]:
        observed = _observed(source, indicator)
        entered = Counted.of(observed).beside(beside, indicator, observed)
        counted = [
            (year, [*(count.beside(beside, indicator, whole) for count in shown), left])
            for year, whole, (*shown, left) in _counted(observed, strata["years"], ends)
        ]
        years = _protected(entered, counted)
        table = life_table(entered.shown, years)
        if not disclosure.is_national([*entered.sites.values()], entered.shown):
            table = _of_too_few_sites(table)
        tables.append(table.insert_column(0, pl.lit(indicator).alias("indicator_id")))
    return pl.concat(tables)


def _observed(source: duckdb.DuckDBPyConnection, indicator: str) -> pl.DataFrame:
    return frame(
        source,
        """
        select site_id, unit_key, time_days, value, ended_by
        from indicator_value
        where indicator_id = $indicator
            and value is not null
        """,
        {"indicator": indicator},
    )


def _of_too_few_sites(table: pl.DataFrame) -> pl.DataFrame:
    hidden = {
        name: disclosure.SUPPRESSED if name.endswith("_text") else None
        for name in table.columns
        if name != "years"
    }
    shown = {name: pl.lit(value, table.schema[name]) for name, value in hidden.items()}
    return table.with_columns(**shown | {"note": pl.lit(TOO_FEW_SITES)})


@dataclass(frozen=True)
class Counted:
    """A national count and those of the sites, rounded; a star where it is too near one site's."""

    shown: Rounded
    sites: Mapping[str, Rounded]
    patients: pl.DataFrame

    @classmethod
    def of(cls, patients: pl.DataFrame) -> Counted:
        by_site = patients.group_by("site_id").len().sort("site_id")
        sites = {site: hes(number) for site, number in by_site.iter_rows()}
        total = hes(patients.height)
        return cls(total if is_of_many(total, sites.values()) else None, sites, patients)

    def beside(self, others: Beside, indicator: str, whole: pl.DataFrame) -> Counted:
        """The count as it may stand beside other life tables; `whole` is of whom it is some."""
        if self.shown is None or not others.publish(indicator, indicator, self.patients, whole):
            return self
        return replace(self, shown=None)

    @property
    def share(self) -> dict[Hashable, int]:
        """The most that each site may have."""
        return {site: window(count)[1] for site, count in self.sites.items()}


# A year, those who ended in each way, at risk at it, and who left without an end.
CountedYear = tuple[int, list[Counted]]


def _counted(
    observed: pl.DataFrame, years: Sequence[int], ends: Sequence[pl.Expr]
) -> list[tuple[int, pl.DataFrame, list[Counted]]]:
    """The years; beside each those who entered it, of whom its counts are."""
    time = pl.col("time_days") / YEAR_DAYS
    has_ended = pl.any_horizontal(*ends)
    found = []
    entered = observed
    start = -1  # an end on day 0 belongs to the first year
    for year in years:
        of_year = (time > start) & (time <= year)
        # At risk: followed beyond the year, whatever ended it later.
        followed = (time > year) | ((time == year) & ~has_ended)
        claims = [
            *(of_year & is_end for is_end in ends),
            followed,
            of_year & ~followed & ~has_ended,
        ]
        found.append((year, entered, [Counted.of(observed.filter(claim)) for claim in claims]))
        entered = observed.filter(followed)
        start = year
    return found


def _protected(entered: Counted, years: Sequence[CountedYear]) -> list[Interval]:
    """The years, every count of one a star where somebody who knows one site would be told.

    Zero stays.
    """
    windows: dict[Any, Window] = {(0, "stayed"): behind(entered.shown)}
    shares: dict[Any, Share] = {(0, "stayed"): entered.share}
    adding: list[tuple[Any, list[Any]]] = []
    found: list[Interval] = []
    last = 0
    for year, counts in years:
        names = [*range(len(counts) - 2), "stayed", "left"]
        cells = [(year, name) for name in names]
        shares |= {cell: count.share for cell, count in zip(cells, counts, strict=True)}
        adding.append(((last, "stayed"), cells))
        published = [count.shown for count in counts[:-1]]
        tried = dict(zip(cells, [*map(behind, published), UNKNOWN], strict=True))
        if told(windows | tried, shares, adding):
            published = [0 if count == 0 else None for count in published]
            tried = dict(zip(cells, [*map(behind, published), UNKNOWN], strict=True))
        windows |= tried
        found.append((year, *published))
        last = year
    return found


def walked(entered: Rounded, intervals: Sequence[Interval]) -> list[Year]:
    """The years of a life table, each withheld where it would show a suppressed count.

    Those who ended and those still at risk all entered, and who is at risk at a year enters
    the next: a year whose counts would leave a suppressed one, of it or of a year before,
    fewer than five values is withheld whole.
    """
    first = window(entered)
    found: list[Year] = []
    kept: list[Sequence[Window]] = []
    for year, *counts in intervals:
        windows = [window(count) for count in counts]
        is_withheld = not _is_protected(first, [*kept, windows])
        kept.append([UNKNOWN] * len(counts) if is_withheld else windows)
        *ends, at_risk = [None] * len(counts) if is_withheld else counts
        found.append(Year(year, entered, tuple(ends), at_risk, is_withheld))
        entered = at_risk
    return found


def _is_protected(entered: Window, years: Sequence[Sequence[Window]]) -> bool:
    """True where every suppressed count of the years keeps at least five values."""
    published = [entered, *(cell for year in years for cell in year)]
    return all(
        high - low + 1 >= BASE
        for (low, high), cell in zip(_narrowed(entered, years), published, strict=True)
        if cell == window(None)
    )


def _narrowed(entered: Window, years: Sequence[Sequence[Window]]) -> list[Window]:
    """What may stand behind each count (ends, then at risk) given all the others.

    Exact, as those who leave are not published: from the last year back at least as many
    entered as ended or stayed, and from the first on at most so many end or stay.
    """
    raised: list[list[Window]] = []
    needed = 0
    for *ends, (low, high) in reversed(years):
        raised.insert(0, [*ends, (max(low, needed), high)])
        needed = sum(low for low, _ in raised[0])
    found = [(max(entered[0], needed), entered[1])]
    for year in raised:
        spare = found[-1][1] - sum(low for low, _ in year)
        found += [(low, min(high, low + spare)) for low, high in year]
    return found
