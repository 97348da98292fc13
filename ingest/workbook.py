"""An XLSX workbook as cells, read by a child process that may die in our place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from ingest.archive import open_zip, zip_refused
from ingest.reading import (
    LINE,
    Cells,
    ExportRefused,
    Limits,
    Place,
    listed,
    refused,
    shown_name,
)
from ingest.sandbox import run_child

OLE = b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells from the first row that holds anything."""

    name: str
    is_table: bool
    is_hidden: bool
    cells: Cells


def read_workbook(content: bytes, name: str, limits: Limits) -> tuple[Sheet, ...]:
    """The sheets of a workbook, but for notes and lists, in its order.

    Raises:
        ExportRefused: TYPE, PARSER, a ZIP_ or an XLSX_ code.
    """
    if content.startswith(OLE):
        raise zip_refused("XLSX_PASSWORD" if ENCRYPTED in content else "TYPE", name)
    if not content.startswith(b"PK\x03\x04"):
        raise zip_refused("TYPE", name)
    bounded = Limits(limits.received, limits.workbook, members=limits.workbook_members)
    with open_zip(content, name, bounded, "XLSX_SIZE") as archive:
        if "xl/workbook.xml" not in [member.lower() for member in archive.namelist()]:
            raise zip_refused("TYPE", name)
    written = run_child("ingest._workbook_child", content, limits)
    if written is None or not written.endswith(b'{"done":true}\n'):
        raise zip_refused("PARSER", name)
    return tuple(_sheets(written, name))


def _sheets(written: bytes, name: str) -> Iterator[Sheet]:
    about: dict[str, Any] | None = None
    rows: list[tuple[int, list[str]]] = []
    for line in written.split(b"\n")[:-1]:
        message = json.loads(line)
        if isinstance(message, list):
            rows.append((message[0], message[1]))
            continue
        if about is not None:
            yield _sheet(about, rows)
        about, rows = message, []
        if "refused" in message:
            raise _refusal(message, name)


def _sheet(about: dict[str, Any], rows: list[tuple[int, list[str]]]) -> Sheet:
    header_line, header = rows[0] if rows else (1, [])
    while header and not header[-1].strip():
        header = header[:-1]
    width = max((len(cells) for _, cells in rows), default=0)
    schema = {str(n): pl.String for n in range(width)}
    frame = pl.DataFrame([cells for _, cells in rows[1:]], schema, orient="row")
    lines = pl.Series(LINE, [number for number, _ in rows[1:]], dtype=pl.Int64)
    cells = Cells(tuple(header), frame.with_columns(lines), len(rows[1:]), header_line)
    return Sheet(about["sheet"], about["is_table"], about["is_hidden"], cells)


def _refusal(message: dict[str, Any], name: str) -> ExportRefused:
    code, sheet, lines = message["refused"], message["sheet"], message["lines"]
    file = shown_name(sheet) if sheet else shown_name(name)
    places = [Place(code, None, file, line, None) for line in lines or [None]]
    says = f"row {listed(lines)} of the sheet. " if lines else ""
    refusal = refused(code, file, places=places)
    return ExportRefused(code, f"{refusal.detail} {says}".strip(), places)
