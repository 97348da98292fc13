"""Cells to a raw table: dictionary columns only, stripped, with what their text tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import polars as pl

from expectations.dictionary import Column, Table
from ingest.coded import as_text, by_value, coded, columns_with, is_coded, rows_with
from ingest.header import fold, match_header
from ingest.identifiers import CANDIDATE, identifier_findings
from ingest.linkage import NUMBER, linkage_findings
from ingest.reading import LINE, Cells, Place, RawTable, Source, listed, notice, refused

INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffd"
)
CONTROL = rf"[\x00-\x1f\x7f-\x9f{INVISIBLE}]"
EXPONENT = r"^-?[0-9](\.[0-9]+)?E\+[0-9]{2,3}$"
NOT_ASCII = r"[^\x00-\x7f]"


def raw_table(
    cells: Cells, table: Table, source: Source, linkage_key: bytes | None = None
) -> tuple[RawTable, tuple[str, ...], tuple[Place, ...]]:
    """The raw table, the notices and the findings of reading it.

    Args:
        linkage_key: where the site may send NHS numbers in a column of their own.

    Raises:
        ExportRefused: what the header (`match_header`) or an NHS number refuses.
    """
    may_link = linkage_key is not None
    matching = match_header(cells.header, table, source, cells.header_line, may_link=may_link)
    _refuse_repeated_header(cells, source)
    notices = [*cells.notices, *matching.notices]
    _refuse_unnamed(cells, matching.unnamed, source)
    if matching.unnamed:
        n = len(matching.unnamed)
        notices.append(notice("UNNAMED_COLUMN", file=source.file, count=n))
    present = [name for name in table.columns if name in matching.columns]
    frame = _stripped(
        {name: (table.columns[name], matching.columns[name]) for name in present}, cells
    )
    findings: tuple[Place, ...] = ()
    if not cells.is_plain:
        findings += _character_findings(frame, table, source, cells.is_windows_1252)
    findings += _digits_lost(frame, table, source)
    findings += identifier_findings(_searched(frame, table), table, source)
    if linkage_key is not None and NUMBER in matching.columns:
        numbers = cells.frame[str(matching.columns[NUMBER])].cast(pl.String)
        findings += linkage_findings(numbers, frame, source, linkage_key)
    held_numbers = NUMBER in matching.columns
    return (
        RawTable(table.name, source.file, frame, matching.missing, held_numbers),
        tuple(notices),
        findings,
    )


def _stripped(places: Mapping[str, tuple[Column, int]], cells: Cells) -> pl.DataFrame:
    """The columns by name, stripped but for free text; what is then empty is null."""
    plain, codes = [], []
    for name, (column, position) in places.items():
        cell = cells.frame[str(position)]
        if is_coded(cell):
            change = partial(_filled, is_free_text=column.free_text)
            codes.append(by_value(cell, change).alias(name))
        else:
            plain.append(_cell(column, position, is_plain=cells.is_plain))
    frame = cells.frame.select(*plain, LINE)
    return frame.with_columns(codes).select(*places, LINE)


def _searched(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The columns that may hold an identifier, as text: of coded ones few have such a value."""
    names = [
        name
        for name in frame.columns
        if not is_coded(frame[name])
        or table.columns[name].is_month
        or table.columns[name].free_text
        or coded(frame[name]).values.str.contains(f"{CANDIDATE}|{NOT_ASCII}").any()
    ]
    return as_text(frame.select(names))


def _filled(text: pl.Series, *, is_free_text: bool) -> pl.Series:
    stripped = text.str.strip_chars()
    kept = text if is_free_text else stripped
    return kept.set(stripped == "", None)


def _cell(column: Column, position: int, *, is_plain: bool) -> pl.Expr:
    text = pl.col(str(position))
    if is_plain:
        return pl.when(text != "").then(text).alias(column.name)
    stripped = text.str.strip_chars()
    kept = text if column.free_text else stripped
    return pl.when(stripped != "").then(kept).alias(column.name)


def _refuse_repeated_header(cells: Cells, source: Source) -> None:
    names = [fold(name) for name in cells.header]
    at = next(n for n, name in enumerate(names) if name)
    first = r"[\s_-]+".join(re.escape(part) for part in names[at].split("_"))
    # Few cells read as that name does: only their rows are looked at whole.
    alike = rows_with(cells.frame, str(at), rf"(?i)^\s*{first}\s*$")
    width = range(len(names))
    lines = [
        line
        for line, *row in alike.select(LINE, *map(str, width)).iter_rows()
        if [fold(cell) for cell in row] == names
    ]
    if lines:
        raise refused(
            "HEADER_REPEATED",
            source.file,
            f"line {listed(lines)} repeats the header.",
            [source.place("HEADER_REPEATED", line) for line in lines],
        )


def _refuse_unnamed(cells: Cells, unnamed: tuple[int, ...], source: Source) -> None:
    """A column without a name can only be left out where it holds nothing."""
    width = len(cells.frame.columns) - 1
    nameless = [*unnamed, *range(len(cells.header), width)]
    is_filled = {n: pl.col(str(n)).cast(pl.String).str.strip_chars() != "" for n in nameless}
    # One pass: a workbook may be 16,384 columns wide.
    found = cells.frame.select(filled.any().alias(str(n)) for n, filled in is_filled.items())
    for position in nameless:
        if found.get_column(str(position))[0]:
            line = int(cells.frame.filter(is_filled[position]).get_column(LINE)[0])
            column = f"column {position + 1}"
            raise refused(
                "HEADER_UNKNOWN",
                source.file,
                f"{column} has no name but has values, the first on line {line}.",
                [source.place("HEADER_UNKNOWN", line, column)],
            )


def _digits_lost(frame: pl.DataFrame, table: Table, source: Source) -> tuple[Place, ...]:
    """A long id that a spreadsheet took for a number: what stood behind it is lost."""
    columns = (table.columns[n] for n in frame.columns if n != LINE)
    names = [c.name for c in columns if c.type == "text" and not c.free_text]
    return tuple(
        source.place("DIGITS_LOST", line, name)
        for name in columns_with(frame, names, EXPONENT)
        for line in rows_with(frame.select(name, LINE), name, EXPONENT)[LINE]
    )


def _character_findings(
    frame: pl.DataFrame, table: Table, source: Source, is_windows_1252: bool
) -> tuple[Place, ...]:
    pattern = rf"{CONTROL}|{NOT_ASCII}" if is_windows_1252 else CONTROL
    names = [n for n in frame.columns if n != LINE and not table.columns[n].free_text]
    if not names:
        return ()
    return tuple(
        source.place("CHARACTER", line, name)
        for name in columns_with(frame, names, pattern)
        for line in rows_with(frame.select(name, LINE), name, pattern)[LINE]
    )
