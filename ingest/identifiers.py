"""Find what identifies a patient in a table's cells: NHS numbers, days of birth, postcodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from expectations.dictionary import Column, Table
from ingest.nhs_numbers import holds_nhs_number, is_nhs_number, ten_digits_in
from ingest.reading import LINE, ExportRefused, Place, Source, refused

SHORTEST = 10
# What may be a number, for polars, whose expressions have no look-around. It lets through
# more than the forms of nhs_numbers, which have the last word on what is left.
OTHER = "[^0-9A-Za-z]"
CANDIDATE = (
    rf"(?:^|{OTHER}|[sSoOrR])(?:[0-9]{{3}}{OTHER}{{0,9}}[0-9]{{3}}{OTHER}{{0,9}}[0-9]{{4}}"
    rf"|[0-9](?:{OTHER}+[0-9]{{3}}){{3}}|(?:[0-9]{OTHER}+){{9}}[0-9]"
    rf"|[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{{1,2}})(?:$|{OTHER})"
)
NOT_ASCII = r"[^\x00-\x7f]"
FRACTION = r"^-?[0-9]*\.[0-9]*[1-9][0-9]*$"
# The first of a month is what a spreadsheet makes of a month that is typed into it.
DAY_OF_BIRTH = (
    r"^(?:[0-9]{4}[-/.][0-9]{1,2}[-/.](?:0?[2-9]|[123][0-9])"
    r"|(?:0?[2-9]|[123][0-9])[-/. ](?:[0-9]{1,2}|[A-Za-z]{3,9})[-/. ][0-9]{2,4})(?:$|[^0-9])"
)
POSTCODE = (
    rf"(?i)(?:^|{OTHER})[A-Z]{{1,2}}[0-9][0-9A-Z]?[ \u00a0]?[0-9][ABD-HJLNP-UW-Z]{{2}}(?:$|{OTHER})"
)
# Few values over many rows: a pass over the distinct ones costs a fifth.
FEW_VALUES = ("date", "boolean", "code", "set", "integer")
NUMBER = "an NHS number stands in it; nothing but its hash is kept."
BIRTH = "whole dates of birth stand in it; nothing but its hash is kept."


def identifier_findings(frame: pl.DataFrame, table: Table, source: Source) -> tuple[Place, ...]:
    """W findings: ids of which a minority pass the check, and postcodes in free text.

    Raises:
        ExportRefused: IDENTIFIER, where free text or a column of any other type holds an
            NHS number, more than half of an id column's ten-digit values pass, or a column
            of months of birth holds days.
    """
    refusals = list(_days_of_birth(frame, table, source))
    warnings: list[Place] = []
    for name in _suspect(frame, table):
        column = table.columns[name]
        candidates = _candidates(frame.select(LINE, name), column)
        passes = _passing(candidates[name])
        lines = candidates.filter(pl.col(name).is_in([t for t in passes if passes[t]]))[LINE]
        is_id = column.type == "text" and not column.free_text
        if lines.len() and is_id and 2 * sum(passes.values()) <= len(passes):
            warnings += [source.place("IDENTIFIER_SHAPE", line, name) for line in lines]
        elif lines.len():
            refusals.append(_refusal(NUMBER, name, lines, source))
    if refusals:
        says = " ".join(dict.fromkeys(refusal.detail for refusal in refusals))
        places = [place for refusal in refusals for place in refusal.places]
        raise ExportRefused("IDENTIFIER", says, places)
    return (*warnings, *_postcodes(frame, table, source))


def frame_holds_number(header: Sequence[str], frame: pl.DataFrame) -> bool:
    """True where the cells of no known table hold an NHS number anywhere."""
    texts = pl.concat([pl.Series(header, dtype=pl.String), *frame.drop(LINE)], rechunk=False)
    few = texts.filter(texts.str.contains(f"{CANDIDATE}|{NOT_ASCII}"))
    return any(map(holds_nhs_number, few.drop_nulls().unique()))


def _suspect(frame: pl.DataFrame, table: Table) -> list[str]:
    """The few columns in which anything may be a number: one pass over all of them."""
    lengths = frame.select(pl.exclude(LINE).str.len_bytes().max()).row(0, named=True)
    long = [table.columns[name] for name, most in lengths.items() if (most or 0) >= SHORTEST]
    if not long:
        return []
    found = frame.select(_may_hold(column).any() for column in long).row(0, named=True)
    return [name for name, is_suspect in found.items() if is_suspect]


def _may_hold(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.type in FEW_VALUES:
        text = text.unique()
    return text.str.contains(f"{CANDIDATE}|{NOT_ASCII}").any()


def _candidates(cells: pl.DataFrame, column: Column) -> pl.DataFrame:
    """The rows whose cell may hold a number; the fraction of a decimal is none."""
    text = pl.col(column.name)
    if column.type in ("integer", "decimal"):
        cells = cells.filter(~text.str.contains(FRACTION))
    plain = cells.filter(text.str.contains(CANDIDATE))
    other = cells.filter(text.str.contains(NOT_ASCII)).filter(
        text.str.normalize("NFKC").str.count_matches(r"\p{Nd}") >= SHORTEST
    )
    return pl.concat([plain, other]).unique(LINE).sort(LINE)


def _passing(cells: pl.Series) -> dict[str, bool]:
    """Each distinct value of ten digits, and whether it passes the check."""
    shaped = ((text, list(ten_digits_in(text))) for text in cells.unique())
    return {text: any(map(is_nhs_number, digits)) for text, digits in shaped if digits}


def _days_of_birth(frame: pl.DataFrame, table: Table, source: Source) -> Iterator[ExportRefused]:
    for name in frame.columns:
        if name != LINE and table.columns[name].is_month:
            lines = frame.filter(pl.col(name).str.contains(DAY_OF_BIRTH))[LINE]
            if lines.len():
                yield _refusal(BIRTH, name, lines, source)


def _refusal(says: str, name: str, lines: Iterable[int], source: Source) -> ExportRefused:
    places = [source.place("IDENTIFIER", line, name) for line in lines]
    return refused("IDENTIFIER", source.file, says, places)


def _postcodes(frame: pl.DataFrame, table: Table, source: Source) -> Iterator[Place]:
    """Whatever has the shape: of "S8 2ND", a segment and an ordinal, only a person can tell."""
    for name in frame.columns:
        if name != LINE and table.columns[name].free_text:
            for line in frame.filter(pl.col(name).str.contains(POSTCODE))[LINE]:
                yield source.place("POSTCODE", line, name)
