"""The same registry many times over, streamed: one FULL export a site."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from expectations.dictionary import PATIENT, tables
from sample_data._calendar import demo_quarters, weekday_on_or_after
from sample_data._exports import Export, at, cut_rows
from sample_data._registry import SiteRegistry, build_registry
from sample_data._rows import Row
from sample_data._write import file_entry_of, json_bytes, member

# Copied with the patients; approvals, operators and training stay as they are.
COPIED_IDS = (
    "mdt_id", "enrolment_id", "procedure_id", "lesion_id", "delivery_id", "complication_id",
    "imaging_id",
)  # fmt: skip
CHUNK_ROWS = 1_000


def write_scaled(seed: int, times: int, out: Path) -> None:
    """Write, for each site, all its records `times` over as one CSV export.

    Every copy has patients and identifiers of its own, so the rows are as sound as the
    original ones. No more than one chunk of rows is held besides the registry itself.
    """
    for code, held in build_registry(seed).items():
        if code != "mistaken":
            write_site(held, times, out / "exports" / code / f"full-x{times}.zip")


def write_site(held: SiteRegistry, times: int, path: Path) -> None:
    """Write one site's records `times` over, as a FULL export."""
    first, last = demo_quarters()[0], demo_quarters()[len(held.site.patients) - 1]
    day = weekday_on_or_after(last.end + timedelta(days=held.site.lag_days))
    rows = cut_rows(held.all_records(), last.end)
    export = Export(held, path.stem, first, last, at(day, 9, 0), at(day, 10, 0), kind="FULL")
    manifest = export.manifest
    manifest["hes_ire_count"] *= times
    path.parent.mkdir(parents=True, exist_ok=True)
    files = []
    with zipfile.ZipFile(path, "w") as archive:
        for table, found in rows.items():
            info = member(f"{table}.csv", manifest)
            info.compress_type = zipfile.ZIP_DEFLATED
            digest, count = hashlib.sha256(), 0
            with archive.open(info, "w", force_zip64=True) as stream:
                for content, written in _chunks(table, _copies([r.values for r in found], times)):
                    stream.write(content)
                    digest.update(content)
                    count += written
            files.append(file_entry_of(f"{table}.csv", digest.hexdigest(), count))
        entry: dict[str, Any] = manifest | {"files": files}
        archive.writestr(member("manifest.json", manifest), json_bytes(entry))


def _copies(rows: Sequence[Row], times: int) -> Iterator[Row]:
    """Every row as it is, then again with the identifiers of each further copy."""
    yield from rows
    if rows and not {PATIENT, *COPIED_IDS} & set(rows[0]):
        return
    for number in range(2, times + 1):
        for row in rows:
            copy = dict(row)
            for name in COPIED_IDS:
                if copy.get(name):
                    copy[name] += f"-{number}"
            if copy.get(PATIENT):
                text = f"{copy[PATIENT]}|{number}"
                copy[PATIENT] = hashlib.sha256(text.encode()).hexdigest().upper()
            yield copy


def _chunks(table: str, rows: Iterable[Row]) -> Iterator[tuple[bytes, int]]:
    """The CSV file in pieces of so many rows, each with its number of rows."""
    columns = list(tables()[table].columns)
    buffer, written = io.StringIO(), 0
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row[name] for name in columns])
        written += 1
        if written == CHUNK_ROWS:
            yield buffer.getvalue().encode(), written
            buffer, written = io.StringIO(), 0
            writer = csv.writer(buffer)
    yield buffer.getvalue().encode(), written
