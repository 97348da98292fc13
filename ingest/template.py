"""The templates that sites fill in, generated from the dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import xlsxwriter

from expectations.dictionary import Column, Table, manifest, site_tables

LAST_ROW = 5000  # rows that get a drop-down list


def write_template(path: Path) -> None:
    """Write a workbook (.xlsx) with a sheet a table, or a folder of CSV headers."""
    if path.suffix.lower() == ".xlsx":
        write_workbook(path)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for table in site_tables().values():
            (path / f"{table.name}.csv").write_text(",".join(table.columns) + "\n", "utf-8")


def write_workbook(path: Path | BytesIO) -> None:
    """A sheet a table, drop-down lists for the codes, and notes on every column."""
    with xlsxwriter.Workbook(path) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EDEE"})
        notes = book.add_worksheet("notes")
        lists = book.add_worksheet("lists")
        said = book.add_worksheet("manifest")
        said.write_row(0, 0, ["field", "value"], bold)
        for row, name in enumerate(manifest().columns, 1):
            said.write(row, 0, name)
        said.set_column(0, 1, 28)
        headings = ["table", "column", "what it is", "needed", "allowed", "unit", "clause"]
        notes.write_row(0, 0, headings, bold)
        notes.set_column(0, 6, 24)
        note = 1
        placed: dict[str, int] = {}
        for table in site_tables().values():
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            for place, column in enumerate(table.columns.values()):
                sheet.write(0, place, column.name, bold)
                sheet.set_column(place, place, max(12, len(column.name) + 2))
                notes.write_row(note, 0, _note(table, column))
                note += 1
                if column.type == "code" and column.codes is not None:
                    codes = column.codes
                    if codes.name not in placed:
                        placed[codes.name] = len(placed)
                        lists.write_column(0, placed[codes.name], [codes.name, *codes.codes])
                    letter = xlsxwriter.utility.xl_col_to_name(placed[codes.name])
                    source = f"=lists!${letter}$2:${letter}${len(codes.codes) + 1}"
                    choice = {"validate": "list", "source": source, "error_type": "warning"}
                    sheet.data_validation(1, place, LAST_ROW, place, choice)


def _note(table: Table, column: Column) -> list[str]:
    return [
        table.name,
        column.name,
        column.title,
        column.null,
        "; ".join(_allowed(column)),
        column.unit or "",
        ", ".join(column.clause),
    ]


def _allowed(column: Column) -> Iterator[str]:
    if column.codes is not None:
        yield ", ".join(column.codes.codes)
    if column.pattern is not None:
        yield column.pattern
    if column.hard is not None:
        yield f"{column.hard[0]} to {column.hard[1]}"
    if column.order is not None:
        yield column.order
    if column.type == "date":
        yield "YYYY-MM-DD"
    if column.type == "boolean":
        yield "Y, N"
