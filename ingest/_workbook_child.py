"""The child that reads one workbook: XML scan first, then calamine; rows as JSON lines."""

from __future__ import annotations

import datetime
import io
import sys
import zipfile
from decimal import Decimal
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingest._child import FORBIDDEN, received, say
from ingest._workbook_xml import NotReadable, Part, scan_part, sheet_parts
from ingest.nhs_numbers import bytes_hold_nhs_number, holds_nhs_number

UNREAD = ("notes", "lists")  # sheets of our own templates
MOST_DIGITS = 1e15  # beyond it a spreadsheet has lost the last digits of what was typed
# Spreadsheets show a 29th of February 1900 that never was; the reader gives the 28th for both.
DOUBTFUL = datetime.date(1900, 2, 28)


def main() -> None:
    """Read stdin, write sheets and rows; a refusal is one line and the last."""
    settings, content = received(sys.argv[1])
    try:
        parts = _scan(content, settings["cells"])
        shown = _write_sheets(content, parts)
        _refuse_unshown(parts, shown)
    except NotReadable as refusal:
        say({"refused": refusal.code, "sheet": refusal.sheet, "lines": refusal.lines})
    say({"done": True})
    sys.stdout.flush()


def _scan(content: bytes, most_cells: int) -> dict[str, Part]:
    """Each XML part of the workbook, looked at before any reader builds it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {}
        for name in archive.namelist():
            if name.lower().endswith((".xml", ".rels")):
                with archive.open(name) as stream:
                    parts[name.lower()] = scan_part(stream, most_cells)
            elif bytes_hold_nhs_number(archive.read(name)):
                parts[name.lower()] = Part(holds_number=True)
    for name, part in parts.items():
        if part.holds_number:
            raise NotReadable("IDENTIFIER", name)
    return parts


def _refuse_unshown(parts: dict[str, Part], shown: set[str]) -> None:
    """A string with an NHS number that no table shows is not judged with its column."""
    for name, part in parts.items():
        if part.numbered - shown:
            raise NotReadable("IDENTIFIER", name)


def _write_sheets(content: bytes, parts: dict[str, Part]) -> set[str]:
    """Write every sheet's rows; give the texts among them that a shared string numbers."""
    numbered = set[str]().union(*(part.numbered for part in parts.values()))
    shown: set[str] = set()
    by_sheet = sheet_parts(parts)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    names = [metadata.name.strip().lower() for metadata in workbook.sheets_metadata]
    for name in names:
        if names.count(name) > 1:
            raise NotReadable("FILE_TWICE", name)
    for metadata in workbook.sheets_metadata:
        name = metadata.name
        is_table = metadata.typ == SheetTypeEnum.WorkSheet
        is_hidden = metadata.visible != SheetVisibleEnum.Visible
        if name.strip().lower() in UNREAD:
            if is_table:
                _refuse_numbered(workbook, name)
            continue
        say({"sheet": name, "is_table": is_table, "is_hidden": is_hidden})
        if not is_table:
            continue
        part = by_sheet.get(name)
        if part is None:
            raise NotReadable("XLSX_XML", name)
        if part.formulas_without_value:
            raise NotReadable("XLSX_FORMULA", name, part.formulas_without_value)
        if part.merged_rows:
            raise NotReadable("XLSX_MERGED", name, part.merged_rows)
        _write_rows(workbook, name, part, numbered, shown)
    return shown


def _refuse_numbered(workbook: CalamineWorkbook, name: str) -> None:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    lines = [n for n, row in enumerate(rows, 1) if any(holds_nhs_number(_text(c)) for c in row)]
    if lines:
        raise NotReadable("IDENTIFIER", name, lines[:1])


def _write_rows(
    workbook: CalamineWorkbook, name: str, part: Part, numbered: set[str], shown: set[str]
) -> None:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for number, row in enumerate(rows, 1):
        cells = [_text(cell) for cell in row]
        for column, error in part.errors.get(number, {}).items():
            cells[column - 1] = error
        if numbered:
            shown.update(cell for cell in row if isinstance(cell, str) and cell in numbered)
        joined = "".join(cells)
        for code, sign in FORBIDDEN.items():
            if sign.search(joined):
                raise NotReadable(code, name, [number])
        is_filled = bool(joined.strip())
        # Two readers of the XML must find the same rows.
        if is_filled != (number in part.rows) and (is_filled or number in part.certain_rows):
            raise NotReadable("PARSER", name, [number])
        if is_filled:
            say([number, cells])
    if any(number > len(rows) for number in part.certain_rows):
        raise NotReadable("PARSER", name)


def _text(cell: Any) -> str:
    """The cell as CSV would hold it."""
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
    if isinstance(cell, bool):
        return "Y" if cell else "N"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        cell = cell.date()
    return f"{cell} or 29" if cell == DOUBTFUL else str(cell)


def _number(number: float) -> str:
    """The shortest exact digits, without exponent and without '.0'."""
    if abs(number) >= MOST_DIGITS:
        return f"{number:E}"
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")


if __name__ == "__main__":
    main()
