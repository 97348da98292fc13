"""Write one site's tables as an export: CSV or Parquet in a ZIP, a folder, or a workbook."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
import xlsxwriter

from expectations.dictionary import Column, tables
from sample_data._rows import Row

Format = Literal["csv-zip", "folder", "xlsx", "parquet"]
SUFFIXES: Mapping[str, str] = {"csv-zip": ".zip", "folder": "", "xlsx": ".xlsx", "parquet": ".zip"}
POLARS_TYPES = {
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "date": pl.Date(),
    "boolean": pl.Boolean(),
}


def write_export(
    rows: Mapping[str, Sequence[Row]],
    manifest: Mapping[str, Any],
    path: Path,
    format: Format,
    *,
    cut: str | None = None,
) -> None:
    """Write an export; the same arguments give the same bytes.

    Args:
        rows: by table, rows of text as they stand in a CSV file; empty tables are left out.
        manifest: its fields without `files`; `extract_datetime` also dates the ZIP members.
        path: of the file, or of the folder, to write.
        cut: a table whose last three rows are lost on the way: the manifest still has them.

    Raises:
        ValueError: if a Parquet column cannot hold one of its cells.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sent = {name: rows[name] for name in tables() if rows.get(name)}
    if format == "xlsx":
        _write_workbook(sent, manifest, path)
        return
    suffix, encode = (".parquet", parquet_bytes) if format == "parquet" else (".csv", csv_bytes)
    members = {name + suffix: encode(name, found) for name, found in sent.items()}
    files = [
        file_entry(name + suffix, members[name + suffix], len(found))
        for name, found in sent.items()
    ]
    if cut is not None:
        members[cut + suffix] = encode(cut, sent[cut][:-3])
    members = {"manifest.json": json_bytes(dict(manifest) | {"files": files}), **members}
    if format == "folder":
        path.mkdir(exist_ok=True)
        for name, content in members.items():
            (path / name).write_bytes(content)
        return
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(member(name, manifest), content)


def member(name: str, manifest: Mapping[str, Any]) -> zipfile.ZipInfo:
    """The description of a ZIP member, dated by the extract and not by the clock."""
    extracted = datetime.fromisoformat(manifest["extract_datetime"])
    info = zipfile.ZipInfo(name, extracted.timetuple()[:6])
    info.compress_type = zipfile.ZIP_STORED  # bytes that hang on no zlib version
    info.external_attr = 0o644 << 16
    return info


def file_entry(name: str, content: bytes, row_count: int) -> dict[str, Any]:
    """What a manifest says of one file."""
    return file_entry_of(name, hashlib.sha256(content).hexdigest(), row_count)


def file_entry_of(name: str, sha256: str, row_count: int) -> dict[str, Any]:
    """What a manifest says of one file whose hash is known."""
    return {"name": name, "sha256": sha256, "row_count": row_count}


def json_bytes(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def csv_bytes(table: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """A table as CSV (RFC 4180, UTF-8, header first)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    columns = list(tables()[table].columns)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    return buffer.getvalue().encode()


def lines(rows: Sequence[Row], format: Format) -> list[int]:
    """The line that a message names for each row.

    In CSV the physical line where the record starts, in a workbook the sheet's row, in
    Parquet the row from 1.
    """
    if format == "parquet":
        return list(range(1, len(rows) + 1))
    found, line = [], 2
    for row in rows:
        found.append(line)
        line += 1 if format == "xlsx" else 1 + sum(cell.count("\n") for cell in row.values())
    return found


def parquet_bytes(table: str, rows: Sequence[Row]) -> bytes:
    """A table as Parquet: numbers, dates and booleans typed; ids, codes and sets as text."""
    columns = tables()[table].columns
    frame = pl.DataFrame(
        {name: [_value(column, row[name]) for row in rows] for name, column in columns.items()},
        schema={name: POLARS_TYPES.get(c.type, pl.String()) for name, c in columns.items()},
        strict=True,
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _value(column: Column, cell: str) -> Any:
    """A cell as a typed value.

    Raises:
        ValueError: if the cell does not fit the column's type.
    """
    if not cell:
        return None
    if column.type == "integer":
        return int(cell)
    if column.type == "decimal":
        return float(cell)
    if column.type == "date":
        return date.fromisoformat(cell)
    if column.type == "boolean":
        return {"Y": True, "N": False}[cell]
    return cell


def _write_workbook(
    sent: Mapping[str, Sequence[Row]], manifest: Mapping[str, Any], path: Path
) -> None:
    options = dict.fromkeys(("strings_to_numbers", "strings_to_formulas", "strings_to_urls"), False)
    with xlsxwriter.Workbook(path, options) as workbook:
        extracted = datetime.fromisoformat(manifest["extract_datetime"])
        workbook.set_properties({"created": extracted.replace(tzinfo=None)})
        bold = workbook.add_format({"bold": True})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet = workbook.add_worksheet("manifest")
        sheet.write_row(0, 0, ("field", "value"), bold)
        counts = {f"rows.{name}": len(rows) for name, rows in sent.items()}
        for number, (field, value) in enumerate((dict(manifest) | counts).items(), start=1):
            sheet.write_string(number, 0, field)
            sheet.write(number, 1, ("N", "Y")[value] if isinstance(value, bool) else value)
        for name, rows in sent.items():
            _write_sheet(workbook.add_worksheet(name), name, rows, bold, day)


def _write_sheet(sheet: Any, table: str, rows: Sequence[Row], bold: Any, day: Any) -> None:
    columns = tables()[table].columns
    sheet.write_row(0, 0, list(columns), bold)
    sheet.freeze_panes(1, 1)
    for number, row in enumerate(rows, start=1):
        for place, (name, column) in enumerate(columns.items()):
            cell = row[name]
            try:
                value = cell if column.type == "boolean" else _value(column, cell)
            except ValueError:
                value = cell  # a cell that does not fit its column is text, as in life
            if isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            elif isinstance(value, (int, float)):
                sheet.write_number(number, place, value)
            elif cell:
                sheet.write_string(number, place, cell)
