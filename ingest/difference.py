"""What changed between two states of a site: records, cells, and the indicators moved.

It holds patients' values: it is worked out on demand from the stored rows, for people who
may see them, and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from expectations.dictionary import PATIENT_KEY, site_tables, stored_columns
from ingest.shown_keys import shown_key
from sql.hardening import HARDENED
from sql.walk import Accepted, current
from sql.warehouse import make

State = Mapping[str, pl.DataFrame]  # current rows of each site table, as sql.walk.current

CELLS = {
    "change": pl.String,
    "table": pl.String,
    "record_key": pl.String,
    "column": pl.String,
    "old": pl.String,
    "new": pl.String,
}
MOVED = {
    "indicator_id": pl.String,
    "title": pl.String,
    "kind": pl.String,
    "unit": pl.String,
    "units_added": pl.Int64,
    "units_dropped": pl.Int64,
    "units_changed": pl.Int64,
    **{
        f"{which}_{when}": pl.Int64
        for when in ("before", "after")
        for which in ("numerator", "denominator", "unknown")
    },
}


@dataclass(frozen=True)
class Difference:
    """Two states of a site compared.

    `cells`: one row a record added or dropped (column null), and one a cell changed:
    change, table, key (a patient by the first signs), column, old, new.
    `indicators`: MOVED, one row an indicator of which a unit's value changed, in its order.
    """

    cells: pl.DataFrame
    indicators: pl.DataFrame
    is_judged: bool = True  # False where the indicators were not compared

    def counts(self) -> dict[str, int]:
        """Records added, dropped and changed."""
        records = self.cells.unique(["change", "table", "key"])
        found = dict(records.group_by("change").len().iter_rows())
        return {change: found.get(change, 0) for change in ("added", "dropped", "changed")}


def between(
    before: Sequence[Accepted], after: Sequence[Accepted], register: Path | None, today: date
) -> Difference:
    """Two walks of one site compared; without a register no indicator is."""
    return Difference(
        cells=shown(cells_between(current(before), current(after))),
        indicators=moved(before, after, register, today) if register else _none_moved(),
        is_judged=register is not None,
    )


def _none_moved() -> pl.DataFrame:
    return pl.DataFrame(schema=MOVED)


def shown(cells: pl.DataFrame) -> pl.DataFrame:
    """Changed cells as people see them: keys in parts, patients by their first signs."""
    pairs = cells.select("table", "record_key").unique()
    keys = [shown_key(table, key) for table, key in pairs.iter_rows()]
    named = pairs.with_columns(pl.Series("key", keys, dtype=pl.String))
    is_patient = pl.col("column") == PATIENT_KEY
    short = [
        pl.when(is_patient).then(pl.col(name).str.head(8) + "…").otherwise(name).alias(name)
        for name in ("old", "new")
    ]
    joined = cells.join(named, on=["table", "record_key"], how="left", maintain_order="left")
    return joined.with_columns(short).select("change", "table", "key", "column", "old", "new")


def cells_between(before: State, after: State) -> pl.DataFrame:
    """The records and cells in which two states differ, CELLS, tables in dictionary order."""
    found = [pl.DataFrame(schema=CELLS)]
    for name in site_tables():
        old, new = _text(before[name], name), _text(after[name], name)
        for change, has, lacks in (("added", new, old), ("dropped", old, new)):
            only = has.join(lacks, on="record_key", how="anti").select("record_key")
            found.append(_cells(only, change=change, table=name))
        found.append(_changed(old, new, name))
    return pl.concat(found)


def moved(
    before: Sequence[Accepted], after: Sequence[Accepted], register: Path, today: date
) -> pl.DataFrame:
    """The indicators of which a unit's value differs between two states of one site, MOVED.

    Both are built from the site's submissions alone: what other sites say of its patients
    plays no part.
    """
    old, titles = _values(before, register, today)
    new, _ = _values(after, register, today)
    joined = old.join(
        new, on=["indicator_id", "unit_key"], how="full", suffix="_new", coalesce=True
    )
    is_in, was_in = pl.col("is_in_new").is_not_null(), pl.col("is_in").is_not_null()
    changed = was_in & is_in & pl.col("value").ne_missing(pl.col("value_new"))
    counted = joined.group_by("indicator_id").agg(
        (is_in & ~was_in).sum().alias("units_added"),
        (was_in & ~is_in).sum().alias("units_dropped"),
        changed.sum().alias("units_changed"),
        *_totals("value", was_in, "before"),
        *_totals("value_new", is_in, "after"),
    )
    is_moved = pl.sum_horizontal("units_added", "units_dropped", "units_changed") > 0
    found = titles.join(counted.filter(is_moved), on="indicator_id", maintain_order="left")
    return found.select(pl.col(name).cast(kind) for name, kind in MOVED.items())


def _totals(value: str, is_there: pl.Expr, when: str) -> list[pl.Expr]:
    return [
        pl.col(value).filter(is_there).sum().alias(f"numerator_{when}"),
        is_there.sum().alias(f"denominator_{when}"),
        (is_there & pl.col(value).is_null()).sum().alias(f"unknown_{when}"),
    ]


def _values(
    accepted: Sequence[Accepted], register: Path, today: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    # In memory: a file would keep patients' rows where a crash leaves it.
    with duckdb.connect(config=HARDENED | {"threads": "1"}) as connection:
        make(connection, accepted, register=register, today=today)
        # A quarter is expected of every site of the register, under one key.
        values = connection.sql(
            "select indicator_id, unit_key, value, true as is_in from indicator_value "
            "where site_id = any($sites)",
            params={"sites": sorted({one.site_ods_code for one in accepted})},
        ).pl()
        titles = connection.sql("select id as indicator_id, title, kind, unit from indicator").pl()
    return values, titles


def _text(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """A table's stored columns as text: Y and N, ISO dates, numbers in their shortest form."""
    columns = stored_columns(site_tables()[table])
    return rows.select(
        "record_key",
        *(
            pl.col(name).replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
            if rows.schema[name] == pl.Boolean
            else pl.col(name).cast(pl.String)
            for name in columns
        ),
    )


def _changed(old: pl.DataFrame, new: pl.DataFrame, table: str) -> pl.DataFrame:
    both = old.join(new, on="record_key", suffix=" new")
    found = [pl.DataFrame(schema=CELLS)]
    for name in old.columns[1:]:
        is_other = pl.col(name).ne_missing(pl.col(f"{name} new"))
        cells = both.filter(is_other).select(
            "record_key", pl.col(name).alias("old"), pl.col(f"{name} new").alias("new")
        )
        if cells.height:
            found.append(_cells(cells, change="changed", table=table, column=name))
    return pl.concat(found).sort("record_key", maintain_order=True)


def _cells(rows: pl.DataFrame, **said: str) -> pl.DataFrame:
    named = rows.with_columns(pl.lit(value).alias(name) for name, value in said.items())
    absent = [pl.lit(None, dtype=pl.String).alias(n) for n in CELLS if n not in named.columns]
    return named.with_columns(absent).select(*CELLS)
