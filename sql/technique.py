"""What was measured at pairs of electrodes against what is recommended; small-and-near lesions."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from expectations.dictionary import tables
from sql.sentences import FEWEST_FOR_PERCENT, counted, percent

ROOM = Path(__file__).parent
MOST_BARS = 40
NARROWER_MM = 5.0  # "next to" is not defined by the guidance: the narrower of the usual readings

BARS = pl.Schema({"start": pl.Float64, "end": pl.Float64, "pairs": pl.Int64, "state": pl.String})
INSIDE, OUTSIDE = "within the range", "outside it"


@dataclass(frozen=True)
class Range:
    """What is measured at a pair of electrodes; low and high are None where none is recommended."""

    column: str
    title: str
    unit: str
    low: float | None
    high: float | None
    step: float
    named: str
    source: str

    @property
    def said(self) -> str:
        """The range in words: ideal 15 to 20 mm."""
        if self.low is None or self.high is None:
            return ""
        return f"{self.named} {self.between}"

    @property
    def between(self) -> str:
        """The range without its name: 15 to 20 mm."""
        return f"{self.low:,g} to {self.high:,g} {self.unit}"


@cache
def recommended() -> Mapping[str, Range]:
    """The ranges of recommended.toml, by column of the Reader's pulses, in its order."""
    declared = tomllib.loads((ROOM / "recommended.toml").read_text("utf-8"))
    expected = tables()["pulse_delivery"].columns
    found = {}
    for column, entry in declared.items():
        usual = expected[column].plausible if column in expected else None
        low, high = usual or (None, None)
        found[column] = Range(
            column,
            entry["title"],
            entry["unit"],
            entry.get("low", low),
            entry.get("high", high),
            entry["step"],
            entry["named"],
            entry["source"],
        )
    return found


def bars(values: pl.Series, against: Range) -> pl.DataFrame:
    """The values counted in steps: a step that a limit parts has a row on either side of it.

    Returns:
        start, end, pairs, state (within the range, outside it); ascending. A limit itself is
        within: the highest stands in the step that ends there. Steps are doubled until there
        are at most MOST_BARS.
    """
    known = values.drop_nulls().cast(pl.Float64)
    if known.is_empty():
        return BARS.to_frame()
    step = _step(known, against.step)
    frame = pl.DataFrame({"value": known, "is_inside": _is_inside(known, against)})
    highest = pl.lit(against.high, pl.Float64)
    start = (pl.col("value") / step).floor() * step
    ends_there = (pl.col("value") == highest) & (start == highest)
    start = pl.when(ends_there).then(start - step).otherwise(start).alias("start")
    state = pl.when("is_inside").then(pl.lit(INSIDE)).otherwise(pl.lit(OUTSIDE))
    return (
        frame.group_by(start, state.alias("state"))
        .agg(pl.len().cast(pl.Int64).alias("pairs"))
        .sort("start", "state", descending=[False, True])
        .select("start", (pl.col("start") + step).alias("end"), "pairs", "state")
    )


def reading(values: pl.Series, against: Range) -> str:
    """One sentence: how many are known, the median and quartiles, how many are in the range."""
    known = values.drop_nulls().cast(pl.Float64)
    pairs = counted(len(values), "pair")
    if known.is_empty():
        return f"{against.title}: not recorded in {pairs}."
    middle, low, high = (_told(known, at) for at in (0.5, 0.25, 0.75))
    said = f"{against.title}: median {middle} {against.unit} (quartiles {low} and {high})"
    if against.said:
        inside = int(_is_inside(known, against).sum())
        share = f", {percent(inside / len(known))}" if len(known) >= FEWEST_FOR_PERCENT else ""
        said += f"; {inside} of {counted(len(known), 'pair')} within {against.between}{share}"
    missing = len(values) - len(known)
    return f"{said}; not recorded in {missing} of {pairs}."


def _told(known: pl.Series, at: float) -> str:
    value = known.quantile(at, "linear") or 0.0
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def _step(known: pl.Series, step: float) -> float:
    lowest, highest = (float(value) for value in known.sort().gather([0, -1]))
    while math.floor(highest / step) - math.floor(lowest / step) + 1 > MOST_BARS:
        step *= 2
    return step


def _is_inside(known: pl.Series, against: Range) -> pl.Series:
    if against.low is None or against.high is None:
        return pl.repeat(True, len(known), eager=True)
    return known.is_between(against.low, against.high)


def small_and_near(lesions: pl.DataFrame, within_mm: float) -> pl.DataFrame:
    """The lesions with is_near and is_small_and_near for a distance of one's choice.

    Null where size or distance does not tell, as in indicator C9, which takes the distance of
    the policy: "under 3 cm" is strict, and a distance on the limit is near.

    Args:
        lesions: the Reader's lesions.
    """
    near = pl.any_horizontal(
        (pl.col(name) <= within_mm).fill_null(False)
        for name in ("dist_vessel_mm", "dist_bile_duct_mm")
    )
    far = pl.all_horizontal(
        ((pl.col(distance) > within_mm) | (pl.col(nearest) == "NONE")).fill_null(False)
        for distance, nearest in (
            ("dist_vessel_mm", "nearest_vessel"),
            ("dist_bile_duct_mm", "nearest_duct"),
        )
    )
    is_near = pl.when(near).then(True).when(far).then(False)
    small = pl.col("is_under_30_mm")
    both = pl.when(small & pl.col("is_near")).then(True).when(~small | ~pl.col("is_near"))
    return lesions.with_columns(is_near.alias("is_near")).with_columns(
        both.then(False).alias("is_small_and_near")
    )
