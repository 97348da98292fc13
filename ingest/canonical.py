"""One text for the same data, however they were sent, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise

import polars as pl

from expectations.dictionary import Column, Table, site_tables
from ingest.coded import by_value

CELL, ROW, PART = "\x1f", "\x1e", "\x1d"
DECIMALS = 6
HASHED_ROWS = 100_000  # texts that are joined at a time
SORTED_ROWS = 200_000  # texts that are sorted at a time
OF_MANIFEST = (
    "submitting_site",
    "period_start",
    "period_end",
    "submission_type",
    "nil_return",
    "hes_ire_count",
)


def canonical_digest(
    manifest: Mapping[str, str | None],
    tables: Mapping[str, pl.DataFrame],
    removed: pl.DataFrame | None = None,
) -> str:
    """The SHA-256 of what an export says: the same for the same data in every format.

    Args:
        manifest: the manifest's fields as read_export gives them.
        tables: the site's typed tables as conform gives them, by name.
        removed: the list of removed records of a correction, which would otherwise say
            the same as an empty one.

    Returns:
        Lower-case hex. Not in it: times, file names, format, order of rows and columns.
    """
    digest = hashlib.sha256()
    digest.update(CELL.join(manifest.get(name) or "" for name in OF_MANIFEST).encode())
    for name, table in site_tables().items():
        if name in tables and tables[name].height:
            _add(digest, name, _sorted_rows(tables[name], table))
    if removed is not None and removed.height:
        columns = sorted(name for name in removed.columns if name != "source_line")
        joined = pl.concat_str(pl.col(columns).fill_null(""), separator=CELL)
        _add(digest, "removed", [removed.select(joined).to_series().sort()])
    return digest.hexdigest()


def row_digest(typed: pl.DataFrame, table: Table) -> pl.Series:
    """The SHA-256 of each row's canonical text, lower-case hex, in the frame's order."""
    digests = [hashlib.sha256(row.encode()).hexdigest() for row in _rows(typed, table)]
    return pl.Series("row_digest", digests, dtype=pl.String)


def canonical_text(typed: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The dictionary's columns as canonical text, a null as null: Y/N, ISO dates, decimals
    in their shortest form rounded to six places."""
    return pl.DataFrame(
        [_text(typed.get_column(column.name), column) for column in table.columns.values()]
    )


def _add(digest: hashlib._Hash, name: str, sorted_rows: Iterable[pl.Series]) -> None:
    digest.update(f"{PART}{name}".encode())
    for rows in sorted_rows:
        for some in rows.to_frame().iter_slices(HASHED_ROWS):
            digest.update((ROW + some.to_series().str.join(ROW).item()).encode())


def _sorted_rows(typed: pl.DataFrame, table: Table) -> Iterator[pl.Series]:
    """The rows' texts in bytewise order; those of a large table in turns, by its first column."""
    if typed.height <= SORTED_ROWS:
        yield _rows(typed, table).sort()
        return
    column = next(iter(table.columns.values()))
    first = _text(typed[column.name], column).fill_null("") + CELL
    every = first.gather_every(SORTED_ROWS // 1000).sort()
    bounds = every.gather_every(1000, offset=1000).unique(maintain_order=True).to_list()
    for low, high in pairwise([None, *bounds, None]):
        is_here = pl.Series([True]).new_from_index(0, first.len())
        if low is not None:
            is_here &= first >= low
        if high is not None:
            is_here &= first < high
        yield _rows(typed.filter(is_here), table).sort()


def _rows(typed: pl.DataFrame, table: Table) -> pl.Series:
    text = canonical_text(typed, table)
    return text.select(pl.concat_str(pl.all().fill_null(""), separator=CELL)).to_series()


def _text(cell: pl.Series, column: Column) -> pl.Series:
    if column.type == "boolean":
        return cell.replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
    if column.type == "decimal":
        distinct = cell.unique().drop_nulls()
        text = _decimal(distinct)
        return cell.replace_strict(distinct, text, default=None, return_dtype=pl.String)
    if column.type == "date":
        return _date(cell)
    if column.type == "integer" or column.free_text:
        return cell.cast(pl.String)
    return by_value(cell, _normal).cast(pl.String)


def _normal(text: pl.Series) -> pl.Series:
    is_ascii = text.str.len_bytes().sum() == text.str.len_chars().sum()
    return text if is_ascii else text.str.normalize("NFC")


def _date(cell: pl.Series) -> pl.Series:
    """Each day from the first to the last is written once: a million rows hold few days."""
    first, last = cell.min(), cell.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return cell.dt.to_string("iso")
    if (last - first).days > cell.len():
        return cell.dt.to_string("iso")
    days = pl.date_range(first, last, eager=True).dt.to_string("iso")
    return days.gather((cell - first).dt.total_days()).alias(cell.name)


def _decimal(cell: pl.Series) -> pl.Series:
    text = cell.round(DECIMALS).cast(pl.String).str.replace(r"\.0$", "")
    exponents = text.filter(text.str.contains("e", literal=True)).unique().to_list()
    return text.replace({sent: _without_exponent(sent) for sent in exponents} | {"-0": "0"})


def _without_exponent(text: str) -> str:
    return f"{float(text):.{DECIMALS}f}".rstrip("0").rstrip(".")
