"""Find NHS numbers: in free text one is enough to refuse the export."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from expectations.dictionary import Table
from ingest.reading import LINE, ExportRefused, Place, Source, refused

GAP = r"[ \t\u00a0\u2010-\u2015.-]?"
TEN_DIGITS = rf"[0-9]{{3}}{GAP}[0-9]{{3}}{GAP}[0-9]{{4}}"
BOUNDED = re.compile(rf"(?<![0-9A-Za-z]){TEN_DIGITS}(?![0-9A-Za-z])")
# The same for polars, whose expressions have no look-around.
CANDIDATE = rf"(?:^|[^0-9A-Za-z]){TEN_DIGITS}(?:$|[^0-9A-Za-z])"


def holds_nhs_number(text: str) -> bool:
    """True where ten bounded digits, optionally 3-3-4, pass modulus 11."""
    return any(is_nhs_number(match.group()) for match in BOUNDED.finditer(text))


def is_nhs_number(text: str) -> bool:
    """True for ten digits whose last is the modulus 11 check of the others.

    Source: NHS Data Dictionary, NHS NUMBER; ten equal digits pass but are never issued.
    """
    digits = [int(c) for c in text if c in "0123456789"]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    remainder = sum(w * d for w, d in zip(range(10, 1, -1), digits, strict=False)) % 11
    return (11 - remainder) % 11 == digits[9]


def identifier_findings(frame: pl.DataFrame, table: Table, source: Source) -> tuple[Place, ...]:
    """W findings for id columns in which a minority of ten-digit values pass the check.

    Raises:
        ExportRefused: IDENTIFIER, where free text or a column of any other type holds an
            NHS number, or more than half of an id column's ten-digit values pass.
    """
    refusals: list[ExportRefused] = []
    warnings: list[Place] = []
    lengths = frame.select(pl.exclude(LINE).str.len_bytes().max()).row(0, named=True)
    for name in (n for n, longest in lengths.items() if (longest or 0) >= 10):
        long = frame.select(LINE, name).filter(pl.col(name).str.len_bytes() >= 10)
        candidates = long.filter(pl.col(name).str.contains(CANDIDATE))
        lines = _lines_that_pass(candidates)
        if not lines:
            continue
        column = table.columns[name]
        is_id = column.type == "text" and not column.free_text
        if is_id and 2 * len(lines) <= candidates.height:
            warnings += [source.place("IDENTIFIER_SHAPE", line, name) for line in lines]
        else:
            refusals.append(_refusal(name, lines, source))
    if refusals:
        places = [place for refusal in refusals for place in refusal.places]
        raise refused("IDENTIFIER", source.file, SAYS, places)
    return tuple(warnings)


SAYS = "an NHS number stands in it; nothing but its hash is kept."


def _lines_that_pass(candidates: pl.DataFrame) -> list[int]:
    return [line for line, text in candidates.iter_rows() if holds_nhs_number(text)]


def _refusal(name: str, lines: Sequence[int], source: Source) -> ExportRefused:
    places = [source.place("IDENTIFIER", line, name) for line in lines]
    return refused("IDENTIFIER", source.file, SAYS, places)
