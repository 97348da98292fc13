"""Find the source of every typed row: an independent reading of the file as it was sent.

Of a file that is accepted or held the typed rows must be its records, one for one, at the
lines where they start, and every value must be what the cell under its column's name says:
read here with csv.reader, zipfile and ElementTree alone. A value may be null only where its
cell is empty or a finding stands on it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from xml.etree import ElementTree

from expectations.dictionary import Column, Table, site_tables
from ingest.assess import Assessment

DELIMITERS = ",;\t|"
BOOLEANS = {"y": True, "yes": True, "true": True, "1": True,
            "n": False, "no": False, "false": False, "0": False}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One table as it stands in the file: its header, and each record at its line."""

    header: list[str]
    records: Mapping[int, list[str]]
    day_zero: date | None = None  # in a workbook dates are numbers of days


def unsourced(assessment: Assessment, sent: Mapping[str, Sent]) -> list[str]:
    """Whatever would be published that the file does not say, and what it says and is lost."""
    wrong = []
    for name, typed in assessment.typed.items():
        table, source = site_tables()[name], sent[name]
        lines = typed["source_line"].to_list()
        if lines != list(source.records):
            wrong.append(f"{name}: records at {list(source.records)[:9]}, typed from {lines[:9]}")
            continue
        on = assessment.findings.filter(table_name=name)
        found = set(on.select("source_line", "column_name").rows())
        places = _places(source.header, table)
        for row in typed.iter_rows(named=True):
            cells = source.records[row["source_line"]]
            for column in table.columns.values():
                at = places.get(column.name)
                cell = cells[at] if at is not None and at < len(cells) else ""
                is_found = (row["source_line"], column.name) in found
                if not _says(cell, row[column.name], column, is_found, source.day_zero):
                    where = f"{name} line {row['source_line']} {column.name}"
                    wrong.append(f"{where}: {row[column.name]!r} of {cell!r}")
    return wrong


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).strip().strip("\ufeff").strip()
    return re.sub(r"[\s_-]+", "_", plain).casefold()


def _places(header: list[str], table: Table) -> dict[str, int]:
    names = {_fold(one): c.name for c in table.columns.values() for one in (c.name, *c.aliases)}
    return {names[_fold(one)]: at for at, one in enumerate(header) if _fold(one) in names}


def _says(cell: str, value: object, column: Column, is_found: bool, zero: date | None) -> bool:
    """True where the value is the one thing that the cell says in a column of this type."""
    if value is None:
        return is_found or not cell.strip(" ;" if column.type == "set" else None)
    text = cell.strip()
    if column.type in ("integer", "decimal"):
        is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?", text, re.ASCII)
        return bool(is_number) and float(text) == value
    if column.type == "date":
        return value in _dates(text, zero)
    if column.type == "boolean":
        return BOOLEANS.get(text.lower()) is value
    if column.type == "code":
        return str(value).lower() == text.lower()
    if column.type == "set":
        parts = {part.strip().lower() for part in text.split(";")} - {""}
        return sorted(parts) == sorted(str(value).lower().split(";"))
    said = cell if column.free_text else unicodedata.normalize("NFC", text)
    return value == said or (zero is not None and _is_same_number(str(value), said))


def _dates(text: str, zero: date | None) -> set[date]:
    found = set()
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text, re.ASCII):
        found.add(tuple(map(int, match.groups())))
    if match := re.fullmatch(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", text, re.ASCII):
        found.add(tuple(map(int, match.groups()[::-1])))
    days = {date(*parts) for parts in found}
    if zero is not None and re.fullmatch(r"[0-9]{1,7}(\.0+)?", text, re.ASCII):
        days.add(zero + timedelta(days=int(float(text))))
    return days


def _is_same_number(value: str, said: str) -> bool:
    try:
        return float(value) == float(said)
    except ValueError:
        return {value, said} in ({"Y", "1"}, {"N", "0"})


# CSV


def in_csv(content: bytes, table: str) -> Sent:
    """The records of a CSV file by the line where each starts."""
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    readings = [_read(text, delimiter) for delimiter in DELIMITERS]
    known = site_tables()[table]
    return max(readings, key=lambda reading: len(_places(reading.header, known)))


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16").removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _read(text: str, delimiter: str) -> Sent:
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter)
    records: dict[int, list[str]] = {}
    start = 1
    for record in reader:
        if "".join(record).strip():
            records[start] = record
        start = reader.line_num + 1
    first = min(records, default=None)
    return Sent(records.pop(first) if first is not None else [], records)


def in_export(content: bytes) -> dict[str, Sent]:
    """The records of every table's CSV file in a ZIP."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [PurePosixPath(name) for name in archive.namelist()]
        return {
            name.stem: in_csv(archive.read(str(name)), name.stem)
            for name in names
            if name.suffix == ".csv"
        }


# XLSX


def in_workbook(content: bytes, table: str | None) -> dict[str, Sent]:
    """The rows of every sheet by name, or of the only one under its table's name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name.lower(): archive.read(name) for name in archive.namelist()}
    book = _tree(files, "xl/workbook.xml")
    strings = [_words(one) for one in _each(_tree(files, "xl/sharedstrings.xml"), "si")]
    relations = _tree(files, "xl/_rels/workbook.xml.rels")
    targets = {one.get("Id"): one.get("Target", "").lower() for one in relations}
    is_1904 = any(one.get("date1904") in ("1", "true") for one in _each(book, "workbookPr"))
    zero = date(1904, 1, 1) if is_1904 else date(1899, 12, 30)
    found = {}
    for sheet in _each(book, "sheet"):
        target = targets[next(v for k, v in sheet.items() if k.endswith("}id"))]
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        rows = _rows(_tree(files, path), strings)
        first = min(rows, default=None)
        header = rows.pop(first) if first is not None else []
        found[table or _fold(sheet.get("name", ""))] = Sent(header, rows, zero)
    return found


def _tree(files: Mapping[str, bytes], name: str) -> ElementTree.Element:
    return ElementTree.fromstring(files[name]) if name in files else ElementTree.Element("none")


def _each(tree: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in tree.iter() if one.tag.rpartition("}")[2] == name]


def _words(tree: ElementTree.Element) -> str:
    """The text of a string, without what a phonetic guide says beside it."""
    beside = {id(t) for guide in _each(tree, "rPh") for t in _each(guide, "t")}
    return "".join(t.text or "" for t in _each(tree, "t") if id(t) not in beside)


def _rows(sheet: ElementTree.Element, strings: list[str]) -> dict[int, list[str]]:
    rows: dict[int, list[str]] = {}
    line = 0
    for row in _each(sheet, "row"):
        line = int(row.get("r", line + 1))
        column = 0
        for cell in _each(row, "c"):
            where = re.fullmatch(r"([A-Za-z]+)([0-9]+)", cell.get("r", ""))
            at, column = (int(where[2]), _number(where[1])) if where else (line, column + 1)
            text = _text(cell, strings)
            if text.strip():
                cells = rows.setdefault(at, [])
                cells += [""] * (column - len(cells))
                cells[column - 1] = text
    return dict(sorted(rows.items()))


def _number(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column


def _text(cell: ElementTree.Element, strings: list[str]) -> str:
    inline = _each(cell, "is")
    said = "".join(one.text or "" for one in _each(cell, "v"))
    text = "".join(map(_words, inline)) if inline else said
    if cell.get("t") == "s" and said:
        text = strings[int(said)]
    return text.replace("\r\n", "\n").replace("\r", "\n")
