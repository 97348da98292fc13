"""An export's rows as text editors, spreadsheet programs and data frames write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from random import Random
from typing import Any

import polars as pl
import xlsxwriter

from expectations.dictionary import ColumnType, site_tables

Rows = list[list[str]]  # the header first

TYPED: Mapping[ColumnType, Callable[[str], Any]] = {
    "integer": int,
    "decimal": float,
    "boolean": lambda text: text == "Y",
    "date": date.fromisoformat,
}
POLARS: Mapping[ColumnType, Any] = {
    "integer": pl.Int32,
    "decimal": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
}


def csv_text(rows: Rows, delimiter: str = ",", end: str = "\n", quoting: int = 0) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def plain(rows: Rows, random: Random) -> bytes:
    return csv_text(rows).encode()


def mixed_ends(rows: Rows, random: Random) -> bytes:
    lines = csv_text(rows).split("\n")[:-1]
    ends = [random.choice(["\n", "\r\n", "\r"]) for _ in lines[1:]] + [""]
    return "".join(map("".join, zip(lines, ends, strict=True))).encode()


def blank(text: str, between: str) -> str:
    return f" \n\n{text.replace(chr(10), between)} \n"


def workbook_file(
    tables: Mapping[str, Rows],
    fields: Mapping[str, object],
    is_text: bool,
    is_1904: bool,
    is_inline: bool,
) -> bytes:
    """A workbook with a sheet a table, and the manifest's where it has fields.

    `is_inline`: without shared text.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "date_1904": is_1904, "constant_memory": is_inline}
    with xlsxwriter.Workbook(buffer, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        if fields:
            said = book.add_worksheet("manifest")
            for n, pair in enumerate([("field", "value"), *fields.items()]):
                said.write_row(n, 0, pair)
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(_typed(name, rows, is_text)):
                for at, value in enumerate(row):
                    _write(sheet, n, at, value, day)
    return buffer.getvalue()


def _write(sheet: Any, n: int, at: int, value: Any, day: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(n, at, value)
    elif isinstance(value, date):
        sheet.write_datetime(n, at, datetime.combine(value, time()), day)
    elif value is not None:
        sheet.write(n, at, value)


def parquet_file(table: str, rows: Rows, is_text: bool) -> bytes:
    """A Parquet file with the dictionary's types, or all text as categories."""
    header, *body = _typed(table, rows, is_text)
    columns = site_tables()[table].columns
    schema = {
        name: pl.String if is_text else POLARS.get(columns[name].type, pl.String) for name in header
    }
    frame = pl.DataFrame(body, schema=schema, orient="row")
    buffer = io.BytesIO()
    (frame.cast(pl.Categorical) if is_text else frame).write_parquet(buffer)
    return buffer.getvalue()


def _typed(table: str, rows: Rows, is_text: bool) -> list[list[Any]]:
    columns = [site_tables()[table].columns[name] for name in rows[0]]
    kinds = [str if is_text else TYPED.get(column.type, str) for column in columns]
    body = [
        [kind(value) if value else None for kind, value in zip(kinds, row, strict=True)]
        for row in rows[1:]
    ]
    return [list(rows[0]), *body]
