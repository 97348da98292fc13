"""CSV to cells: a scan counts records and lines, polars reads values, the two must agree."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PolarsError

from expectations.dictionary import Table
from ingest.decode import Text, decode
from ingest.header import matched_names, require_header
from ingest.reading import LINE, Cells, ExportRefused, Source, listed, notice, refused

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
JOIN = "\x1f"
CHUNK = 100_000
HEAD = 100_000  # more characters than any header has
csv.field_size_limit(2**31 - 1)  # a long field is for the checks to judge, not a lost quote
BLANK = " \t\n\x0b\x0c\x1f\x85\xa0"


def read_delimited(content: bytes, source: Source, table: Table) -> Cells:
    """The cells of one CSV file, each record at the physical line where it starts.

    Raises:
        ExportRefused: what decoding refuses, or HEADER, QUOTING, RAGGED, HEADER_REPEATED
            or PARSER.
    """
    text = decode(content, source)
    delimiter = _delimiter(text.text, source, table)
    return _records(text, delimiter, source)


def read_records(content: bytes, delimiter: str, source: Source) -> Cells:
    """As `read_delimited`, of text whose delimiter is known and whose header is not."""
    return _records(decode(content, source), delimiter, source)


def _records(text: Text, delimiter: str, source: Source) -> Cells:
    scan = _scan(text.text, delimiter, source)
    return Cells(
        header=scan.header,
        frame=_values(text.text, delimiter, scan, source),
        records=len(scan.lines),
        header_line=scan.header_line,
        notices=_notices(text, delimiter, scan, source),
        is_windows_1252=text.is_windows_1252,
    )


@dataclass(frozen=True)
class _Scan:
    """What csv.reader finds: the header, and each record that holds anything."""

    header: tuple[str, ...]
    header_line: int
    lines: pl.Series  # where each record starts
    joined: pl.Series  # its fields joined by U+001F
    n_empty: int  # rows of delimiters only


def _delimiter(text: str, source: Source, table: Table) -> str:
    """The delimiter whose split header matches the dictionary."""
    start = len(text) - len(text.lstrip(BLANK))
    line = 1 + text.count("\n", 0, start)
    head = text[start : start + HEAD]
    headers = {d: _first_record(head, d) for d in DELIMITERS}
    if not any(headers.values()):  # with no delimiter does the first record end
        raise _open_quote(line, source)
    best = max(DELIMITERS, key=lambda d: matched_names(headers[d], table))
    require_header(headers[best], table, source, line)
    return best


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        for record in csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True):
            if "".join(record).strip(BLANK):
                return record
    except csv.Error:
        pass
    return []


def _scan(text: str, delimiter: str, source: Source) -> _Scan:
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    header: list[str] = []
    lines: list[int] = []
    chunk: list[str] = []
    chunks: list[pl.Series] = []
    ragged: list[tuple[int, int]] = []
    n_empty = start = header_line = 0
    try:
        for record in reader:
            line, start = start + 1, reader.line_num
            joined = JOIN.join(record)
            if not joined.strip(BLANK):
                n_empty += len(record) > 1 and bool(header)
            elif not header:
                header, header_line = record, line
            elif len(record) != len(header):
                ragged.append((line, len(record)))
            else:
                lines.append(line)
                chunk.append(joined)
                if len(chunk) == CHUNK:
                    chunks.append(pl.Series(chunk, dtype=pl.String))
                    chunk = []
    except csv.Error:
        raise _open_quote(start + 1, source) from None
    if ragged:
        raise _ragged(ragged, len(header), source)
    chunks.append(pl.Series(chunk, dtype=pl.String))
    return _Scan(
        tuple(header),
        header_line,
        pl.Series(lines, dtype=pl.Int64),
        pl.concat(chunks, rechunk=True),
        n_empty,
    )


def _open_quote(line: int, source: Source) -> ExportRefused:
    return refused(
        "QUOTING",
        source.file,
        f"a field of the record that starts on line {line} does not end: "
        "a quotation mark lacks its partner.",
        [source.place("QUOTING", line)],
    )


def _ragged(ragged: Sequence[tuple[int, int]], width: int, source: Source) -> ExportRefused:
    says = listed(f"line {line} has {n} fields" for line, n in ragged)
    return refused(
        "RAGGED",
        source.file,
        f"{says}; {width} expected.",
        [source.place("RAGGED", line) for line, _ in ragged],
    )


def _values(text: str, delimiter: str, scan: _Scan, source: Source) -> pl.DataFrame:
    """The values as polars reads them, equal to the scan record for record."""
    width = len(scan.header)
    has_quotes = '"' in text
    frame = _parsed(text, delimiter, width, '"' if has_quotes else None)
    if frame is None or not _agrees(frame, scan.joined):
        if not has_quotes:
            raise refused("PARSER", source.file, places=[source.place("PARSER")])
        # A stray quote in an unquoted field (5" drain) is text to csv.reader; polars
        # takes it for an opening one. The scan is strict, so its reading stands.
        frame = _split(scan.joined, width)
        if not _agrees(frame, scan.joined):
            raise refused("PARSER", source.file, places=[source.place("PARSER")])
    return frame.with_columns(scan.lines.alias(LINE))


def _parsed(text: str, delimiter: str, width: int, quote: str | None) -> pl.DataFrame | None:
    try:
        frame = pl.read_csv(
            text.encode(),
            has_header=False,
            schema={str(n): pl.String for n in range(width)},
            separator=delimiter,
            quote_char=quote,
            empty_string_is_null=False,
            missing_columns="insert",
            extra_columns="raise",
        )
    except PolarsError:
        return None
    joined = pl.concat_str(pl.all().fill_null(""), separator=JOIN)
    filled = frame.filter(joined.str.strip_chars(BLANK) != "")
    return filled.slice(1)


def _split(joined: pl.Series, width: int) -> pl.DataFrame:
    parts = (
        joined.alias("fields")
        .to_frame()
        .select(
            pl.col("fields")
            .str.split_exact(JOIN, width - 1)
            .struct.rename_fields([str(n) for n in range(width)])
        )
    )
    return parts.unnest("fields")


def _agrees(frame: pl.DataFrame, joined: pl.Series) -> bool:
    if frame.height != joined.len():
        return False
    rows = frame.select(pl.concat_str(pl.all().fill_null(""), separator=JOIN)).to_series()
    return bool((rows == joined).all())


def _notices(text: Text, delimiter: str, scan: _Scan, source: Source) -> tuple[str, ...]:
    notices = list(text.notices)
    if delimiter != ",":
        notices.append(notice("DELIMITER", file=source.file, delimiter=DELIMITERS[delimiter]))
    if scan.n_empty:
        notices.append(notice("EMPTY_ROWS", file=source.file, count=scan.n_empty))
    return tuple(notices)
