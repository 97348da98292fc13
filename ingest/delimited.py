"""CSV to cells: a scan finds the records and lines, polars reads values, the two must agree."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from polars import selectors
from polars.exceptions import PolarsError

from expectations.dictionary import Table
from ingest.decode import Text, decode
from ingest.header import matched_names, require_header
from ingest.plain import is_plain
from ingest.reading import LINE, Cells, ExportRefused, Source, listed, notice, refused
from ingest.records import (
    BLANK,
    Flags,
    Numbers,
    OpenQuote,
    Records,
    is_blank_record,
    read_by_csv,
    records,
)

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
HEAD = 400_000  # more bytes than any header has
BLANK_START = re.compile(b"(?:" + b"|".join(re.escape(c.encode()) for c in BLANK) + b")*")
# Of a large file, a column with fewer distinct values than this share of the first part's
# rows is kept as codes of its distinct values: a sixth of the memory, and typed once each.
REPEATING = 0.2


def read_delimited(content: bytes, source: Source, table: Table) -> Cells:
    """The cells of one CSV file, each record at the physical line where it starts.

    Raises:
        ExportRefused: what decoding refuses, or HEADER, QUOTING, RAGGED, HEADER_REPEATED
            or PARSER.
    """
    text = decode(content, source)
    delimiter = _delimiter(text.content, source, table)
    return _cells(text, delimiter, source)


def read_records(content: bytes, delimiter: str, source: Source) -> Cells:
    """As `read_delimited`, of text whose delimiter is known and whose header is not."""
    return _cells(decode(content, source), delimiter, source)


def _delimiter(content: bytes, source: Source, table: Table) -> str:
    """The delimiter whose split header matches the dictionary."""
    blank = BLANK_START.match(content)
    start = blank.end() if blank else 0
    line = 1 + content.count(b"\n", 0, start)
    head = content[start : start + HEAD].decode(errors="ignore")
    headers = {d: _first_record(head, d) for d in DELIMITERS}
    if not any(headers.values()):  # with no delimiter does the first record end
        raise _open_quote(line, source)
    best = max(DELIMITERS, key=lambda d: matched_names(headers[d], table))
    require_header(headers[best], table, source, line)
    return best


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        for record in csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True):
            if not is_blank_record(record):
                return record
    except csv.Error:
        pass
    return []


@dataclass
class _Found:
    """What has been read so far of a file."""

    header: tuple[str, ...] = ()
    header_line: int = 0
    frames: list[pl.DataFrame] = field(default_factory=list)
    ragged: list[tuple[int, int]] = field(default_factory=list)
    n_empty: int = 0  # rows of delimiters only
    schema: Mapping[str, pl.Categorical] = field(default_factory=dict)  # of columns that repeat


def _cells(text: Text, delimiter: str, source: Source) -> Cells:
    found = _Found()
    try:
        for part in _ahead(records(text.content, delimiter)):
            _add(found, part, text.content, delimiter, source)
    except OpenQuote as quote:
        raise _open_quote(quote.line, source) from None
    if found.ragged:
        raise _ragged(found.ragged, len(found.header), source)
    frame = pl.concat(found.frames) if found.frames else pl.DataFrame(schema={LINE: pl.Int64})
    return Cells(
        header=found.header,
        frame=frame,
        records=frame.height,
        header_line=found.header_line,
        notices=_notices(text, delimiter, found.n_empty, source),
        is_windows_1252=text.is_windows_1252,
        is_plain=is_plain(text.content, delimiter),
    )


def _ahead(parts: Iterator[Records]) -> Iterator[Records]:
    """The parts, each found by a thread of its own while the one before it is read."""
    with ThreadPoolExecutor(max_workers=1) as other:
        coming = other.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = other.submit(next, parts, None)
            yield part


def _add(found: _Found, part: Records, content: bytes, delimiter: str, source: Source) -> None:
    """Add a part: its header if it is the first to hold anything, and its values."""
    is_body = ~part.is_blank
    if not found.header:
        if not is_body.any():
            return
        first = int(np.argmax(is_body))
        text = content[part.start : part.end].decode()
        found.header = tuple(_first_record(text, delimiter))
        found.header_line = int(part.lines[first])
        is_body[: first + 1] = False
        found.n_empty -= int((part.fields[:first] > 1).sum())
    found.n_empty += int((part.is_blank & (part.fields > 1)).sum())
    width = len(found.header)
    is_ragged = is_body & (part.fields != width)
    found.ragged += zip(
        part.lines[is_ragged].tolist(), part.fields[is_ragged].tolist(), strict=True
    )
    if not found.ragged:  # without them nothing is read but the rest of the ragged ones
        reader = _Reader(content, delimiter, found, source)
        found.frames.append(reader.values(part, is_body))


@dataclass(frozen=True)
class _Reader:
    """Reads the values of a part, equal to the scan record for record."""

    content: bytes
    delimiter: str
    found: _Found
    source: Source

    def values(self, part: Records, is_body: Flags) -> pl.DataFrame:
        frame = self._read(part, is_body) if is_body.any() else self._typed(self._of_cells([]))
        frame = frame.with_columns(pl.Series(LINE, part.lines[is_body], dtype=pl.Int64))
        if not self.found.schema and is_body.any() and part.end < len(self.content):
            self.found.schema = _repeating(frame)
            frame = self._typed(frame)
        return frame

    def _read(self, part: Records, is_body: Flags) -> pl.DataFrame:
        if part.lengths is None:
            cells = [row for row, is_kept in zip(part.cells, is_body, strict=True) if is_kept]
            return self._typed(self._of_cells(cells))
        lengths = self._lengths(part, is_body)
        frame = self._parsed(part, is_body)
        if frame is not None and _agrees(frame, lengths):
            return frame
        if part.has_quotes:  # the reader of last resort; it too must agree with the scan
            again = read_by_csv(self.content, part.start, 1, self.delimiter, part.end - part.start)
            cells = [row for row in again.cells if not is_blank_record(row)]
            frame = self._of_cells(cells[-is_body.sum() :])
            if again.end == part.end and _agrees(frame, lengths):
                return self._typed(frame)
        raise refused("PARSER", self.source.file, places=[self.source.place("PARSER")])

    def _lengths(self, part: Records, is_body: Flags) -> Numbers:
        """The bytes of the values, a row a record of the body."""
        assert part.lengths is not None
        width = len(self.found.header)
        lengths: Numbers
        if (part.fields == width).all():
            lengths = part.lengths.reshape(-1, width)
            return lengths if is_body.all() else lengths[is_body]
        first = (np.cumsum(part.fields) - part.fields)[is_body]
        lengths = part.lengths[first[:, np.newaxis] + np.arange(width)]
        return lengths

    def _parsed(self, part: Records, is_body: Flags) -> pl.DataFrame | None:
        width = len(self.found.header)
        schema: dict[str, pl.DataType] = dict.fromkeys(map(str, range(width)), pl.String())
        schema.update(self.found.schema)
        try:
            frame = pl.read_csv(
                self.content[part.start : part.end],
                has_header=False,
                schema=schema,
                separator=self.delimiter,
                quote_char='"' if part.has_quotes else None,
                empty_string_is_null=False,
                missing_columns="insert",
                extra_columns="raise",
            )
        except PolarsError:
            return None
        if part.is_blank.any():
            joined = pl.concat_str(pl.all().cast(pl.String).fill_null(""))
            frame = frame.filter(joined.str.strip_chars(BLANK) != "")
        return frame.slice(frame.height - int(is_body.sum())) if frame.height else frame

    def _of_cells(self, cells: Sequence[Sequence[str]]) -> pl.DataFrame:
        schema = dict.fromkeys(map(str, range(len(self.found.header))), pl.String)
        return pl.DataFrame(cells, schema=schema, orient="row")

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col(n).cast(kind) for n, kind in self.found.schema.items())


def _repeating(frame: pl.DataFrame) -> dict[str, pl.Categorical]:
    """The columns of a large file whose values repeat, each with a list of its own."""
    counts = frame.select(pl.exclude(LINE).n_unique()).row(0, named=True)
    return {
        name: pl.Categorical(pl.Categories.random())
        for name, count in counts.items()
        if count < REPEATING * frame.height
    }


def _agrees(frame: pl.DataFrame, lengths: Numbers) -> bool:
    """True where every value is as long as the scan says, so that no record is cut elsewhere."""
    if frame.height != len(lengths):
        return False
    # One pass for all columns: a pass a column costs more than its work.
    sizes = frame.select(
        selectors.categorical().cat.len_bytes(), selectors.string().str.len_bytes()
    ).select(pl.col(frame.columns).fill_null(0))
    return bool((sizes.to_numpy(order="c") == lengths).all())


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


def _notices(text: Text, delimiter: str, n_empty: int, source: Source) -> tuple[str, ...]:
    notices = list(text.notices)
    if delimiter != ",":
        notices.append(notice("DELIMITER", file=source.file, delimiter=DELIMITERS[delimiter]))
    if n_empty:
        notices.append(notice("EMPTY_ROWS", file=source.file, count=n_empty))
    return tuple(notices)
