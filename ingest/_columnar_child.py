"""The child that reads Parquet files: schema first, then batches written as CSV text."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from ingest._child import ENCODE, FORBIDDEN, received
from ingest.nhs_numbers import bytes_hold_nhs_number, holds_nhs_number

BATCH_ROWS = 32_768
MIDNIGHT = r" 00:00:00(\.0+)?$"
MOST_DIGITS = Decimal(10) ** 15  # beyond it a float has lost the last digits of an id


def main() -> None:
    """Read framed files from stdin; write for each, framed, its rows as CSV or a refusal."""
    settings, content = received(sys.argv[1])
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    while content:
        size = int.from_bytes(content[:8])
        written = _read(content[8 : 8 + size], settings["bytes"])
        sys.stdout.buffer.write(len(written).to_bytes(8) + written)
        content = content[8 + size :]


def _read(content: bytes, most: int) -> bytes:
    """The rows of one file, each after its number, as CSV; or a refusal as JSON."""
    file = pa.parquet.ParquetFile(io.BytesIO(content))
    schema = file.schema_arrow
    if any(bytes_hold_nhs_number(text) for text in _beside_columns(file)):
        return ENCODE({"refused": "IDENTIFIER", "columns": []}).encode()
    at_fault = [n for n, f in enumerate(schema) if not _is_plain(f.type)]
    if at_fault or not len(schema):
        return ENCODE({"refused": "COLUMN_TYPE", "columns": at_fault}).encode()
    if file.metadata.num_rows * len(schema) > most:
        return ENCODE({"refused": "SIZE", "columns": []}).encode()
    names = ["row", *schema.names]
    text = pa.schema([pa.field(name, pa.string()) for name in names])
    written = io.BytesIO()
    with pa.csv.CSVWriter(written, text) as writer:
        number = 1
        for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
            if any(map(_hides_number, batch.columns)):
                return ENCODE({"refused": "IDENTIFIER", "columns": []}).encode()
            rows = pa.array(range(number, number + batch.num_rows)).cast(pa.string())
            columns = [_text(column) for column in batch.columns]
            for column in columns:
                if refusal := _not_text(column, number):
                    return refusal
            writer.write_batch(pa.record_batch([rows, *columns], schema=text))
            number += batch.num_rows
    return written.getvalue()


def _beside_columns(file: pa.parquet.ParquetFile) -> Iterator[bytes]:
    """What a file says beside its values: notes of the program that wrote it."""
    for metadata in (file.metadata.metadata, *(f.metadata for f in file.schema_arrow)):
        for name, value in (metadata or {}).items():
            if name != b"ARROW:schema":  # the schema itself, packed
                yield name + b" " + value
    yield file.metadata.created_by.encode()


def _hides_number(column: pa.Array) -> bool:
    """True where the dictionary of a column lists an NHS number that no row has."""
    if not pa.types.is_dictionary(column.type):
        return False
    listed = pc.cast(column.dictionary, pa.string())
    unused = listed.filter(pc.invert(pc.is_in(listed, pc.unique(column.cast(pa.string())))))
    return any(holds_nhs_number(text) for text in unused.to_pylist() if text)


def _not_text(column: pa.Array, first: int) -> bytes | None:
    """The refusal of a column that holds bytes which no text holds, at its first row."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return _refused("ENCODING", first + _first_undecodable(column))
    for code, sign in FORBIDDEN.items():
        found = pc.index(pc.match_substring_regex(column, sign.pattern), True).as_py()
        if found >= 0:
            return _refused(code, first + found)
    return None


def _first_undecodable(column: pa.Array) -> int:
    for at, content in enumerate(column.cast(pa.binary()).to_pylist()):
        try:
            (content or b"").decode("utf-8")
        except UnicodeDecodeError:
            return at
    return 0


def _refused(code: str, row: int) -> bytes:
    return ENCODE({"refused": code, "columns": [], "row": row}).encode()


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return any(
        is_kind(kind)
        for is_kind in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_decimal,
            pa.types.is_boolean,
            pa.types.is_date,
            pa.types.is_timestamp,
            pa.types.is_null,
        )
    )


def _text(column: pa.Array) -> pa.Array:
    """The column as CSV would hold it: Y/N, ISO dates, shortest exact digits."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "Y", "N")
    if pa.types.is_date(kind):
        return column.cast(pa.date32()).cast(pa.string())
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, MIDNIGHT, "")
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _digits(text, pa.types.is_floating(kind))
    return text


def _digits(text: pa.Array, is_floating: bool) -> pa.Array:
    """Numbers without exponent and without zeros that say nothing; an exponent stays where
    a float has lost digits."""
    whole = pc.replace_substring_regex(text, r"\.0+$", "")
    has_exponent = pc.fill_null(pc.match_substring_regex(whole, r"[0-9][eE][+-]?[0-9]"), False)
    if not pc.any(has_exponent).as_py():
        return whole
    plain = [_plain(t, is_floating) if e else t
             for t, e in zip(whole.to_pylist(), has_exponent.to_pylist(), strict=True)]  # fmt: skip
    return pa.array(plain, pa.string())


def _plain(text: str, is_floating: bool) -> str:
    number = Decimal(text)
    return f"{float(text):E}" if is_floating and abs(number) >= MOST_DIGITS else f"{number:f}"


if __name__ == "__main__":
    main()
