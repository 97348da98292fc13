"""The releases that are kept and may be compared: which state each shows."""

from __future__ import annotations

import duckdb
import polars as pl

from sql.access import require
from sql.hardening import HARDENED
from sql.reader_source import Source

RELEASES = pl.Schema(
    {
        "number": pl.Int64(),
        "at": pl.Datetime("us", "UTC"),
        "is_as_of": pl.Boolean(),
        "data_date": pl.Date(),
        "code_version": pl.String(),
    }
)


def releases(source: Source) -> pl.DataFrame:
    """The releases kept, RELEASES, that of the latest state first."""
    require(source.viewer, "see rows")
    rows = []
    for path in source.folder.glob("release-*.duckdb"):
        if path.name.endswith(".public.duckdb"):
            continue
        with duckdb.connect(str(path), read_only=True, config=HARDENED) as connection:
            rows += connection.execute("""
                select
                    release_number,
                    coalesce(as_of, built_at) as at,
                    as_of is not null as is_as_of,
                    data_date,
                    code_version
                from release
            """).fetchall()
    naive = {**RELEASES, "at": pl.Datetime("us")}
    found = pl.DataFrame(rows, schema=naive, orient="row").cast({"at": RELEASES["at"]})
    return found.sort("at", "number", descending=True)
