"""What two indicators' published counts would tell of those that are in one and not in the other.

Major complications of 30 days are among those of 90: published side by side, one count taken
from the other leaves those between. What is left so stands as if it were published: it is none,
or ten above any one site's, as every national count is. Otherwise one of the two is withheld.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

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

    of: Hashable
    said: str
    members: Members
    whole: Members


class Beside:
    """The counts that are published of the units of one kind, each beside those before it."""

    def __init__(self, units: pl.DataFrame) -> None:
        """units: site_id and unit_key of every unit that may be counted, repeated or not."""
        distinct = units.select("site_id", "unit_key").unique().sort("site_id", "unit_key")
        self._sites = distinct["site_id"].rank("dense").cast(pl.Int64).to_numpy()
        self._numbers = distinct.with_row_index("number")
        self._published: list[_Count] = []

    def publish(
        self, of: Hashable, said: str, counted: pl.DataFrame, whole: pl.DataFrame
    ) -> str | None:
        """Enter a count as published, unless it would tell a small count beside another.

        Args:
            of: whose count it is; those of one table or figure are judged there, and not here.
            said: what it is called where another is withheld for it.
            counted: site_id and unit_key of those who are in it. whole: of whom it counts some.

        Returns:
            What the other count is called, or None where this one may be shown.
        """
        count = _Count(of, said, self._members(counted), self._members(whole))
        for other in self._published:
            if other.of != of and self._tells(count, other):
                return other.said
        self._published.append(count)
        return None

    def _members(self, rows: pl.DataFrame) -> Members:
        found = np.zeros(len(self._sites), dtype=np.bool_)
        numbers = rows.join(self._numbers, on=["site_id", "unit_key"])["number"]
        found[numbers.to_numpy()] = True
        return found

    def _tells(self, one: _Count, other: _Count) -> bool:
        """True where one count holds the other, and those between are too few to publish.

        What a count leaves of its own whole was judged with its figure.
        """
        small, large = sorted((one, other), key=lambda count: np.count_nonzero(count.members))
        is_of_it = not (small.members & ~large.members).any()
        if not (small.members.any() and is_of_it) or np.array_equal(small.whole, large.members):
            return False
        between = np.bincount(self._sites[large.members & ~small.members]).tolist()
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
    rows = _followed(source, sorted({key.indicator for key in shown}))
    kinds = {
        unit: Beside(rows.filter(pl.col("indicator_id").is_in([k.indicator for k in of_unit])))
        for unit, of_unit in groupby(sorted(shown, key=lambda k: k.unit), lambda k: k.unit)
    }
    found = dict(figures)
    for key in shown:
        over = periods[key.period]
        of_key = rows.filter(
            pl.col("indicator_id") == key.indicator,
            pl.col("event_date").is_between(over.start, over.end),
        )
        for name in COUNTS:
            if found[key][name] is None:
                continue
            said = f"{key.title}, {key.period},"
            counted = of_key.filter(CLAIMS[name])
            teller = kinds[key.unit].publish(key.indicator, said, counted, of_key)
            if teller is not None:
                found[key] = _without(found[key], name, teller)
    return found


def _followed(source: duckdb.DuckDBPyConnection, indicators: Sequence[str]) -> pl.DataFrame:
    """indicator_id, site_id, unit_key, event_date, value; followed for 90 days."""
    return frame(
        source,
        """
        select
            value.indicator_id,
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


def _without(figure: Figure, name: str, beside: str) -> Figure:
    """The figure without one count; without those eligible nothing is left of it."""
    if name == "eligible":
        return withheld(WITHHELD.format(beside), figure["shares"])
    less: Figure = {name: None, f"{name}_text": SUPPRESSED}
    if name == "events":
        less |= dict.fromkeys(("percent", "lower", "upper")) | {"note": NOT_SHOWN.format(beside)}
    return figure | less
