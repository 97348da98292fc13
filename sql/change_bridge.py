"""The change bridge: what moved a figure between two releases, state by state, unit by unit.

Between two releases stand states of the registry, each a real build that differs from the
one before it in one thing. What a state counts more than the one before it is what that thing
moved: the contributions add up to the difference of the two releases by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import site_tables
from sql import warehouse
from sql.accepted import LONDON, Accepted
from sql.answered import Answers
from sql.hardening import HARDENED
from sql.reader_periods import period
from sql.walk import BATCH_ROWS

KEY = ("indicator_id", "site_id", "unit_key")
VALUES = pl.Schema(
    {
        **dict.fromkeys(KEY, pl.String()),
        "unit": pl.String(),
        "procedure_id": pl.String(),
        "event_date": pl.Date(),
        "value": pl.Int32(),
    }
)
MOVES = pl.Schema({**VALUES, "is_there": pl.Boolean()})
COUNTS = ("eligible", "events", "unknown")


@dataclass(frozen=True)
class Made:
    """What a release says of how it was made, and the submissions in its walk."""

    number: int
    at: datetime  # whose state it shows: when it was built, or as of which it was
    register: int
    policy: int  # the load of policy values; 0: those shipped
    code_version: str
    data_date: date
    submissions: frozenset[str]

    @property
    def today(self) -> date:
        return self.at.astimezone(LONDON).date()


@dataclass(frozen=True)
class Standing:
    """The values of every unit of every indicator in one state, and how far its data go."""

    values: pl.DataFrame
    data_date: date


def made(path: Path) -> Made:
    """How the release in a file was made; any version of the file."""
    with duckdb.connect(str(path), read_only=True, config=HARDENED) as connection:
        number, at, register, code_version, data_date = connection.execute("""
            select release_number, coalesce(as_of, built_at), register_number, code_version,
                data_date
            from release
        """).fetchall()[0]
        found = connection.execute("select submission_id from stg_submission").fetchall()
        policy = _policy(connection)
    walked = frozenset(one for (one,) in found)
    return Made(number, at.replace(tzinfo=UTC), register, policy, code_version, data_date, walked)


def standing(path: Path) -> Standing:
    """The figures of a release as it was frozen."""
    with duckdb.connect(str(path), read_only=True, config=HARDENED) as connection:
        data_date = connection.execute("select data_date from release").fetchall()[0][0]
        return Standing(_values(connection), data_date)


def rebuilt(
    accepted: Sequence[Accepted],
    *,
    register: Path,
    today: date,
    policy: Path | None,
    answers: Answers,
    value_sets: Path,
    workplace: Path,
) -> Standing:
    """The figures of a state of the registry, built with today's code; no release is left.

    Args:
        workplace: an empty folder for what is too large for the memory.
    """
    rows = sum(one.rows(name) for one in accepted for name in site_tables())
    is_large = rows > BATCH_ROWS
    place = str(workplace / "state.duckdb") if is_large else ":memory:"
    with duckdb.connect(place, config=HARDENED | warehouse.sized(rows)) as connection:
        warehouse.make(
            connection,
            accepted,
            register=register,
            today=today,
            policy=policy,
            answers=answers,
            value_sets=value_sets,
        )
        return Standing(_values(connection), warehouse.data_date(connection, today))


def moved(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The units of which two states say something else, MOVES: as the later has them, and
    those that it has no more as the earlier had them."""
    differs = after.join(before, on=list(VALUES), how="anti", nulls_equal=True)
    gone = before.join(after, on=list(KEY), how="anti", nulls_equal=True)
    return pl.concat(
        [differs.with_columns(is_there=pl.lit(True)), gone.with_columns(is_there=pl.lit(False))]
    ).sort(KEY)


