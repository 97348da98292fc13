"""The templates that sites fill in, generated from the dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import xlsxwriter

from expectations.dictionary import Column, Table, manifest, site_tables
from ingest.template_cells import Formats, Lists, validation

LAST_ROW = 5000  # rows that get a drop-down list
HEADINGS = ("table", "column", "what it is", "needed", "allowed", "unit", "clause")
NEEDED = {
    "mandatory": "always",
    "required": "always; may stay empty where it is not known",
    "conditional": "where another column says so",
    "optional": "may stay empty",
}
NOTE_SIZE = {"width": 300, "height": 130}


def write_template(path: Path) -> None:
    """Write a workbook (.xlsx) with a sheet a table, or a folder of CSV headers."""
    if path.suffix.lower() == ".xlsx":
        write_workbook(path)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for table in site_tables().values():
            (path / f"{table.name}.csv").write_text(",".join(table.columns) + "\n", "utf-8")


def write_workbook(path: Path | BytesIO) -> None:
    """A sheet a table: lists to choose from, typed cells, and a note at every column."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "IRE Liver Audit: export to be filled in"})
        formats = Formats(book)
        notes = book.add_worksheet("notes")
        said = book.add_worksheet("manifest")
        sheets = {name: book.add_worksheet(name) for name in site_tables()}
        lists = Lists(book.add_worksheet("lists"))
        _write_manifest(said, formats, lists)
        for name, table in site_tables().items():
            _write_table(sheets[name], table, formats, lists)
        _write_notes(notes, formats)
        said.activate()


def _write_manifest(sheet: xlsxwriter.worksheet.Worksheet, formats: Formats, lists: Lists) -> None:
    sheet.write_row(0, 0, ["field", "value"], formats.head)
    sheet.set_column(0, 1, 34)
    for row, column in enumerate(manifest().columns.values(), 1):
        sheet.write_string(row, 0, column.name)
        sheet.write_comment(row, 0, note(column), NOTE_SIZE)
        sheet.write_blank(row, 1, None, formats.of(column))
        choice = validation(column, lists)
        if choice is not None:
            sheet.data_validation(row, 1, row, 1, choice)
        if column.codes is not None and len(column.codes.codes) == 1:
            sheet.write_string(row, 1, *column.codes.codes, formats.of(column))


def _write_table(
    sheet: xlsxwriter.worksheet.Worksheet, table: Table, formats: Formats, lists: Lists
) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns.values()):
        sheet.set_column(place, place, max(12, len(column.name) + 2), formats.of(column))
        sheet.write_string(0, place, column.name, formats.head)
        sheet.write_comment(0, place, note(column), NOTE_SIZE)
        choice = validation(column, lists)
        if choice is not None:
            sheet.data_validation(1, place, LAST_ROW, place, choice)


def _write_notes(sheet: xlsxwriter.worksheet.Worksheet, formats: Formats) -> None:
    sheet.write_row(0, 0, HEADINGS, formats.head)
    sheet.set_column(0, len(HEADINGS) - 1, 24)
    sheet.freeze_panes(1, 2)
    columns = ((t, c) for t in site_tables().values() for c in t.columns.values())
    for row, (table, column) in enumerate(columns, 1):
        told = [
            table.name,
            column.name,
            column.title,
            NEEDED[column.null],
            "; ".join(_allowed(column)),
            column.unit or "",
            ", ".join(column.clause),
        ]
        for place, text in enumerate(told):
            sheet.write_string(row, place, text)


def note(column: Column) -> str:
    """What a person who fills in the column has to know of it."""
    told = {
        "Needed": NEEDED[column.null],
        "Allowed": "; ".join(_allowed(column)),
        "Unit": column.unit or "",
        "Clause": ", ".join(column.clause),
    }
    return "\n".join([column.title, *(f"{name}: {text}" for name, text in told.items() if text)])


def _allowed(column: Column) -> Iterator[str]:
    if column.codes is not None:
        yield ", ".join(column.codes.codes)
    if column.type == "set":
        yield "several are joined by ;"
    if column.pattern is not None:
        yield column.pattern
    if column.hard is not None:
        yield f"{column.hard[0]} to {column.hard[1]}"
    if column.order is not None:
        yield column.order
    if column.type == "date":
        yield "a date (YYYY-MM-DD)"
    if column.type == "boolean":
        yield "Y, N"
