"""What two indicators' published counts would tell of those that are in one and not in the other.

Major complications of 30 days are among those of 90: published side by side, one count taken
from the other leaves those between. What is left so stands as if it were published: it is none,
or ten above any one site's, as every national count is. Otherwise one of the two is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from sql.differencing import is_of_many
from sql.disclosure import SUPPRESSED, hes
from sql.published_rates import COUNTS, Figure, withheld
from sql.reader_periods import Period
from sql.reader_source import frame

NOT_SHOWN = "not shown: beside {} it would tell a suppressed count"
WITHHELD = "withheld: beside {} it would tell a suppressed count"
CLAIMS = {  # who is in a count
    "eligible": pl.lit(value=True),
    "events": pl.col("value") == 1,
    "unknown": pl.col("value").is_null(),
}

Members = npt.NDArray[np.bool_]  # of the units of one kind, in one order


@dataclass(frozen=True)
class FigureKey:
    """Which figure: of an indicator, over a period."""

    indicator: str
    title: str
    unit: str
    period: str


@dataclass(frozen=True)
class _Count:
    """Who is in a count, and in the whole that it is a part of."""

    key: FigureKey
    members: Members
    whole: Members


@dataclass(frozen=True)
class _Units:
    """The units of one kind: the site of each, by number, and the rows of indicators."""

    sites: npt.NDArray[np.int64]
    rows: pl.DataFrame  # indicator_id, unit (its number), event_date, value

    @classmethod
    def of(cls, rows: pl.DataFrame) -> _Units:
        units = rows.select("site_id", "unit_key").unique().sort("site_id", "unit_key")
        sites = units["site_id"].rank("dense").cast(pl.Int64).to_numpy()
        numbered = rows.join(units.with_row_index("unit"), on=["site_id", "unit_key"])
        return cls(sites, numbered)

    def count(self, key: FigureKey, over: Period, name: str) -> _Count:
        members = self._members(key.indicator, over, CLAIMS[name])
        return _Count(key, members, self._members(key.indicator, over, CLAIMS["eligible"]))

    def _members(self, indicator: str, over: Period, claim: pl.Expr) -> Members:
        day = pl.col("event_date").is_between(over.start, over.end)
        chosen = self.rows.filter(pl.col("indicator_id") == indicator, day, claim)
        found = np.zeros(len(self.sites), dtype=np.bool_)
        found[chosen["unit"].to_numpy()] = True
        return found

    def tells(self, one: _Count, other: _Count) -> bool:
        """True where one count holds the other, and those between are too few to publish.

        What a count leaves of its own whole was judged with its figure.
        """
        small, large = sorted((one, other), key=lambda count: np.count_nonzero(count.members))
        is_of_it = not (small.members & ~large.members).any()
        if not (small.members.any() and is_of_it) or np.array_equal(small.whole, large.members):
            return False
        between = np.bincount(self.sites[large.members & ~small.members]).tolist()
        return not is_of_many(hes(sum(between)), [hes(count) for count in between])


def kept_apart(
    source: duckdb.DuckDBPyConnection,
    figures: Mapping[FigureKey, Figure],
    periods: Mapping[str, Period],
) -> dict[FigureKey, Figure]:
    """The figures, each without the counts that would tell apart those of an earlier one.

    Args:
        figures: the more important first. periods: by label.
    """
    shown = [key for key, figure in figures.items() if figure["eligible"] is not None]
    units = _units(source, [key.indicator for key in shown])
    kept: dict[str, list[_Count]] = {}
    found = dict(figures)
    for key in shown:
        of, others = units[key.unit], kept.setdefault(key.unit, [])
        for name in COUNTS:
            if found[key][name] is None:
                continue
            count = of.count(key, periods[key.period], name)
            beside = [o for o in others if o.key.indicator != key.indicator and of.tells(count, o)]
            if beside:
                teller = beside[0].key
                found[key] = _without(found[key], name, f"{teller.title}, {teller.period},")
            else:
                others.append(count)
    return found


def _units(source: duckdb.DuckDBPyConnection, indicators: Sequence[str]) -> dict[str, _Units]:
    rows = frame(
        source,
        """
        select
            value.indicator_id,
            value.unit as kind,
            value.site_id,
            value.unit_key,
            value.event_date,
            value.value
        from indicator_value as value
        inner join fct_procedure as procedure using (site_id, procedure_id)
        where value.indicator_id = any($indicators)
            and procedure.is_mature_90d
        """,
        {"indicators": list(indicators)},
    )
    return {str(kind): _Units.of(of_kind) for (kind,), of_kind in rows.group_by("kind")}


def _without(figure: Figure, name: str, beside: str) -> Figure:
    """The figure without one count; without those eligible nothing is left of it."""
    if name == "eligible":
        return withheld(WITHHELD.format(beside), figure["shares"])
    less: Figure = {name: None, f"{name}_text": SUPPRESSED}
    if name == "events":
        less |= dict.fromkeys(("percent", "lower", "upper")) | {"note": NOT_SHOWN.format(beside)}
    return figure | less
