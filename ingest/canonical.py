"""One text for the same data, however they were sent, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import polars as pl

from expectations.dictionary import Column, Table, site_tables

CELL, ROW, PART = "\x1f", "\x1e", "\x1d"
DECIMALS = 6
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
            _add(digest, name, _rows(tables[name], table))
    if removed is not None and removed.height:
        columns = sorted(name for name in removed.columns if name != "source_line")
        joined = pl.concat_str(pl.col(columns).fill_null(""), separator=CELL)
        _add(digest, "removed", removed.select(joined).to_series())
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


def _add(digest: hashlib._Hash, name: str, rows: Iterable[str]) -> None:
    digest.update(f"{PART}{name}".encode())
    for row in sorted(row.encode() for row in rows):
        digest.update(ROW.encode() + row)


def _rows(typed: pl.DataFrame, table: Table) -> pl.Series:
    text = canonical_text(typed, table)
    return text.select(pl.concat_str(pl.all().fill_null(""), separator=CELL)).to_series()


def _text(cell: pl.Series, column: Column) -> pl.Series:
    if column.type == "boolean":
        return cell.replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
    if column.type == "decimal":
        return _decimal(cell)
    if column.type == "date":
        return cell.dt.to_string("iso")
    if column.type == "integer" or column.free_text:
        return cell.cast(pl.String)
    is_ascii = cell.str.len_bytes().sum() == cell.str.len_chars().sum()
    return cell if is_ascii else cell.str.normalize("NFC")


def _decimal(cell: pl.Series) -> pl.Series:
    text = cell.round(DECIMALS).cast(pl.String).str.replace(r"\.0$", "")
    exponents = text.filter(text.str.contains("e", literal=True)).unique().to_list()
    return text.replace({sent: _without_exponent(sent) for sent in exponents} | {"-0": "0"})


def _without_exponent(text: str) -> str:
    return f"{float(text):.{DECIMALS}f}".rstrip("0").rstrip(".")
