"""Read the exports of the sample data with other means than those that wrote them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import load_workbook

from expectations.dictionary import site_tables


@dataclass(frozen=True)
class Sent:
    """One row of an export, as text, and the line at which it stands."""

    table: str
    file: str
    line: int
    cells: dict[str, str]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.cells[name] for name in site_tables()[self.table].key)


def read_rows(path: Path) -> list[Sent]:
    """Every row of an export, in any of its formats."""
    if path.suffix == ".xlsx":
        return _workbook_rows(path)
    sent = []
    for name, content in members(path).items():
        table = name.partition(".")[0]
        if name.endswith(".csv"):
            reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
            line = reader.reader.line_num + 1
            for cells in reader:
                sent.append(Sent(table, name, max(line, 2), cells))
                line = reader.line_num + 1
        elif name.endswith(".parquet"):
            rows = pl.read_parquet(io.BytesIO(content)).rows(named=True)
            for number, row in enumerate(rows, start=1):
                sent.append(Sent(table, name, number, {n: _text(v) for n, v in row.items()}))
    return sent


def repeated(sent: list[Sent]) -> Iterator[Sent]:
    """The second and later rows of a key."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for row in sent:
        if (row.table, row.key) in seen:
            yield row
        seen.add((row.table, row.key))


def members(path: Path) -> dict[str, bytes]:
    """The files of a ZIP or of a folder."""
    if path.is_dir():
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_manifest(path: Path) -> dict[str, Any]:
    if path.suffix == ".xlsx":
        rows = load_workbook(path).get_sheet_by_name("manifest").to_python()
        return {str(field): value for field, value in rows[1:]}
    return json.loads(members(path)["manifest.json"])


def _workbook_rows(path: Path) -> list[Sent]:
    workbook, sent = load_workbook(path), []
    for sheet in workbook.sheet_names:
        if sheet == "manifest":
            continue
        header, *rows = workbook.get_sheet_by_name(sheet).to_python()
        for number, row in enumerate(rows, start=2):
            cells = {str(n): _text(v) for n, v in zip(header, row, strict=True)}
            sent.append(Sent(sheet, sheet, number, cells))
    return sent


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
