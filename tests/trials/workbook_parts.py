"""Workbooks written part by part, to have in them what spreadsheet programs never write."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import xlsxwriter

from tests.ingest.reading_files import (
    COLUMNS,
    DATE,
    NOTES,
    NUMBER,
    good,
    letters,
    row,
    sheet_xml,
    workbook,
    zipped,
)

ROWS = [COLUMNS, *good()]
SHEET = sheet_xml(ROWS)
CLEAN_BOOK = workbook({"S": SHEET})
DAY = "dd/mm/yyyy"
BAD_DATE = dict(zip(COLUMNS, row(4), strict=True)) | {DATE: "04/13/2026"}
STRICT = "http://purl.oclc.org/ooxml"


def cell(column: str, inside: str, attributes: str = "") -> bytes:
    """The clean workbook with one cell of line 4 written in other XML."""
    place = f"{letters(COLUMNS.index(column) + 1)}4"
    pattern = rf'<c r="{place}" t="inlineStr">.*?</c>'
    other = f'<c r="{place}"{attributes and " " + attributes}>{inside}</c>'
    changed, count = re.subn(pattern, lambda _: other, SHEET)
    assert count == 1
    return workbook({"S": changed})


def inline(column: str, value: str) -> bytes:
    return cell(column, f"<is><t>{value}</t></is>", 't="inlineStr"')


def replaced(old: str, new: str, content: str = SHEET) -> bytes:
    assert old in content
    return workbook({"S": content.replace(old, new)})


def parts(content: bytes = CLEAN_BOOK) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def part(name: str, old: bytes, new: bytes) -> bytes:
    """The clean workbook with something of one part changed."""
    found = parts()
    assert old in found[name]
    return zipped(found | {name: found[name].replace(old, new)})


def program(change: Any = None, *, column: str = "", value: object = None, style: str = "",
            **options: object) -> bytes:  # fmt: skip
    """The clean rows as xlsxwriter writes them, with one styled value on line 4."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True} | options) as written:
        sheet = written.add_worksheet("S")
        for n, cells in enumerate(ROWS):
            for at_column, sent in enumerate(cells):
                sheet.write_string(n, at_column, sent)
        if column:
            form = written.add_format({"num_format": style})
            sheet.write(3, COLUMNS.index(column), value, form)
        if change is not None:
            change(written, sheet)
    return buffer.getvalue()


def serial(number: float, style: str = DAY, **options: object) -> bytes:
    """A number with this style in the date's column."""
    return program(column=DATE, value=number, style=style, **options)


def measured(value: object, style: str = "0.0") -> bytes:
    return program(column=NUMBER, value=value, style=style)


def sheets(state: str = "visible", name: str = "Sheet2") -> bytes:
    other = sheet_xml([["ward"], ["7"]])
    return workbook({"S": SHEET, name: other}, {name: state})


def chart_sheet(written: Any, sheet: Any) -> None:
    chart = written.add_chart({"type": "column"})
    chart.add_series({"values": "=S!$A$1:$A$2"})
    written.add_chartsheet("chart").set_chart(chart)


def rich(written: Any, sheet: Any) -> None:
    bold = written.add_format({"bold": True})
    sheet.write_rich_string(3, COLUMNS.index(NOTES), bold, "o", "k")


def decorated(written: Any, sheet: Any) -> None:
    """What people add to a sheet without changing a value."""
    sheet.autofilter(0, 0, 6, len(COLUMNS) - 1)
    sheet.freeze_panes(1, 0)
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_column(2, 4, None, None, {"hidden": True})
    sheet.write_comment(3, 3, "look")
    sheet.conditional_format(1, 1, 6, 1, {"type": "duplicate"})
    sheet.data_validation(1, 2, 6, 2, {"validate": "length", "criteria": ">", "value": 1})
    sheet.insert_textbox(20, 2, "a note beside the table")
    written.define_name("ward", "=S!$A$1")
    sheet.protect("secret")


