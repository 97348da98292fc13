"""A Parquet file as cells, read by a child process that may die in our place."""

from __future__ import annotations

import json

import polars as pl

from expectations.dictionary import Table
from ingest.delimited import read_records
from ingest.header import require_header
from ingest.reading import LINE, Cells, ExportRefused, Limits, Source, listed, notice, refused
from ingest.sandbox import run_child

MAGIC = b"PAR1"


def read_columnar(content: bytes, source: Source, table: Table, limits: Limits) -> Cells:
    """The cells of one Parquet file as the text that CSV would hold, rows counted from 1.

    Raises:
        ExportRefused: TYPE, COLUMN_TYPE, SIZE, PARSER or HEADER.
    """
    if not (content.startswith(MAGIC) and content.endswith(MAGIC)):
        raise refused("TYPE", source.file, places=[source.place("TYPE")])
    written = run_child("ingest._columnar_child", content, limits)
    if not written:
        raise refused("PARSER", source.file, places=[source.place("PARSER")])
    if written.startswith(b"{"):
        raise _refusal(json.loads(written), source)
    cells = read_records(written, ",", source)
    require_header(cells.header[1:], table, source, 1)
    numbers = cells.frame.get_column("0").cast(pl.Int64).alias(LINE)
    width = len(cells.header) - 1
    frame = cells.frame.select(pl.col(str(n + 1)).alias(str(n)) for n in range(width))
    is_filled = frame.select(pl.any_horizontal(pl.all().str.strip_chars() != "")).to_series()
    frame = frame.with_columns(numbers).filter(is_filled)
    n_empty = cells.records - frame.height
    said = (notice("EMPTY_ROWS", file=source.file, count=n_empty),) if n_empty else ()
    return Cells(cells.header[1:], frame, frame.height, notices=said)


def _refusal(message: dict[str, object], source: Source) -> ExportRefused:
    code = str(message["refused"])
    columns = [f"column {int(str(n)) + 1}" for n in list(message["columns"])]  # type: ignore[call-overload]
    says = f"{listed(columns)} cannot be read as plain values." if columns else ""
    places = [source.place(code, None, column) for column in columns] or [source.place(code)]
    return refused(code, source.file, says, places)
