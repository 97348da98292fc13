"""What reading gives: raw tables, an export, its findings, and the refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from expectations.rules import declared_codes
from ingest.nhs_numbers import withheld_name

MEGABYTE = 1_000_000
LINE = "source_line"


@dataclass(frozen=True)
class Limits:
    """How much one submission may be; sizes in bytes."""

    received: int
    unpacked: int
    workbook: int = 50 * MEGABYTE
    members: int = 64
    workbook_members: int = 128  # a sheet with notes is four: itself, its notes, two links
    ratio: int = 100
    workbook_cells: int = 5_000_000
    child_memory: int = 1 << 30
    child_cpu_seconds: int = 30
    child_wall_seconds: int = 180  # on the wall; the processor's is what a file may use up


BROWSER = Limits(received=50 * MEGABYTE, unpacked=500 * MEGABYTE)
SERVER = Limits(
    received=2000 * MEGABYTE,
    unpacked=4000 * MEGABYTE,
    child_memory=8 << 30,
    child_cpu_seconds=300,
    child_wall_seconds=600,
)


@dataclass(frozen=True)
class Place:
    """One reading finding at a place."""

    code: str
    table: str | None
    file: str | None
    line: int | None
    column: str | None

    @property
    def rule(self) -> str:
        return rule_of(self.code)


@dataclass(frozen=True)
class RawTable:
    """One table as text: its dictionary columns, stripped, an empty cell null."""

    name: str
    file: str
    frame: pl.DataFrame
    missing: tuple[str, ...]
    held_numbers: bool = False  # a column of NHS numbers stood beside these


@dataclass(frozen=True)
class RawExport:
    """One export as text, with what its reading has to say."""

    manifest: Mapping[str, str | None]
    tables: dict[str, RawTable]  # taken out one by one as they are typed
    register_tables: Mapping[str, RawTable]
    removed: pl.DataFrame | None
    notices: tuple[str, ...]
    findings: tuple[Place, ...]
    records: Mapping[str, int]
    held_numbers: bool = False  # then what was received is not kept


@dataclass(frozen=True)
class Source:
    """One file or sheet to be read as one table: how it is called, and which table it is."""

    file: str
    table: str

    def place(self, code: str, line: int | None = None, column: str | None = None) -> Place:
        return Place(code, self.table, self.file, line, column)


@dataclass(frozen=True)
class Cells:
    """A file's cells as text, before its header is matched.

    `frame` has the columns "0", "1", … and source_line; rows without a value are not in
    it. `header` may be shorter than the frame is wide: the rest has no name. `is_plain`
    says that every cell is printable ASCII, with no space at its ends.
    """

    header: tuple[str, ...]
    frame: pl.DataFrame
    records: int
    header_line: int = 1
    notices: tuple[str, ...] = ()
    is_windows_1252: bool = False
    is_plain: bool = False


class ExportRefused(Exception):
    """The export cannot be read in exactly one way; nothing of it is used."""

    def __init__(self, code: str, detail: str, places: Iterable[Place] = ()) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.places = tuple(places)

    @property
    def verdict(self) -> str:
        return f"REJECT:{self.code}"

    @property
    def rule(self) -> str:
        return rule_of(self.code)

    def __str__(self) -> str:
        return f"{self.verdict}: {self.detail}"


def rule_of(code: str) -> str:
    """The id under which a code is reported."""
    return declared_codes()[code]["rule"]


def notice(code: str, **words: object) -> str:
    """The plain sentence of a notice."""
    return declared_codes()[code]["message"].format(**words)


def refused(code: str, where: str, says: str = "", places: Iterable[Place] = ()) -> ExportRefused:
    """A refusal whose sentence is the rule's own unless `says` is nearer to the matter."""
    sentence = says or declared_codes()[code]["message"]
    return ExportRefused(code, f"{where}: {sentence}" if where else sentence, places)


def together(refusals: Sequence[ExportRefused]) -> ExportRefused:
    """One refusal for several files; an identifier comes before everything else."""
    first = next((r for r in refusals if r.code == "IDENTIFIER"), refusals[0])
    others = [r for r in refusals if r is not first]
    return ExportRefused(
        first.code,
        " ".join(dict.fromkeys(r.detail for r in [first, *others])),
        [place for r in [first, *others] for place in r.places],
    )


def shown_name(name: str) -> str:
    """A file or sheet name without folders and control characters, to be shown."""
    last = re.split(r"[\\/]", withheld_name(name).rstrip("\\/"))[-1]
    return withheld_name("".join(c for c in last if c.isprintable()))[:100] or "file"


def listed(items: Iterable[object], most: int = 10) -> str:
    """Up to `most` items in a sentence."""
    words = [str(item) for item in items]
    rest = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + rest
