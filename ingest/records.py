"""Find the records of a CSV text: where each starts, how many fields it has, how long they are.

The scan is independent of what reads the values. Where every quotation mark stands where
RFC 4180 puts it, a few passes over the bytes find what csv.reader would (tested on random
texts); a part of the file in which one does not is given to csv.reader itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PART = 8_000_000  # bytes that are scanned at a time
LINE_FEED, QUOTE = 10, 34
BLANK = " \t\n\x0b\x0c\x1f\x85\xa0"

csv.field_size_limit(2**31 - 1)  # a long field is for the checks to judge, not a lost quote

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class OpenQuote(Exception):
    """A field does not end as it began; the line where its record starts."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Records:
    """The records of a part of the text, blank ones among them.

    Either `lengths` holds the bytes of every field's value, record by record, or, where
    csv.reader had to look, `cells` the values themselves.
    """

    start: int  # of the part, in bytes
    end: int
    lines: Numbers  # where each record starts
    fields: Numbers  # how many each has
    is_blank: Flags
    n_lines: int  # of the part
    lengths: Numbers | None = None
    cells: tuple[list[str], ...] = ()
    has_quotes: bool = False


def records(content: bytes, delimiter: str, part: int | None = None) -> Iterator[Records]:
    """The text's records in parts of about PART bytes, each of whole records.

    Args:
        content: UTF-8 with LF line ends.
        delimiter: one ASCII character.

    Raises:
        OpenQuote: a quotation mark lacks its partner.
    """
    start, line = 0, 1
    whole = np.frombuffer(content, dtype=np.uint8)
    while start < len(content):
        found = _scanned(whole, start, line, ord(delimiter), part or PART)
        if found is None:
            found = read_by_csv(content, start, line, delimiter, part or PART)
        yield found
        start, line = found.end, line + found.n_lines


def _scanned(
    whole: NDArray[np.uint8], start: int, line: int, delimiter: int, part: int
) -> Records | None:
    """The records of the next part; None where a quotation mark stands out of place."""
    size = part
    while True:
        stop = min(start + size, len(whole))
        text = whole[start:stop]
        marks = text == delimiter
        for other in (LINE_FEED, QUOTE):
            marks |= text == other
        at = np.flatnonzero(marks)
        kinds = text[at]
        is_quote = kinds == QUOTE
        is_inside = np.bitwise_xor.accumulate(is_quote)
        ends = np.flatnonzero((kinds == LINE_FEED) & ~is_inside)
        if stop == len(whole) or len(ends):
            break
        size *= 2  # one record is longer than the part
    is_last = stop == len(whole)
    if is_last and len(is_inside) and is_inside[-1]:
        return None
    if not is_last:  # up to the last record that is whole
        last = ends[-1] + 1
        at, kinds, is_quote, is_inside = at[:last], kinds[:last], is_quote[:last], is_inside[:last]
        text = text[: at[-1] + 1]
    quotes = at[is_quote]
    if len(quotes) and not _are_in_place(text, quotes, delimiter):
        return None
    is_end = (kinds == LINE_FEED) & ~is_inside
    is_separator = ~is_inside & ~is_quote
    separators, is_end_of_record = at[is_separator], is_end[is_separator]
    if is_last and len(text) and text[-1] != LINE_FEED:
        separators = np.append(separators, len(text))
        is_end_of_record = np.append(is_end_of_record, True)
    ends = np.flatnonzero(is_end_of_record)
    record_ends = separators[ends]
    record_starts = np.append(0, record_ends[:-1] + 1)
    feeds = at[kinds == LINE_FEED]
    return Records(
        start=start,
        end=start + len(text),
        lines=line + _feeds_before(record_starts, feeds),
        fields=np.diff(ends, prepend=-1),
        is_blank=_blank(text, record_starts, record_ends, delimiter),
        n_lines=len(feeds),
        lengths=_lengths(separators, quotes),
        has_quotes=bool(len(quotes)),
    )


