"""One text for the same data, however they were sent, and its digest."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from expectations.dictionary import Column, Table, site_tables
from ingest.coded import as_text, by_value, is_coded

CELL, ROW, PART = "\x1f", "\x1e", "\x1d"
DECIMALS = 6
SORTED_ROWS = 200_000  # texts that are sorted at a time
OF_MANIFEST = (
    "submitting_site",
    "period_start",
    "period_end",
    "submission_type",
    "nil_return",
    "hes_ire_count",
)

Places = NDArray[np.int64]


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
        _add(digest, "removed", [_joined(removed.select(joined).to_series())])
    return digest.hexdigest()


def row_digest(typed: pl.DataFrame, table: Table) -> pl.Series:
    """The SHA-256 of each row's canonical text, lower-case hex, in the frame's order."""
    digests = [
        hashlib.sha256(row.encode()).hexdigest() for row in _rows(_normal(typed, table), table)
    ]
    return pl.Series("row_digest", digests, dtype=pl.String)


def canonical_text(typed: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The dictionary's columns as canonical text, a null as null: Y/N, ISO dates, decimals
    in their shortest form rounded to six places."""
    return as_text(_texts(_normal(typed, table), table))


def _add(digest: hashlib._Hash, name: str, sorted_rows: Iterable[bytes | memoryview]) -> None:
    digest.update(f"{PART}{name}".encode())
    for rows in sorted_rows:
        digest.update(ROW.encode())
        digest.update(rows)


def _sorted_rows(typed: pl.DataFrame, table: Table) -> Iterator[bytes | memoryview]:
    """The rows' texts in bytewise order; those of a large table in turns, by its first column."""
    normal = _normal(typed, table)
    if normal.height <= SORTED_ROWS:
        yield _joined(_rows(normal, table))
        return
    first = _first(normal, table)
    for places in _turns(first):
        ordered = _ordered(places, first, normal, table)
        yield _written(_texts(normal[ordered], table))


def _joined(rows: pl.Series) -> bytes:
    return str(rows.sort().str.join(ROW).item()).encode()


def _first(normal: pl.DataFrame, table: Table) -> pl.Series:
    """The text that each row begins with."""
    column = next(iter(table.columns.values()))
    return _text(normal[column.name], column).cast(pl.String).fill_null("") + CELL


def _turns(first: pl.Series) -> Sequence[Places]:
    """The places of the rows, about SORTED_ROWS a turn, the later turns of greater texts."""
    some = first.gather_every(SORTED_ROWS // 1000).sort()
    bounds = some.gather_every(1000, offset=1000).unique(maintain_order=True)
    turn_of = bounds.search_sorted(first, side="right").to_numpy().astype(np.uint16)
    order = np.argsort(turn_of, kind="stable")
    turns = np.split(order, np.cumsum(np.bincount(turn_of))[:-1])
    return [places for places in turns if len(places)]


def _ordered(places: Places, first: pl.Series, normal: pl.DataFrame, table: Table) -> Places:
    """The places of a turn's rows by their first cells; of equal ones by the whole texts.

    These take four times as long to make as it takes to write the rows.
    """
    begins = first.gather(places)
    is_shared = begins.is_duplicated()
    whole = pl.Series(None, [None], pl.String).new_from_index(0, begins.len())
    if is_shared.any():
        shared = _rows(normal[places[is_shared.to_numpy()]], table)
        whole = whole.scatter(is_shared.arg_true(), shared)
    both = pl.DataFrame([begins.alias("begins"), whole.alias("whole")])
    ordered: Places = places[both.select(pl.arg_sort_by("begins", "whole")).to_series().to_numpy()]
    return ordered


def _written(texts: pl.DataFrame) -> memoryview:
    """The rows joined, as a file of them would be written."""
    file = io.BytesIO()
    texts.write_csv(
        file, include_header=False, separator=CELL, line_terminator=ROW, quote_style="never"
    )
    return file.getbuffer()[: -len(ROW)]


def _rows(normal: pl.DataFrame, table: Table) -> pl.Series:
    text = as_text(_texts(normal, table))
    return text.select(pl.concat_str(pl.all().fill_null(""), separator=CELL)).to_series()


def _texts(normal: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The columns as text, or as codes of it."""
    return pl.DataFrame(
        [_text(normal.get_column(column.name), column) for column in table.columns.values()]
    )


def _text(cell: pl.Series, column: Column) -> pl.Series:
    if column.type == "boolean":
        return cell.replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
    if column.type == "decimal":
        distinct = cell.unique().drop_nulls()
        text = _decimal(distinct)
        return cell.replace_strict(distinct, text, default=None, return_dtype=pl.String)
    if column.type == "date":
        return _date(cell)
    return cell if is_coded(cell) else cell.cast(pl.String)


def _normal(typed: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Text other than free text in its normal form, each distinct value of a large table once."""
    return typed.with_columns(
        by_value(typed.get_column(column.name), _nfc)
        for column in table.columns.values()
        if typed.schema[column.name] in (pl.String, pl.Categorical) and not column.free_text
    )


def _nfc(text: pl.Series) -> pl.Series:
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
