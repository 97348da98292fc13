"""The list of records that a correction takes away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from expectations.dictionary import Column, Table, site_tables
from ingest.reading import LINE, RawTable, Source, listed, refused

REMOVED = "removed"


@cache
def removed_table() -> Table:
    """The list as a table: the record's table, its key, and why it goes.

    The key is one cell, its parts in dictionary order joined by ';', or one column a part.
    """
    parts = dict.fromkeys(name for table in site_tables().values() for name in table.key)
    columns = {
        "table": Column("table", "Table of the record", "text", "mandatory"),
        "key": Column("key", "Key of the record, its parts joined by ';'", "text", "optional"),
        **{name: Column(name, "Part of the key", "text", "optional") for name in parts},
        "reason": Column("reason", "Why it is removed", "text", "mandatory", free_text=True),
    }
    return Table(REMOVED, "Removed records", 0, "site", ("table", "key"), (), columns)


def removed_records(raw: RawTable, manifest: Mapping[str, str | None]) -> pl.DataFrame:
    """The removed records, one a row, in the file's order.

    Returns:
        table, one column for each part of any key (null where the table's key has no such
        part), reason, source_line; all text but the last.

    Raises:
        ExportRefused: REMOVED, with the lines at fault.
    """
    source = Source(raw.file, REMOVED)
    if manifest.get("submission_type") != "CORRECTION" and raw.frame.height:
        raise refused(
            "REMOVED",
            raw.file,
            "only a CORRECTION may remove records.",
            [source.place("REMOVED")],
        )
    records = [_record(row) for row in raw.frame.iter_rows(named=True)]
    lines = [line for line, record in zip(raw.frame[LINE], records, strict=True) if not record]
    if lines:
        raise refused(
            "REMOVED",
            raw.file,
            f"line {listed(lines)} names no table or no whole key, or has no reason.",
            [source.place("REMOVED", line) for line in lines],
        )
    columns = [name for name in removed_table().columns if name != "key"]
    schema = {**dict.fromkeys(columns, pl.String), LINE: pl.Int64}
    return pl.DataFrame(records, schema=schema)


def _record(row: Mapping[str, str | int | None]) -> dict[str, str | int | None] | None:
    """The row with its key in parts, or None where it cannot be used."""
    table = site_tables().get(str(row["table"]).lower())
    if table is None or row["reason"] is None:
        return None
    key = row.get("key")
    parts = [row.get(name) for name in table.key]
    if key is not None:
        parts = [part.strip() or None for part in str(key).split(";")]
    if len(parts) != len(table.key) or None in parts:
        return None
    named = dict(zip(table.key, parts, strict=True))
    return {"table": table.name, **named, "reason": row["reason"], LINE: row[LINE]}
