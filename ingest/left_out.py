"""An export as it arrives, without the records of patients who asked for erasure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache

import polars as pl

from ingest.coded import as_text
from ingest.reading import RawExport
from ingest.submission import Registry
from ingest.tombstones import Rows, erased_rows
from sql.sentences import counted
from sql.walk import current

Lines = dict[str, list[int]]


@dataclass(frozen=True)
class Arrived:
    """An export's typed rows and what was found while they were read.

    Attributes:
        sent: the typed rows with their keys; `typed` the same without.
        findings: of values that could not be typed, FINDING_SCHEMA.
        removed: the records that it takes away, keys as they stand at rest.
        lines: of the records left out, by table.
    """

    export: RawExport
    sent: dict[str, pl.DataFrame]
    typed: dict[str, pl.DataFrame]
    findings: pl.DataFrame
    removed: pl.DataFrame | None
    lines: Lines = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        return sum(map(len, self.lines.values()))

    @property
    def records(self) -> dict[str, int]:
        """The records of each table that are checked."""
        read = self.export.records
        return {name: count - len(self.lines.get(name, ())) for name, count in read.items()}

    @property
    def notices(self) -> list[str]:
        """That some were left out, as the receipt says it."""
        return [left_out_text(self.left_out)] if self.left_out else []


def left_out_text(records: int) -> str:
    """That so many records were left out."""
    were = "was" if records == 1 else "were"
    return f"{counted(records, 'record')} of patients who asked for erasure {were} left out."


def without_erased(arrived: Arrived, site: str, registry: Registry) -> Arrived:
    """The same without what tombstones stand for: neither checked nor kept."""
    stones = registry.tombstones
    if stones is None or not stones.digests:
        return arrived

    found = erased_rows(arrived.sent, site, stones, _held(registry))
    removed, sent_removed = arrived.removed, arrived.export.removed
    if removed is not None and sent_removed is not None:
        named = [stones.name(site, one["table"], one) for one in sent_removed.iter_rows(named=True)]
        stays = ~pl.Series(named, dtype=pl.Boolean)
        removed, sent_removed = removed.filter(stays), sent_removed.filter(stays)
    lines = {
        name: arrived.sent[name].filter(m)["source_line"].to_list() for name, m in found.items()
    }
    places = [p for p in arrived.export.findings if p.line not in lines.get(p.table or "", ())]
    is_left = pl.lit(False)
    for name, of in lines.items():
        is_left |= (pl.col("table_name") == name) & pl.col("source_line").is_in(of)
    return Arrived(
        replace(arrived.export, removed=sent_removed, findings=tuple(places)),
        _without(arrived.sent, found),
        _without(arrived.typed, found),
        arrived.findings.filter(~is_left),
        removed,
        lines,
    )


def _without(rows: Rows, found: dict[str, pl.Series]) -> dict[str, pl.DataFrame]:
    return {n: frame.filter(~found[n]) if n in found else frame for n, frame in rows.items()}


def shown(export: RawExport, site: str, registry: Registry) -> RawExport:
    """An export as it was read, for people to look at, without those patients' rows."""
    stones = registry.tombstones
    if stones is None or not stones.digests:
        return export
    rows = {name: as_text(raw.frame) for name, raw in export.tables.items()}
    found = erased_rows(rows, site, stones, _held(registry))
    tables = {
        name: replace(raw, frame=raw.frame.filter(~found[name])) if name in found else raw
        for name, raw in export.tables.items()
    }
    return replace(export, tables=tables)


def _held(registry: Registry) -> Callable[[str], Collection[str]]:
    @cache
    def held(table: str) -> Collection[str]:
        return frozenset(current(registry.accepted)[table]["record_key"])

    return held
