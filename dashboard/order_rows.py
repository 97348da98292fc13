"""The rows that the charts in order of time draw, and what their tables say."""

from __future__ import annotations

import json

import polars as pl

from sql.in_order import InOrder
from sql.reader_periods import MONTHS
from sql.sentences import percent

TICKS = 6  # the axis names about so many procedures, each with its month


def ticks(found: InOrder) -> str:
    """JSON of a procedure's number to its month, at round numbers along the axis."""
    known = found.procedures
    if not known.height:
        return "{}"
    step = _round_step(known.height)
    named = known.filter((pl.col("number") % step == 0) | (pl.col("number") == 1))
    return json.dumps(
        {
            str(number): f"{MONTHS[day.month - 1]} {day.year}"
            for number, day in named["number", "procedure_date"].iter_rows()
            # the first is named unless the next would stand upon it
            if number > 1 or step > 1 or known.height < TICKS
        }
    )


def _round_step(last: int) -> int:
    """1, 2, 5, 10, 20, 50 …: the least that names at most so many."""
    steps = (base * tens for tens in (1, 10, 100, 1000, 10_000) for base in (1, 2, 5))
    return next(step for step in steps if last / step <= TICKS)


def gap_rows(found: InOrder) -> pl.DataFrame:
    """What `charts_order.gaps` draws: gaps, the open one, sentinel events."""
    gaps = found.gaps.select(
        "number", "between", pl.col("reading").alias("state"), "centre", "upper"
    )
    last = {"number": [found.known], "open": [found.since], "said": [f"{found.since} since"]}
    # After an event the open gap is 0 procedures long: there is nothing to draw yet.
    waiting = pl.DataFrame(last).filter(pl.col("open") > 0)
    return _with(gaps, waiting, found)


def cusum_rows(found: InOrder) -> pl.DataFrame:
    """What `charts_order.cusum` draws: the line from 0, down to 0 after a signal."""
    sums = found.procedures.select("number", pl.col("up"), "is_signal").with_columns(
        (pl.col("number") * 2).alias("step")
    )
    again = sums.filter("is_signal").with_columns(
        pl.lit(0.0).alias("up"), pl.lit(False).alias("is_signal"), pl.col("step") + 1
    )
    start = sums.clear().vstack(
        pl.DataFrame([(0, 0.0, False, 0)], schema=sums.schema, orient="row")
    )
    return _with(pl.concat([start, sums, again]).sort("step"), None, found)


def _with(drawn: pl.DataFrame, more: pl.DataFrame | None, found: InOrder) -> pl.DataFrame:
    sentinel = found.sentinel.select(pl.col("number").cast(pl.Int64), "event")
    parts = [drawn, *([more] if more is not None else []), sentinel]
    return pl.concat(parts, how="diagonal")


def gap_table(found: InOrder) -> pl.DataFrame:
    """One row per event, newest first: the columns of `gaps`, and chance_text."""
    chances = [percent(value) if value is not None else None for value in found.gaps["chance"]]
    named = found.gaps.with_columns(
        pl.Series("chance_text", chances, dtype=pl.String),
        pl.col("reading").replace("as chance allows", None),
    )
    return named.reverse()


def cusum_table(found: InOrder) -> pl.DataFrame:
    """One row per procedure, newest first: number, ids, outcome, sum_text, signal."""
    return found.procedures.with_columns(
        pl.when(pl.col("value") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("outcome"),
        pl.Series(
            "sum_text",
            [None if value is None else f"{value:.2f}" for value in found.procedures["up"]],
            dtype=pl.String,
        ),
        pl.when("is_signal").then(pl.lit("■ signal")).otherwise(pl.lit("–")).alias("signal"),
    ).reverse()
