"""A record's key in the words that people see."""

from __future__ import annotations

import polars as pl

from expectations.dictionary import PATIENT_KEY, stored_key, tables
from ingest.state import SEPARATOR


def shown_key(table: str | None, key: str | None) -> str | None:
    """A record's key for people: its parts in order, a patient's key by its first signs."""
    if table is None or key is None:
        return None
    names = stored_key(tables()[table])
    parts = key.split(SEPARATOR)
    return ", ".join(shown_part(name, part) for name, part in zip(names, parts, strict=True))


def shown_keys(rows: pl.DataFrame) -> pl.Series:
    """The same of each row of a frame with table_name and record_key."""
    placed = rows.select("table_name", "record_key").with_row_index("place")
    shown = [pl.DataFrame(schema={"place": pl.UInt32, "key": pl.String})]
    for (name,), here in placed.group_by("table_name"):
        if name is not None:
            shown.append(here.select("place", key=_shown(str(name))))
    return placed.join(pl.concat(shown), on="place", how="left", maintain_order="left")["key"]


def _shown(table: str) -> pl.Expr:
    names, key = stored_key(tables()[table]), pl.col("record_key")
    parts = (
        [key]
        if len(names) == 1
        else [key.str.split(SEPARATOR).list.get(n) for n in range(len(names))]
    )
    words = [
        part.str.slice(0, 8) + "…" if name == PATIENT_KEY else part
        for name, part in zip(names, parts, strict=True)
    ]
    return pl.concat_str(words, separator=", ")


def shown_part(column: str, value: str) -> str:
    return f"{value[:8]}…" if column == PATIENT_KEY else value
