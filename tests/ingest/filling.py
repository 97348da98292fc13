"""Fill in the template as a spreadsheet program saves it: raw XML, cells in the column's style."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from expectations.dictionary import Column, manifest, site_tables
from tests.ingest.reading_files import letters

FIRST_DAY = dt.date(1899, 12, 30)


def filled(template: bytes, fields: Mapping[str, object], tables: Mapping[str, Sequence[dict]]):
    """The template with the manifest's values and the tables' rows (cells as CSV has them)."""
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheets = _sheets(parts)
    _change(parts, sheets["manifest"], lambda xml: _with_values(xml, fields))
    for name, rows in tables.items():
        _change(parts, sheets[name], lambda xml, n=name, r=rows: _with_rows(xml, n, r))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return written.getvalue()


def _sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    book = parts["xl/workbook.xml"].decode()
    targets = dict(re.findall(r'Id="(rId[0-9]+)"[^>]*Target="([^"]+)"', _relations(parts))) or dict(
        _reversed_pairs(_relations(parts))
    )
    names = re.findall(r'<sheet name="([^"]+)"[^>]*r:id="(rId[0-9]+)"', book)
    return {name: f"xl/{targets[relation]}" for name, relation in names}


def _relations(parts: Mapping[str, bytes]) -> str:
    return parts["xl/_rels/workbook.xml.rels"].decode()


def _reversed_pairs(relations: str) -> list[tuple[str, str]]:
    return [(i, t) for t, i in re.findall(r'Target="([^"]+)"[^>]*Id="(rId[0-9]+)"', relations)]


def _change(parts, part, change) -> None:
    parts[part] = change(parts[part].decode()).encode()


def _with_values(xml: str, fields: Mapping[str, object]) -> str:
    """A value beside each field; the cells are there already, styled and empty."""
    for row, column in enumerate(manifest().columns.values(), 2):
        value = fields.get(column.name)
        if value is None or isinstance(value, list):
            continue
        text = {True: "Y", False: "N"}.get(value, value) if isinstance(value, bool) else value
        empty = re.compile(rf'<c r="B{row}" s="([0-9]+)"(?:/>| t="s"><v>[0-9]+</v></c>)')
        style = empty.search(xml).group(1)
        xml = empty.sub(lambda _, s=style, t=text, r=row, c=column: _cell(f"B{r}", s, str(t), c),
                        xml)  # fmt: skip
    return xml


def _with_rows(xml: str, name: str, rows: Sequence[dict]) -> str:
    columns = site_tables()[name].columns
    styles = _styles(xml)
    lines = []
    for line, row in enumerate(rows, 2):
        cells = [
            _cell(f"{letters(n)}{line}", styles[n], row[column], columns[column])
            for n, column in enumerate(columns, 1)
            if row.get(column)
        ]
        lines.append(f'<row r="{line}">{"".join(cells)}</row>')
    return xml.replace("</sheetData>", f"{''.join(lines)}</sheetData>")


def _styles(xml: str) -> dict[int, str]:
    """The style that a cell typed into each column takes."""
    found = {}
    for col in re.findall(r"<col [^>]+/>", xml):
        told = dict(re.findall(r'(\w+)="([^"]*)"', col))
        for n in range(int(told["min"]), int(told["max"]) + 1):
            found[n] = told.get("style", "0")
    return found


def _cell(reference: str, style: str, value: str, column: Column) -> str:
    """Dates and numbers become numbers, as when a person types them; the rest is text."""
    if column.type == "date" and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        serial = (dt.date.fromisoformat(value) - FIRST_DAY).days
        return f'<c r="{reference}" s="{style}"><v>{serial}</v></c>'
    if column.type in ("integer", "decimal") and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return f'<c r="{reference}" s="{style}"><v>{value}</v></c>'
    text = f'<t xml:space="preserve">{escape(value)}</t>'
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is>{text}</is></c>'
