"""The releases that are kept and may be compared: which state each shows."""

from __future__ import annotations

import polars as pl

from sql.kept_releases import kept_releases
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
    source.require("see rows")
    rows = [
        (
            one.number,
            one.as_of or one.built_at,
            one.as_of is not None,
            one.data_date,
            one.code_version,
        )
        for one in kept_releases(source.folder.parent)
    ]
    found = pl.DataFrame(rows, schema=RELEASES, orient="row")
    return found.sort("at", "number", descending=True)
