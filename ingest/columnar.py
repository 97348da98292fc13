"""Parquet files as cells, read by a child process that may die in our place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from expectations.dictionary import Table
from ingest.delimited import read_records
from ingest.header import require_header
from ingest.reading import LINE, Cells, ExportRefused, Limits, Source, listed, notice, refused
from ingest.sandbox import run_child

CHILD = "ingest._columnar_child"
MAGIC = b"PAR1"


def columnar_texts(contents: Mapping[str, bytes], limits: Limits) -> dict[str, bytes]:
    """What the child wrote of each Parquet file, by name; nothing of one it died of.

    One child reads all of an export's files, since it takes most of a second to start;
    where it dies, each file gets one of its own.
    """
    files = {name: content for name, content in contents.items() if is_columnar(content)}
    written = _run(list(files.values()), limits) if files else []
    if written is None:
        apart = {name: _run([content], limits) for name, content in files.items()}
        return {name: texts[0] for name, texts in apart.items() if texts is not None}
    return dict(zip(files, written, strict=True))


def is_columnar(content: bytes) -> bool:
    """True where the bytes begin and end as a Parquet file does."""
    return content.startswith(MAGIC) and content.endswith(MAGIC)


def _run(contents: list[bytes], limits: Limits) -> list[bytes] | None:
    framed = b"".join(len(content).to_bytes(8) + content for content in contents)
    written = run_child(CHILD, framed, limits)
    if written is None:
        return None
    texts = []
    while written:
        size = int.from_bytes(written[:8])
        texts.append(written[8 : 8 + size])
        written = written[8 + size :]
    return texts if len(texts) == len(contents) else None


def read_columnar(content: bytes, written: bytes | None, source: Source, table: Table) -> Cells:
    """The cells of one Parquet file as the text that CSV would hold, rows counted from 1.

    Args:
        content: the file.
        written: what `columnar_texts` gave for it.

    Raises:
        ExportRefused: TYPE, COLUMN_TYPE, SIZE, PARSER or HEADER.
    """
    if not is_columnar(content):
        raise refused("TYPE", source.file, places=[source.place("TYPE")])
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


def _refusal(message: dict[str, Any], source: Source) -> ExportRefused:
    code = str(message["refused"])
    columns = [f"column {int(n) + 1}" for n in message["columns"]]
    says = f"{listed(columns)} cannot be read as plain values." if columns else ""
    row = message.get("row")
    if row is not None:
        says = f"row {row} holds characters that are not text."
    places = [source.place(code, None, column) for column in columns] or [source.place(code, row)]
    return refused(code, source.file, says, places)
