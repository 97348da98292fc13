"""The manifest of an export: its fields, and the files that it lists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from expectations.dictionary import Column, Table
from expectations.dictionary import manifest as dictionary_manifest
from ingest.canonical import canonical_text
from ingest.conform import conform
from ingest.nhs_numbers import holds_nhs_number
from ingest.reading import (
    LINE,
    ExportRefused,
    Place,
    RawTable,
    listed,
    refused,
    shown_name,
)

TIME = "extract_datetime"
TIMES = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class ListedFile:
    """One entry of the manifest's files."""

    name: str
    sha256: str
    row_count: int


def parse_json(content: bytes) -> tuple[dict[str, Any], tuple[ListedFile, ...]]:
    """The fields and the listed files of a manifest.json.

    Raises:
        ExportRefused: MANIFEST, where it is not one JSON object of that shape, or IDENTIFIER.
    """
    try:
        if len(content) > MOST_BYTES:
            raise ValueError("too long")
        text = content.decode("utf-8-sig")
        _refuse_identifier([text])
        parsed = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        fields = dict(parsed)
        entries = fields.pop("files")
        if not isinstance(entries, list):
            raise TypeError("files")
        files = tuple(_listed_file(entry) for entry in entries)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise _refused(
            ["files"], "not one JSON object with its fields and files (name, sha256, row_count)."
        ) from None
    return fields, files


def manifest_text(fields: Mapping[str, Any]) -> Mapping[str, str | None]:
    """The manifest's fields as canonical text (Y/N, ISO dates), all of them checked.

    Raises:
        ExportRefused: MANIFEST with the fields at fault, or IDENTIFIER.
    """
    table = dictionary_manifest()
    _refuse_identifier(f"{name}: {_as_text(value)}" for name, value in fields.items())
    unknown = [name for name in fields if name not in table.columns]
    if unknown:
        known = listed(table.columns, 20)
        raise _refused(["fields"], f"{len(unknown)} unknown field(s); known are {known}.")
    odd = [name for name, value in fields.items() if isinstance(value, list | dict)]
    if odd:
        raise _refused(odd, f"{listed(odd)} must be one value.")
    raw = {name: _as_text(fields.get(name)) for name in table.columns}
    if raw["spec_version"] == "1":  # a spreadsheet's number 1.0
        raw["spec_version"] = "1.0"
    frame = pl.DataFrame({n: [v] for n, v in raw.items()} | {LINE: [1]}, {
        **dict.fromkeys(raw, pl.String), LINE: pl.Int64})  # fmt: skip
    typed, findings, _ = conform(RawTable("manifest", "manifest", frame, ()), table)
    at_fault = dict.fromkeys(findings.get_column("column_name").to_list(), "cannot be read")
    row = typed.row(0, named=True)
    at_fault = _faults(row) | at_fault
    if at_fault:
        says = listed(f"{name} {fault}" for name, fault in at_fault.items())
        raise _refused(list(at_fault), f"{says}.")
    return dict(canonical_text(typed, table).row(0, named=True))


def check_files(files: Sequence[ListedFile], sent: Mapping[str, bytes]) -> None:
    """Refuse unless the listed files are the sent ones, byte for byte."""
    names = [file.name for file in files]
    wrong = {
        "FILE_MISSING": [n for n in names if n not in sent],
        "FILE_UNLISTED": [n for n in sent if n not in names],
        "FILE_TWICE": [n for n in dict.fromkeys(names) if names.count(n) > 1],
        "CHECKSUM": [
            file.name
            for file in files
            if file.name in sent
            and hashlib.sha256(sent[file.name]).hexdigest() != file.sha256.lower()
        ],
    }
    for code, at_fault in wrong.items():
        if at_fault:
            shown = [shown_name(name) for name in at_fault]
            places = [Place(code, None, name, None, None) for name in shown]
            raise refused(code, listed(shown), places=places)


def check_row_counts(expected: Mapping[str, int], counted: Mapping[str, int]) -> None:
    """Refuse unless each file or sheet has as many records as the manifest says."""
    wrong = [name for name, count in expected.items() if counted.get(name, 0) != count]
    if wrong:
        says = listed(
            f"{name} has {counted.get(name, 0)} rows, {expected[name]} listed" for name in wrong
        )
        places = [Place("ROW_COUNT", None, name, None, None) for name in wrong]
        raise refused("ROW_COUNT", "", f"{says}.", places)