def _feeds_before(starts: Numbers, feeds: Numbers) -> Numbers:
    """How many line feeds stand before each record."""
    n = len(starts)
    if np.array_equal(feeds[: n - 1] + 1, starts[1:]):  # no field holds one
        return np.arange(n)
    return np.searchsorted(feeds, starts)


def _are_in_place(text: NDArray[np.uint8], quotes: Numbers, delimiter: int) -> bool:
    """True where each quotation mark opens, closes or doubles as RFC 4180 writes it.

    Marks by turns enter and leave a quoted field; a doubled one leaves it and enters again.
    """
    entering, leaving = quotes[0::2], quotes[1::2]
    if len(leaving) != len(entering):
        return False
    before = text[np.maximum(entering - 1, 0)]
    opens = (entering == 0) | (before == delimiter) | (before == LINE_FEED)
    after = text[np.minimum(leaving + 1, len(text) - 1)]
    closes = (leaving == len(text) - 1) | (after == delimiter) | (after == LINE_FEED)
    doubles = leaving[:-1] + 1 == entering[1:]
    return bool(
        opens[0] and closes[-1] and (opens[1:] | doubles).all() and (closes[:-1] | doubles).all()
    )


def _lengths(separators: Numbers, quotes: Numbers) -> Numbers:
    """The bytes of each field's value, without the marks that quote it or double one."""
    lengths: Numbers = np.diff(separators, prepend=-1) - 1
    if len(quotes):
        marks = np.bincount(np.searchsorted(separators, quotes), minlength=len(separators))
        lengths = lengths - np.where(marks > 0, 1 + marks // 2, 0)
    return lengths


def _blank(text: NDArray[np.uint8], starts: Numbers, ends: Numbers, delimiter: int) -> Flags:
    """Which records hold nothing but delimiters and white space."""
    may_begin = np.zeros(256, dtype=np.bool_)
    may_begin[[delimiter, *b" \t\n\x0b\x0c\x1f", 0xC2]] = True
    first, second = text[starts], text[np.minimum(starts + 1, len(text) - 1)]
    is_blank: Flags = may_begin[first] | (
        (first == QUOTE) & (may_begin[second] | (second == QUOTE))
    )
    # Few begin like that: only they are looked at whole.
    for n in np.flatnonzero(is_blank):
        record = text[starts[n] : ends[n]].tobytes().decode()
        cells = next(csv.reader([record], delimiter=chr(delimiter), strict=True), [])
        is_blank[n] = is_blank_record(cells)
    return is_blank


def is_blank_record(cells: list[str]) -> bool:
    return not "".join(cells).strip(BLANK)


def read_by_csv(content: bytes, start: int, line: int, delimiter: str, part: int) -> Records:
    """As csv.reader finds the records from `start` on, until a part is full.

    Raises:
        OpenQuote: a quotation mark lacks its partner.
    """
    end = start
    rows: list[list[str]] = []
    lines: list[int] = []

    def fed() -> Iterator[str]:
        nonlocal end
        while end < len(content):
            stop = content.find(b"\n", end) + 1 or len(content)
            text, end = content[end:stop].decode(), stop
            yield text

    reader = csv.reader(fed(), delimiter=delimiter, strict=True)
    starts_at = line
    try:
        while end < len(content) and end - start < part:
            rows.append(next(reader))
            lines.append(starts_at)
            starts_at = line + reader.line_num
    except csv.Error:
        raise OpenQuote(starts_at) from None
    return Records(
        start=start,
        end=end,
        lines=np.array(lines, dtype=np.int64),
        fields=np.array([len(row) for row in rows], dtype=np.int64),
        is_blank=np.array([is_blank_record(row) for row in rows], dtype=np.bool_),
        n_lines=starts_at - line,
        cells=tuple(rows),
        has_quotes=True,
    )
