"""Frames as sheets: every cell text, widths fitted, headings frozen and filtered."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sql.spreadsheets import LONGEST, shown

LAST_ROW = 1_048_575  # of Excel, counted from the row below the heading
NARROWEST, WIDEST = 8, 32
LINE_HEIGHT = 15.5  # of a line of text, in points


def written(
    sheet: Worksheet, frame: pl.DataFrame, head: Format, formats: Mapping[str, Format]
) -> None:
    """Write a frame from the first row on; numbers stay numbers, all else is text."""
    for place, (name, kind) in enumerate(frame.schema.items()):
        sheet.write_string(0, place, name, head)
        is_number, form = kind.is_numeric(), formats[name]
        as_shown = str if is_number or _is_plain(frame[name]) else shown
        for row, value in enumerate(frame[name], 1):
            if value is None or value == "":
                continue
            if is_number:
                sheet.write_number(row, place, value, form)
            else:
                sheet.write_string(row, place, as_shown(value), form)


def _is_plain(texts: pl.Series) -> bool:
    """Whether every text of a column can stand as it is, which is nearly always so."""
    longest = texts.str.len_bytes().max()
    is_odd = texts.str.contains("[\\x00\ufffe\uffff]").any()
    return (not isinstance(longest, int) or longest < LONGEST // 2) and not is_odd


def fitted(sheet: Worksheet, frame: pl.DataFrame, widest: Mapping[str, int]) -> None:
    """Give each column the width of its longest text, within bounds."""
    longest = frame.select(
        pl.col(name).cast(pl.String).str.len_chars().max().alias(name) for name in frame.columns
    ).row(0)
    for place, (name, length) in enumerate(zip(frame.columns, longest, strict=True)):
        wanted = max(length or 0, len(name) + 3)  # the filter's button covers three signs
        sheet.set_column(place, place, min(max(wanted, NARROWEST) + 1, widest.get(name, WIDEST)))


def frozen(sheet: Worksheet, frame: pl.DataFrame, columns: int) -> None:
    """Freeze the heading and the first columns, and give every column a filter."""
    sheet.freeze_panes(1, columns)
    sheet.autofilter(0, 0, max(frame.height, 1), frame.width - 1)