def sheet_fields(raw: RawTable) -> tuple[dict[str, str | None], dict[str, int]]:
    """The fields and the rows.<table> counts of a workbook's manifest sheet.

    Raises:
        ExportRefused: MANIFEST, where a field stands twice or a count is not a number.
    """
    pairs = raw.frame.select("field", "value").rows()
    names = [(field or "").strip().casefold() for field, _ in pairs]
    values = dict(zip(names, (value for _, value in pairs), strict=True))
    if len(values) < len(pairs):
        raise _refused(["field"], "a field stands twice in the sheet.")
    counts = {n.removeprefix("rows."): v for n, v in values.items() if n.startswith("rows.")}
    if not all(v is None or re.fullmatch("[0-9]{1,9}", v) for v in counts.values()):
        raise _refused(["rows"], "a count of rows is not a whole number.")
    fields = {n: v for n, v in values.items() if not n.startswith("rows.")}
    return fields, {table: int(v) for table, v in counts.items() if v is not None}


def sheet_table() -> Table:
    """The manifest sheet as a table."""
    columns = {
        "field": Column("field", "Field", "text", "mandatory"),
        "value": Column("value", "Value", "text", "mandatory", free_text=True),
    }
    return Table("manifest", "Manifest", 0, "site", ("field",), (), columns)


def _refuse_identifier(texts: Iterable[str]) -> None:
    """A time with parts of a second and its offset has ten digits too, and is none."""
    if any(holds_nhs_number(TIMES.sub("", text)) for text in texts):
        place = Place("IDENTIFIER", None, "manifest", None, None)
        raise refused("IDENTIFIER", "manifest", places=[place])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) != len(dict(pairs)):
        raise ValueError("a field stands twice")
    return dict(pairs)


def _no_constant(constant: str) -> None:
    raise ValueError(constant)


def _listed_file(entry: Mapping[str, Any]) -> ListedFile:
    name, sha256, row_count = entry["name"], entry["sha256"], entry["row_count"]
    if not (isinstance(name, str) and isinstance(sha256, str)) or isinstance(row_count, bool):
        raise ValueError("files")
    return ListedFile(name, sha256, int(row_count))


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, int | float):
        return repr(value)
    return str(value).strip() or None if value is not None else None


def _faults(row: Mapping[str, Any]) -> dict[str, str]:
    """Each field that does not hold, with what is wrong with it."""
    table = dictionary_manifest()
    faults: dict[str, str] = {}
    for name, column in table.columns.items():
        value = row[name]
        needed = column.null == "mandatory" or (
            column.when is not None and row[column.when.column] in column.when.is_in
        )
        if value is None:
            if needed:
                faults[name] = "is missing"
        elif column.codes is not None and value not in column.codes.codes:
            faults[name] = f"is not one of {listed(column.codes.codes)}"
        elif column.pattern is not None and not re.fullmatch(column.pattern, value):
            faults[name] = "is not well formed"
        elif column.length and not column.length[0] <= len(value) <= column.length[1]:
            faults[name] = "is too long or too short"
        elif column.hard and not column.hard[0] <= value <= column.hard[1]:
            faults[name] = "is out of range"
    if row["caldicott_ack"] is False:
        faults["caldicott_ack"] = "is not given"
    if row[TIME] is not None and not _is_time_with_offset(row[TIME]):
        faults[TIME] = "is not a time with its offset (2026-10-20T09:30:00+01:00)"
    return _period_faults(row["period_start"], row["period_end"]) | faults


def _period_faults(start: date | None, end: date | None) -> dict[str, str]:
    if start is None or end is None:
        return {}
    if end < start:
        return {"period_end": "is before period_start"}
    faults = {}
    if start.day != 1 or start.month % 3 != 1:
        faults["period_start"] = "is not the first day of a financial quarter"
    day_after = end + timedelta(days=1)
    if day_after.day != 1 or day_after.month % 3 != 1:
        faults["period_end"] = "is not the last day of a financial quarter"
    return faults


def _is_time_with_offset(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _refused(names: Sequence[str], says: str) -> ExportRefused:
    places = [Place("MANIFEST", None, "manifest", None, name) for name in names]
    return refused("MANIFEST", "manifest", says, places)