def lines_apart() -> bytes:
    """A blank row, a row of spaces, then a record whose date cannot be read."""
    bad = [BAD_DATE[name] for name in COLUMNS]
    return workbook({"S": sheet_xml([COLUMNS, row(1), [], ["  "], bad, row(5)])})


def without_references() -> bytes:
    """Cells and rows in order, without saying where they stand."""
    rows = [[value or " " for value in cells] for cells in ROWS]
    return workbook({"S": re.sub(r' r="[A-Z]*[0-9]+"', "", sheet_xml(rows))})


def strict() -> bytes:
    """As Excel saves "Strict Open XML": other namespaces."""
    found = parts()
    old = b"http://schemas.openxmlformats.org"
    names = {
        old + b"/spreadsheetml/2006/main": f"{STRICT}/spreadsheetml/main".encode(),
        old
        + b"/officeDocument/2006/relationships": f"{STRICT}/officeDocument/relationships".encode(),
    }
    for before, after in names.items():
        found = {n: data.replace(before, after) for n, data in found.items()}
    return zipped(found)


def prefixed() -> bytes:
    """As the Open XML SDK writes it: every name with a prefix."""
    body = SHEET.partition("?>")[2]
    named = re.sub(r"<(/?)([a-zA-Z]+)", r"<\1x:\2", body).replace("xmlns=", "xmlns:x=")
    return workbook({"S": f'<?xml version="1.0"?>{named}'})


def far(cell_name: str) -> bytes:
    digits = re.sub("[A-Z]", "", cell_name)
    after = f'<row r="{digits}"><c r="{cell_name}"><v>1</v></c></row>'
    return workbook({"S": sheet_xml(ROWS, after=after)})


def beside(column: int, line: int) -> bytes:
    """A value beyond the header's columns."""
    end = f'<c r="{letters(column)}{line}"><v>1</v></c></row>'
    lines = SHEET.split("</row>")
    lines[line - 1] = lines[line - 1] + end.removesuffix("</row>")
    return workbook({"S": "</row>".join(lines)})


def rotated() -> bytes:
    """Two rows of the sheet in the wrong order."""
    lines = SHEET.split("<row ")
    lines[3], lines[4] = lines[4], lines[3]
    return workbook({"S": "<row ".join(lines)})


def damaged() -> bytes:
    at_byte = CLEAN_BOOK.find(b"xl/worksheets/sheet1.xml") + 60
    return CLEAN_BOOK[:at_byte] + bytes(8) + CLEAN_BOOK[at_byte + 8 :]


def office_97(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(64)


def merged(area: str) -> bytes:
    return replaced(
        "</sheetData>", f'</sheetData><mergeCells><mergeCell ref="{area}"/></mergeCells>'
    )


def shared_text(item: str, count: int = 1) -> bytes:
    place = f"{letters(COLUMNS.index(NOTES) + 1)}4"
    found = re.sub(rf'<c r="{place}".*?</c>', f'<c r="{place}" t="s"><v>{count - 1}</v></c>', SHEET)
    files = parts(workbook({"S": found}))
    names = SHEET[SHEET.index('xmlns="') : SHEET.index('">') + 1]
    files["xl/sharedStrings.xml"] = f"<sst {names}>{item}</sst>".encode()
    return zipped(files)


def in_utf16() -> bytes:
    """A part in an encoding that the reader of cells does not know."""
    marked = SHEET.replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    return zipped(parts() | {SHEET_PART: marked.encode("utf-16")})


def second_value() -> bytes:
    """Two values for one cell."""
    again = '<c r="A4" t="inlineStr"><is><t>P99999</t></is></c></row><row r="5">'
    return replaced('</row><row r="5">', f"{again}")


def second_part() -> bytes:
    """One part twice in the archive, which two readers could read differently."""
    twice = zipped(parts() | {"#" * len(SHEET_PART): SHEET.encode()})
    return twice.replace(b"#" * len(SHEET_PART), SHEET_PART.encode())


SHEET_PART = "xl/worksheets/sheet1.xml"
PLACE_OF_TEXT = 't="inlineStr"'
