"""Tables as files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import polars as pl

from sql.spreadsheets import csv_text


def csv_bytes(frame: pl.DataFrame, *, data_to: str, release: int | None) -> bytes:
    """The frame as CSV (UTF-8 with BOM, so that Excel reads the dashes), inert.

    Text that a spreadsheet would read as a formula is prefixed with '; numbers stay
    numbers. The last columns name the data date and the release (empty before the first).
    """
    named = frame.with_columns(pl.lit(data_to).alias("data_to"), pl.lit(release).alias("release"))
    return b"\xef\xbb\xbf" + csv_text(named).encode("utf-8")
