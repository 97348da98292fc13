"""Text that a spreadsheet opens without running anything in it, as CSV and in its own cells."""

from __future__ import annotations

import re

import polars as pl

# A cell that starts with one of these is a formula to a spreadsheet; the last four are
# the full-width forms that some of them read alike.
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
LIVE = (*SIGNS, "\t", "\r", "\n", "\0")
_SIGN = f"(?:{'|'.join(map(re.escape, SIGNS))})"
_STARTS = rf"^(?:[\t\r\n\x00]|[\p{{Z}}\p{{Cf}}]*{_SIGN})"
# Where the list separator is ; or a tab, and quotes within a line are not read, a cell begins here.
_BEGINS = rf'([;\t\r\n])([\p{{Zs}}\p{{Cf}}"]*{_SIGN})'


def csv_text(frame: pl.DataFrame) -> str:
    """The frame as CSV, inert."""
    return inert(frame).write_csv()


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists joined, and ' before each text that a spreadsheet reads as a formula."""
    joined = with_lists_joined(frame)
    texts = [name for name, kind in joined.schema.items() if kind == pl.String]
    return joined.with_columns(_inert(pl.col(name)).alias(name) for name in texts)


def with_lists_joined(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with each list as one text: a; b."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    return frame.with_columns(
        pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists
    )


def _inert(text: pl.Expr) -> pl.Expr:
    within = text.str.replace_all(_BEGINS, "${1}'${2}")
    return pl.when(text.str.contains(_STARTS)).then(pl.lit("'") + within).otherwise(within)


LONGEST = 32_767  # characters in a cell, or in a comment
CUT = " … [cut: a cell holds no more]"
# What XML cannot hold, even escaped: a person sees the replacement sign in its place.
_UNWRITABLE = re.compile("[\x00\ufffe\uffff\ud800-\udfff]")


def shown(text: str) -> str:
    """A text as a cell can hold it: unchanged but for NUL, and cut where Excel ends."""
    text = _UNWRITABLE.sub("\ufffd", text)
    # Excel counts UTF-16 units.
    if len(text) * 2 > LONGEST and len(text.encode("utf-16-le")) // 2 > LONGEST:
        kept = text.encode("utf-16-le")[: 2 * (LONGEST - len(CUT))]
        return kept.decode("utf-16-le", errors="ignore") + CUT
    return text
