"""Read an export, in exactly one way or not at all: the one door for received files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from expectations.dictionary import Table
from ingest.archive import Members, read_folder, read_zip, zip_refused
from ingest.columnar import columnar_texts, read_columnar
from ingest.delimited import read_delimited
from ingest.envelope import (
    check_files,
    check_row_counts,
    manifest_text,
    parse_json,
    sheet_fields,
    sheet_table,
)
from ingest.gather import Reading, known_tables
from ingest.header import fold, require_header
from ingest.identifiers import frame_holds_number
from ingest.nhs_numbers import WITHHELD, bytes_hold_nhs_number, holds_nhs_number
from ingest.raw_table import raw_table
from ingest.reading import (
    BROWSER,
    SERVER,
    Cells,
    ExportRefused,
    Limits,
    Place,
    RawExport,
    RawTable,
    Source,
    notice,
    refused,
    shown_name,
)
from ingest.workbook import Sheet, read_workbook

__all__ = [
    "BROWSER",
    "SERVER",
    "ExportRefused",
    "Limits",
    "Place",
    "RawExport",
    "RawTable",
    "read_content",
    "read_export",
]

MANIFEST = "manifest"
TABLE_FILES = (".csv", ".parquet")


def read_export(
    path: Path,
    *,
    table: str | None = None,
    limits: Limits = BROWSER,
    linkage_key: bytes | None = None,
) -> RawExport:
    """The export at `path`: a .zip, a folder, an .xlsx, or with `table` one table's file.

    Args:
        linkage_key: where the register records the site's legal basis to send NHS numbers.

    Raises:
        ExportRefused: the export cannot be read in exactly one way, is damaged, too large
            or holds a direct identifier. It carries every place that could be found.
    """
    if path.is_dir():
        _refuse_named_identifier([path.name])
        members = read_folder(path, limits)
        return _read_members(members, path.name, limits, Reading(linkage_key=linkage_key))
    received = _Received(path.name, path.stat().st_size, path.read_bytes)
    return _read_file(received, table, limits, Reading(linkage_key=linkage_key))


def read_content(
    name: str,
    content: bytes,
    *,
    table: str | None = None,
    limits: Limits = BROWSER,
    linkage_key: bytes | None = None,
) -> RawExport:
    """As `read_export`, of bytes in memory that were received under `name`."""
    received = _Received(name, len(content), lambda: content)
    return _read_file(received, table, limits, Reading(linkage_key=linkage_key))


@dataclass(frozen=True)
class _Received:
    """A file as it was received: its bytes are loaded where they are read, and let go there."""

    name: str
    size: int
    load: Callable[[], bytes]


def _read_file(
    received: _Received, table: str | None, limits: Limits, reading: Reading
) -> RawExport:
    name, suffix = received.name, Path(received.name).suffix.lower()
    _refuse_named_identifier([name])
    if received.size > limits.received:
        raise zip_refused("SIZE", name)
    if not received.size:
        raise zip_refused("EMPTY", name)
    if suffix == ".xlsx":
        return _read_sheets(read_workbook(received.load(), name, limits), name, table, reading)
    if table is None and suffix == ".zip":
        return _read_members(read_zip(received.load(), name, limits), name, limits, reading)
    if table is not None and suffix in TABLE_FILES:
        return _read_single(received, table, limits, reading)
    raise zip_refused("TYPE", name)


def _read_single(received: _Received, table: str, limits: Limits, reading: Reading) -> RawExport:
    source = Source(shown_name(received.name), table)
    if received.name.lower().endswith(".csv"):
        reading.add(source, lambda source, about: read_delimited(received.load(), source, about))
    else:
        content = received.load()
        written = columnar_texts({source.file: content}, limits).get(source.file)
        reading.add(source, partial(_cells, content, written))
    return _single(reading, table)


def _single(reading: Reading, table: str) -> RawExport:
    reading.refuse()
    raw = reading.tables[table]
    if not raw.frame.height:
        place = Source(raw.file, table).place("NO_ROWS")
        raise refused("NO_ROWS", raw.file, places=[place])
    return reading.export({})


def _columnar(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {n: content for n, content in files.items() if n.lower().endswith(".parquet")}


def _cells(content: bytes, written: bytes | None, source: Source, table: Table) -> Cells:
    if source.file.lower().endswith(".parquet"):
        return read_columnar(content, written, source, table)
    return read_delimited(content, source, table)


def _read_members(members: Members, name: str, limits: Limits, reading: Reading) -> RawExport:
    files = dict(members.files)
    _refuse_named_identifier(files)
    _refuse_beside_tables(files)
    said = next((file for file in files if file.casefold() == "manifest.json"), None)
    if said is None:
        place = Place("MANIFEST", None, "manifest.json", None, None)
        raise refused("MANIFEST", shown_name(name), "there is no manifest.json in it.", [place])
    fields, listed_files = parse_json(files.pop(said))
    manifest = manifest_text(fields)
    check_files(listed_files, files)
    if members.is_littered:
        reading.notices.append(notice("FOLDER_SKIPPED"))
    written = columnar_texts(_columnar(files), limits)
    reading.add_all(
        [
            (_source(file), partial(_cells, content, written.get(file)))
            for file, content in files.items()
        ]
    )
    reading.refuse()
    check_row_counts({shown_name(f.name): f.row_count for f in listed_files}, reading.counted)
    return reading.export(manifest)


def _source(file: str) -> Source:
    stem, suffix = Path(file).stem, Path(file).suffix.lower()
    return Source(shown_name(file), fold(stem) if suffix in TABLE_FILES else "")


def _read_sheets(
    sheets: Sequence[Sheet], name: str, table: str | None, reading: Reading
) -> RawExport:
    _refuse_named_identifier(sheet.name for sheet in sheets)
    if table is not None:
        _refuse_sheets(sheets[1:] or [s for s in sheets if not s.is_table], name)
        if not sheets:
            raise zip_refused("EMPTY", name)
        _add_sheet(reading, sheets[0], Source(shown_name(name), table))
        return _single(reading, table)
    by_table = {fold(sheet.name): sheet for sheet in sheets}
    known = {MANIFEST, *known_tables()}
    _refuse_sheets([s for s in sheets if fold(s.name) not in known or not s.is_table], name)
    if MANIFEST not in by_table:
        raise refused("MANIFEST", shown_name(name), "there is no sheet manifest in it.")
    fields, counts = _manifest_sheet(by_table.pop(MANIFEST))
    manifest = manifest_text(fields)
    for sheet_table_name, sheet in by_table.items():
        _add_sheet(reading, sheet, Source(shown_name(sheet.name), sheet_table_name))
    reading.refuse()
    check_row_counts(counts, reading.records)
    return reading.export(manifest)


def _manifest_sheet(sheet: Sheet) -> tuple[dict[str, str | None], dict[str, int]]:
    source = Source(MANIFEST, MANIFEST)
    require_header(sheet.cells.header, sheet_table(), source, sheet.cells.header_line)
    raw, _, _ = raw_table(sheet.cells, sheet_table(), source)
    return sheet_fields(raw)


def _add_sheet(reading: Reading, sheet: Sheet, source: Source) -> None:
    said = (notice("HIDDEN_SHEET", file=source.file),) if sheet.is_hidden else ()

    def cells(source: Source, table: Table) -> Cells:
        if not sheet.cells.header:
            raise refused("EMPTY", source.file, places=[source.place("EMPTY")])
        require_header(sheet.cells.header, table, source, sheet.cells.header_line)
        return replace(sheet.cells, notices=said)

    reading.add(source, cells)


def _refuse_sheets(sheets: Sequence[Sheet], name: str) -> None:
    if sheets:
        for sheet in sheets:
            if frame_holds_number(sheet.cells.header, sheet.cells.frame):
                raise zip_refused("IDENTIFIER", sheet.name)
        places = [Place("XLSX_SHEET", None, shown_name(sheet.name), None, None) for sheet in sheets]
        raise refused("XLSX_SHEET", shown_name(name), places=places)


def _refuse_named_identifier(names: Iterable[str]) -> None:
    """A name that holds an NHS number is neither shown nor kept."""
    if any(holds_nhs_number(name) or name.startswith(WITHHELD) for name in names):
        place = Place("IDENTIFIER", None, None, None, None)
        raise refused("IDENTIFIER", "", "the name of a file or sheet holds an NHS number.", [place])


def _refuse_beside_tables(files: Mapping[str, bytes]) -> None:
    """An NHS number in a file that is no table comes before what else the file is refused for."""
    for file, content in files.items():
        is_read = file == "manifest.json" or fold(Path(file).stem) in known_tables()
        if not is_read and bytes_hold_nhs_number(content):
            raise zip_refused("IDENTIFIER", file)