def after(before: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """The state that moves lead to."""
    stays = before.join(moves, on=list(KEY), how="anti", nulls_equal=True)
    return pl.concat([stays, moves.filter("is_there").drop("is_there")])


def states(
    first: pl.DataFrame, moves: Sequence[pl.DataFrame], data_dates: Sequence[date]
) -> Iterator[Standing]:
    """The first state and each later one."""
    values = first
    yield Standing(values, data_dates[0])
    for step, data_date in zip(moves, data_dates[1:], strict=True):
        values = after(values, step)
        yield Standing(values, data_date)


def in_period(state: Standing, label: str) -> pl.DataFrame:
    """The units of a state that a figure of the period counts."""
    span = period(label, state.data_date)
    return state.values.filter(pl.col("event_date").is_between(span.start, span.end))


def counts(state: Standing, label: str) -> pl.DataFrame:
    """indicator_id, site_id, eligible, events, unknown, as the Reader counts own rows."""
    return (
        in_period(state, label)
        .group_by("indicator_id", "site_id")
        .agg(
            pl.len().cast(pl.Int64).alias("eligible"),
            (pl.col("value") == 1).sum().cast(pl.Int64).alias("events"),
            pl.col("value").is_null().sum().cast(pl.Int64).alias("unknown"),
        )
        .sort("indicator_id", "site_id")
    )


def contributions(found: Sequence[Standing], label: str) -> pl.DataFrame:
    """What each step moved: step (from 1), indicator_id, site_id, and by how much COUNTS
    changed; the figures that a step left alone are not listed."""
    keys = ["indicator_id", "site_id"]
    given = [counts(state, label) for state in found]
    parts = []
    for step, (before, later) in enumerate(pairwise(given), 1):
        both = later.join(
            before, on=keys, how="full", coalesce=True, nulls_equal=True, suffix="_before"
        )
        changed = [
            (pl.col(name).fill_null(0) - pl.col(f"{name}_before").fill_null(0)).alias(name)
            for name in COUNTS
        ]
        is_moved = pl.any_horizontal(pl.col(name) != 0 for name in COUNTS)
        moved_here = both.select(*keys, *changed).filter(is_moved)
        parts.append(moved_here.select(pl.lit(step).alias("step"), *keys, *COUNTS).sort(keys))
    schema = {"step": pl.Int32, **dict.fromkeys(keys, pl.String)} | dict.fromkeys(COUNTS, pl.Int64)
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def difference(first: Path, second: Path, label: str) -> pl.DataFrame:
    """By how much the figures of two release files differ, in all: as `contributions`."""
    return contributions([standing(first), standing(second)], label).drop("step")


def units(before: Standing, later: Standing, label: str) -> pl.DataFrame:
    """The units that a step brought in, took out, or gave another value, within a period.

    Returns:
        KEY, unit, procedure_id, event_date, change ('entered', 'left', 'changed'),
        value_before, value (null: unknown, or not there).
    """
    old, new = in_period(before, label), in_period(later, label)
    both = new.join(
        old, on=list(KEY), how="full", coalesce=True, nulls_equal=True, suffix="_before"
    )
    was, stands = pl.col("unit_before").is_not_null(), pl.col("unit").is_not_null()
    change = (
        pl.when(~was).then(pl.lit("entered")).when(~stands).then(pl.lit("left"))
        .otherwise(pl.lit("changed"))
    )  # fmt: skip
    told = ("unit", "procedure_id", "event_date")
    return (
        both.with_columns(change.alias("change"))
        .filter(~was | ~stands | pl.col("value").ne_missing(pl.col("value_before")))
        .select(
            *KEY,
            *(pl.coalesce(name, f"{name}_before").alias(name) for name in told),
            *("change", "value_before", "value"),
        )
        .sort(*KEY)
    )


def _policy(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the load whose values a release has; 0 where it has none of its own."""
    known = "select 1 from duckdb_tables() where table_name = 'policy_value'"
    if connection.execute(known).fetchone() is None:
        return 0  # made before there were loads
    recorded = connection.execute("select distinct recorded from policy_value").fetchall()
    return max([0, *(int(one.split()[1]) for (one,) in recorded if one.startswith("load "))])


def _values(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    # A patient's key is needed to tell one unit from another, and for nothing else.
    found: pl.DataFrame = connection.sql("""
        select
            indicator_id,
            site_id,
            case unit
                when 'patient' then left(sha256(unit_key), 16)
                when 'field' then concat_ws(
                    '|',
                    split_part(unit_key, '|', 1),
                    split_part(unit_key, '|', 2),
                    left(sha256(unit_key), 16)
                )
                else unit_key
            end as unit_key,
            unit,
            procedure_id,
            event_date,
            value
        from indicator_value
    """).pl()
    return found.select(*VALUES).cast(VALUES).sort(KEY)
