"""The single units behind a change bridge: procedures, lesions, patients by their procedure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from sql import bridge_words
from sql.bridge_file import Bridge
from sql.change_bridge import Standing, units


def bridge_units(
    bridge: Bridge,
    states: Sequence[Standing],
    label: str,
    indicator: tuple[str, str, str],
    group: Sequence[str],
) -> pl.DataFrame:
    """The units that the steps of a bridge brought in, took out or gave another value.

    Returns:
        what (the step), change ('entered', 'left', 'changed'), site_id, procedure_id, detail
        (a lesion, a complication, a field, a quarter), event_date, was, now; in the order of
        the steps, those of the last definitions at the end.
    """
    indicator_id, _, kind = indicator
    of_it = (pl.col("indicator_id") == indicator_id) & pl.col("site_id").is_in(list(group))
    parts = []
    for number, (before, later) in enumerate(pairwise(states), 1):
        step = bridge.steps[0] if number == len(bridge.steps) else bridge.steps[number - 1]
        found = units(before, later, label).filter(of_it)
        parts.append(
            found.select(
                pl.lit(bridge_words.short(step)).alias("what"),
                "change",
                "site_id",
                "procedure_id",
                _detail().alias("detail"),
                "event_date",
                _value("value_before", kind, pl.col("change") != "entered").alias("was"),
                _value("value", kind, pl.col("change") != "left").alias("now"),
            )
        )
    return pl.concat(parts)


def _detail() -> pl.Expr:
    """What else names the unit: a lesion, a complication, a quarter; of a field its name."""
    parts = pl.col("unit_key").str.split("|")
    return (
        pl.when(pl.col("unit").is_in(["patient", "procedure"])).then(None)
        .when(pl.col("unit") == "field").then(parts.list.head(2).list.join("."))
        .when(pl.col("unit") == "lesion").then(parts.list.last())
        .otherwise("unit_key")
    )  # fmt: skip


def _value(column: str, kind: str, is_there: pl.Expr) -> pl.Expr:
    said = pl.col(column).replace_strict(
        {number: bridge_words.value(number, kind) for number in (0, 1)},
        default=bridge_words.value(None, kind),
        return_dtype=pl.String,
    )
    return pl.when(is_there).then(said)
