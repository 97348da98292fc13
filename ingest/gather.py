"""Gather an export's tables one by one; refusals wait until every table was tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from expectations.dictionary import Table, register_tables, site_tables, tables
from ingest.lanes import in_two_lanes
from ingest.raw_table import raw_table
from ingest.reading import (
    Cells,
    ExportRefused,
    Place,
    RawExport,
    RawTable,
    Source,
    listed,
    notice,
    refused,
    together,
)
from ingest.removed import REMOVED, removed_records, removed_table

PROCEDURE = "procedure"

ReadCells = Callable[[Source, Table], Cells]
_Read = tuple[RawTable, tuple[str, ...], tuple[Place, ...]]


@dataclass
class Reading:
    """What has been read so far; refusals are kept until every table has been tried."""

    tables: dict[str, RawTable] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    findings: list[Place] = field(default_factory=list)
    records: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)  # by file
    refusals: list[ExportRefused] = field(default_factory=list)
    linkage_key: bytes | None = None  # where the site may send NHS numbers

    def add(self, source: Source, read: ReadCells) -> None:
        """Read one table; what it refuses is kept."""
        self._take(source, self._read((source, read)))

    def add_all(self, sources: Sequence[tuple[Source, ReadCells]]) -> None:
        """Read many tables, two at a time; what one refuses is kept, in their order."""
        found = in_two_lanes(self._read, sources)
        for (source, _), one in zip(sources, found, strict=True):
            self._take(source, one)

    def _read(self, asked: tuple[Source, ReadCells]) -> _Read | ExportRefused:
        source, read = asked
        try:
            if source.table not in known_tables():
                place = Place("FILE_UNKNOWN", None, source.file, None, None)
                raise refused("FILE_UNKNOWN", source.file, places=[place])
            table = known_tables()[source.table]
            cells = read(source, table)
            raw, notices, findings = raw_table(cells, table, source, self.linkage_key)
            if raw.frame.height != cells.records:
                raise refused("PARSER", source.file, places=[source.place("PARSER")])
        except ExportRefused as refusal:
            return refusal
        return raw, notices, findings

    def _take(self, source: Source, found: _Read | ExportRefused) -> None:
        if source.table in self.tables:
            place = source.place("FILE_TWICE")
            found = refused("FILE_TWICE", source.file, places=[place])
        if isinstance(found, ExportRefused):
            self.refusals.append(found)
            return
        raw, notices, findings = found
        self.tables[source.table] = raw
        self.notices += notices
        self.findings += findings
        self.records[source.table] = self.counted[source.file] = raw.frame.height

    def refuse(self) -> None:
        """Refuse for every table that could not be read."""
        if self.refusals:
            raise together(self.refusals)

    def export(self, manifest: Mapping[str, str | None]) -> RawExport:
        """The export in dictionary order, the register's copies apart."""
        self.refuse()
        removed = None
        if REMOVED in self.tables:
            removed = removed_records(self.tables[REMOVED], manifest)
        order = [name for name in tables() if name in self.tables]
        if manifest:
            _refuse_no_procedures(self.records, manifest)
            absent = [name for name in site_tables() if name not in self.tables]
            if absent:
                self.notices.append(notice("TABLE_ABSENT", tables=listed(absent, 16)))
        return RawExport(
            manifest=manifest,
            tables={n: self.tables[n] for n in order if n in site_tables()},
            register_tables={n: self.tables[n] for n in order if n in register_tables()},
            removed=removed,
            notices=tuple(self.notices),
            findings=tuple(self.findings),
            records={n: self.records[n] for n in order},
            held_numbers=any(raw.held_numbers for raw in self.tables.values()),
        )


def known_tables() -> Mapping[str, Table]:
    """The dictionary's tables, and the list of removed records."""
    return {**tables(), REMOVED: removed_table()}


def _refuse_no_procedures(records: Mapping[str, int], manifest: Mapping[str, str | None]) -> None:
    """A period without procedures is a nil return; a correction may touch other tables."""
    is_nil = manifest["nil_return"] == "Y"
    is_correction = manifest["submission_type"] == "CORRECTION" and any(records.values())
    if not (records.get(PROCEDURE) or is_nil or is_correction):
        source = Source(PROCEDURE, PROCEDURE)
        raise refused("NO_ROWS", PROCEDURE, places=[source.place("NO_ROWS")])
