"""Tables as files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import polars as pl

# A cell that starts with one of these is a formula to a spreadsheet; the last four are
# the full-width forms that some of them read alike.
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def csv_bytes(frame: pl.DataFrame, *, data_to: str, release: int | None) -> bytes:
    """The frame as CSV (UTF-8 with BOM, so that Excel reads the dashes), inert.

    Text that a spreadsheet would read as a formula is prefixed with '; numbers stay
    numbers. The last columns name the data date and the release (empty before the first).
    """
    named = frame.with_columns(pl.lit(data_to).alias("data_to"), pl.lit(release).alias("release"))
    return b"\xef\xbb\xbf" + inert(named).write_csv().encode("utf-8")


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists joined and no text cell that starts like a formula."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    joined = frame.with_columns(
        pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists
    )
    texts = [name for name, kind in joined.schema.items() if kind == pl.String]
    return joined.with_columns(_inert(pl.col(name)).alias(name) for name in texts)


def _inert(text: pl.Expr) -> pl.Expr:
    first = text.str.strip_chars_start(" ").str.slice(0, 1)
    return pl.when(first.is_in(LIVE)).then(pl.lit("'") + text).otherwise(text)
