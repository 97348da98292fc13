"""What published series of IRE and its comparators print, from the counts that they print."""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from sql.statistics.intervals import clopper_pearson, wilson
from sql.validation import references
from sql.validation.comparing import Comparison, Reference, Row, compared

FILE = "published_ire.csv"
PAPERS = "The papers named in the file"
TWO_PLACES = 0.005 * (1 + 1e-9)  # the recorded numbers are rounded to two places


def comparisons() -> Iterator[Comparison]:
    """The printed per cents to the letter; per cents and intervals to two places."""
    yield compared(PRINTED, _printed())
    yield compared(PERCENT, _percent())
    yield compared(WILSON, _limits("wilson"))
    yield compared(EXACT, _limits("exact"))


PRINTED = Reference(
    "Published per cents, as printed (two of them are cut, not rounded)",
    "events / n",
    PAPERS,
    FILE,
    56,
    0,
)
PERCENT = Reference("The same per cents to two places", "events / n", PAPERS, FILE, 65, TWO_PLACES)
WILSON = Reference(
    "Wilson intervals of published counts, in per cent",
    "intervals.wilson",
    f"{PAPERS}; limits worked out beforehand",
    FILE,
    39,
    TWO_PLACES,
)
EXACT = Reference(
    "Exact intervals of published counts, in per cent",
    "intervals.clopper_pearson",
    f"{PAPERS}; limits worked out beforehand",
    FILE,
    47,
    TWO_PLACES,
)


def _table() -> pl.DataFrame:
    return references.table(FILE).with_columns(
        pl.format("{}, {}: {}/{}", "study", "item", "events", "n").alias("where")
    )


def _printed() -> Iterator[Row]:
    # As text: 34.0 is printed with its place, and 34 without.
    texts = pl.read_csv(references.FOLDER / FILE, infer_schema=False)["printed"].to_list()
    for one, printed in zip(_table().iter_rows(named=True), texts, strict=True):
        if printed:
            places = len(printed.partition(".")[2])
            value = 100 * one["events"] / one["n"]
            if one["printed_how"] == "truncated":
                value = math.floor(value * 10**places) / 10**places
            yield one["where"], [f"{value:.{places}f}"], [printed]


def _percent() -> Iterator[Row]:
    for one in _table().iter_rows(named=True):
        yield one["where"], [100 * one["events"] / one["n"]], [one["percent"]]


def _limits(kind: str) -> Iterator[Row]:
    method = wilson if kind == "wilson" else clopper_pearson
    for one in _table().drop_nulls(f"{kind}_lower").iter_rows(named=True):
        found = [100 * limit.item() for limit in method(one["events"], one["n"])]
        yield one["where"], found, [one[f"{kind}_lower"], one[f"{kind}_upper"]]
