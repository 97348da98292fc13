"""A table as a workbook: numbers and dates as such, all else as text that is never evaluated."""

from __future__ import annotations

import io
import math
from datetime import date, datetime
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sql.spreadsheets import shown, with_lists_joined

LAST_ROW = 1_048_575  # of Excel, counted from the row below the heading
NARROWEST, WIDEST = 10, 60  # of a column, in signs


def workbook(frame: pl.DataFrame, made_at: datetime) -> bytes:
    """The frame as one sheet, its headings frozen and filtered.

    Text stays text, whatever it begins with; so do times, which a sheet could not give a zone.
    """
    told = with_lists_joined(frame).with_columns(
        pl.col(pl.Datetime).dt.to_string("iso:strict"), pl.col(pl.Decimal).cast(pl.Float64)
    )
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        sheet = book.add_worksheet("data")
        head = book.add_format({"bold": True, "bg_color": "#E8EDEE", "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, name in enumerate(told.columns):
            sheet.write_string(0, place, shown(name), head)
            sheet.set_column(place, place, _width(told[name]))
            for row, value in enumerate(told[name], 1):
                if value is not None:
                    _write(sheet, row, place, value, day)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(told.height, 1), told.width - 1)
    return made.getvalue()


def _write(sheet: Worksheet, row: int, place: int, value: Any, day: Format) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, date) and value.year >= 1900:  # where a sheet's days begin
        sheet.write_datetime(row, place, datetime.combine(value, datetime.min.time()), day)
    elif isinstance(value, int | float) and math.isfinite(value):
        sheet.write_number(row, place, value)
    else:
        sheet.write_string(row, place, shown(str(value)))


def _width(column: pl.Series) -> int:
    longest = column.cast(pl.String).str.len_chars().max()
    wanted = max(int(longest) if isinstance(longest, int) else 0, len(column.name) + 3)
    return min(max(wanted + 1, NARROWEST), WIDEST)
