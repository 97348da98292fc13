"""Bad and harmless Parquet files: types, encodings of columns, damage, and what rows hold.

The verdicts were written down before the files were tried. A line is the row from 1.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.ingest.reading_files import COLUMNS, DATE, GRADE, KEY, NOTES, NUMBER, good
from tests.trials.bad_files import (
    BadFile,
    Content,
    Place,
    accepted,
    held,
    kind,
    rejected,
    same,
)

ROWS = good()
DAYS = [dt.date(2026, 4, int(cells[COLUMNS.index(DATE)][:2])) for cells in ROWS]
NUMBERS = [float(cells[COLUMNS.index(NUMBER)]) for cells in ROWS]
GRADES = [int(cells[COLUMNS.index(GRADE)]) for cells in ROWS]
ALL_ROWS = range(1, 7)


def column_of(name: str, rows: list[list[str]] = ROWS) -> list[str | None]:
    return [cells[COLUMNS.index(name)] or None for cells in rows]


def table(**changed: Any) -> pa.Table:
    """The clean rows as text, with some columns given as Arrow arrays or as lists."""
    columns = {name: pa.array(column_of(name), pa.string()) for name in COLUMNS} | changed
    return pa.table(columns)


def parquet(found: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(found, out, **options)
    return out.getvalue()


def third(name: str, value: object, kind_of: pa.DataType | None = None) -> bytes:
    """The clean rows with another value in the third."""
    values: list[Any] = list(column_of(name))
    if kind_of is not None:
        values = [None] * len(values)
    values[2] = value
    return parquet(table(**{name: pa.array(values, kind_of or pa.string())}))


def book(name: str, content: bytes, says: str = "") -> BadFile:
    return same(name, content, says, filename="upload.parquet")


def typed(name: str, column: str, values: list[Any], kind_of: pa.DataType) -> BadFile:
    """A column of another type that says what the text says."""
    return book(name, parquet(table(**{column: pa.array(values, kind_of)})))


def kept(name: str, content: bytes, column: str, value: str) -> BadFile:
    return accepted(name, content, filename="upload.parquet", cell=(3, column, value))


def waits(name: str, content: bytes, *places: Place, **more: object) -> BadFile:
    return held(name, content, *places, filename="upload.parquet", **more)


def wrong(name: str, content: bytes, column: str, rule: str, secret: str = "") -> BadFile:
    return waits(name, content, (kind(column, rule), 3, column), secret=secret)


def refused(name: str, content: Content, code: str, *places: Place, **more: object) -> BadFile:
    return rejected(name, content, code, *places, filename="upload.parquet", **more)


def not_plain(name: str, values: Any) -> BadFile:
    """A column that holds no plain values: its place is named."""
    place = ("READ.COLUMN_TYPE", None, f"column {COLUMNS.index(NOTES) + 1}")
    return refused(name, parquet(table(**{NOTES: values})), "COLUMN_TYPE", place)


def renamed(**other: str) -> bytes:
    return parquet(table().rename_columns([other.get(name, name) for name in COLUMNS]))


def with_column(name: str, value: object = "x") -> bytes:
    return parquet(table().append_column(name, pa.array([value] * 6)))


def not_utf8() -> bytes:
    """A text column whose third value is no UTF-8: written as bytes, then said to be text."""
    values = [b"ok", b"ok", b"a\xe9b", b"ok", b"ok", b"ok"]
    column = pa.array(values, pa.binary()).view(pa.string())
    return parquet(table(**{NOTES: column}))


def stamps(unit: str, zone: str | None = None, hour: int = 0) -> pa.Array:
    moments = [dt.datetime(day.year, day.month, day.day, hour) for day in DAYS]
    return pa.array(moments, pa.timestamp(unit)).cast(pa.timestamp(unit, zone))


def nested(depth: int) -> pa.Array:
    kind_of: pa.DataType = pa.string()
    for _ in range(depth):
        kind_of = pa.list_(kind_of)
    return pa.nulls(6, kind_of)


def huge(rows: int, signs: int) -> bytes:
    """A small file that unpacks to very much: one long value, again and again."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * signs])
    nothing = pa.nulls(rows, pa.string())  # one for all columns: it takes memory
    return parquet(pa.table(dict.fromkeys(COLUMNS, nothing) | {NOTES: long}))


def damaged(start: int, end: int) -> bytes:
    content = parquet(table())
    return content[:start] + bytes(end - start) + content[end:]


CLEAN = parquet(table())
SHOWN = [day.strftime("%d/%m/%Y") for day in DAYS]

TYPES = (
    book("text", CLEAN),
    typed("large_text", NOTES, column_of(NOTES), pa.large_string()),
    typed("text_view", NOTES, column_of(NOTES), pa.string_view()),
    typed("categories", "approach", column_of("approach"), pa.dictionary(pa.int8(), pa.string())),
    book("nothing_but_nulls", parquet(table(volatile_agent=pa.nulls(6)))),
    typed("dates", DATE, DAYS, pa.date32()),
    typed("dates_in_milliseconds", DATE, DAYS, pa.date64()),
    *(book(f"midnights_{unit}", parquet(table(**{DATE: stamps(unit)}))) for unit in ("s", "ms",
      "us", "ns")),
    book("midnights_in_96_bits", parquet(table(**{DATE: stamps("ns")}),
         use_deprecated_int96_timestamps=True)),
    *(typed(f"whole_{kind_of}", GRADE, GRADES, kind_of)
      for kind_of in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint64())),
    typed("floats", NUMBER, NUMBERS, pa.float64()),
    typed("short_floats", NUMBER, NUMBERS, pa.float32()),
    typed("half_floats", NUMBER, NUMBERS, pa.float16()),
    typed("decimals", NUMBER, [Decimal(str(n)) for n in NUMBERS], pa.decimal128(10, 4)),
    typed("long_decimals", NUMBER, [Decimal(str(n)) for n in NUMBERS], pa.decimal256(50, 10)),
    typed("whole_numbers_as_floats", GRADE, GRADES, pa.float64()),
    typed("booleans", "supervised", [False] * 6, pa.bool_()),
    typed("booleans_as_numbers", "supervised", [0] * 6, pa.int8()),
    *(book(f"packed_with_{name}", parquet(table(), compression=name))
      for name in ("none", "snappy", "gzip", "zstd", "brotli", "lz4")),
    book("a_row_group_a_row", parquet(table(), row_group_size=1)),
    book("old_format", parquet(table(), version="1.0")),
    book("new_pages", parquet(table(), data_page_version="2.0")),
    book("without_dictionary", parquet(table(), use_dictionary=False)),
    book("empty_row_groups", parquet(pa.concat_tables([table().slice(0, 0), table()]))),
    book("columns_in_reverse", parquet(table().select(COLUMNS[::-1]))),
    book("names_in_capitals", renamed(procedure_id="Procedure ID", mdt_id="MDT"), "other names"),
    book("nameless_empty_column", with_column("", None), "without a name"),
    same("ending_in_capitals", CLEAN, filename="UPLOAD.PARQUET"),
    kept("zeros_of_an_id", third(KEY, "0000123"), KEY, "0000123"),
    kept("comment_with_everything", third(NOTES, ' a "b", \n;c '), NOTES, ' a "b", \n;c '),
    kept("markup", third(NOTES, "<b>x</b>"), NOTES, "<b>x</b>"),
)  # fmt: skip

VALUES = (
    wrong("bad_date", third(DATE, "04/13/2026"), DATE, "DATE_FORMAT", "04/13"),
    waits("row_after_lines_of_text",
          parquet(table(**{NOTES: ["a\nb\nc", *["ok"] * 5], DATE: [*SHOWN[:2], "x", *SHOWN[3:]]})),
          (kind(DATE, "DATE_FORMAT"), 3, DATE)),
    waits("times_of_day", parquet(table(**{DATE: stamps("us", hour=9)})),
          *((kind(DATE, "DATE_FORMAT"), line, DATE) for line in ALL_ROWS)),
    waits("midnights_with_a_zone", parquet(table(**{DATE: stamps("us", "Europe/London")})),
          *((kind(DATE, "DATE_FORMAT"), line, DATE) for line in ALL_ROWS)),
    waits("dates_as_numbers", parquet(table(**{DATE: pa.array([20545] * 6)})),
          *((kind(DATE, "DATE_FORMAT"), line, DATE) for line in ALL_ROWS)),
    wrong("not_a_number", third(NUMBER, float("nan"), pa.float64()), NUMBER, "NUMBER"),
    wrong("infinity", third(NUMBER, float("-inf"), pa.float64()), NUMBER, "NUMBER"),
    wrong("number_too_large", third(NUMBER, 1e3, pa.float64()), NUMBER, "HARD"),
    wrong("number_tiny_and_negative", third(NUMBER, -1e-7, pa.float64()), NUMBER, "HARD"),
    wrong("whole_number_of_64_bits", third(GRADE, 2**64 - 1, pa.uint64()), GRADE, "NUMBER"),
    wrong("half", third(GRADE, 1.5, pa.float64()), GRADE, "NUMBER"),
    wrong("code_as_number", third("approach", "1"), "approach", "CODE"),
    wrong("word_for_nothing", third("mdt_id", "NULL"), "mdt_id", "TYPE"),
    wrong("words_of_data_frames", third(NUMBER, "NaN"), NUMBER, "NUMBER"),
    wrong("nothing_where_something_must_be", third(DATE, None), DATE, "REQUIRED"),
    waits("float_as_id", third(KEY, 1.2345678901234567e19, pa.float64()),
          ("READ.DIGITS_LOST", 3, KEY),
          *((kind(KEY, "REQUIRED"), line, KEY) for line in ALL_ROWS if line != 3)),
    waits("invisible_sign", third(KEY, "P\u200b3"), ("READ.CHARACTER", 3, KEY)),
    waits("key_twice", parquet(table(**{KEY: ["P1", "P2", "P1", "P4", "P5", "P6"]})),
          ("K04a", 3, KEY)),
    refused("nul", third(NOTES, "a\0b"), "NUL", ("READ.NUL", 3, None)),
    refused("separator", third(NOTES, "a\x1fb"), "ENCODING", ("READ.ENCODING", 3, None)),
    refused("nul_after_lines", parquet(table(**{NOTES: ["a\nb", "c\n", "d\0", "e", "f", "g"]})),
            "NUL", ("READ.NUL", 3, None)),
    refused("bytes_that_are_no_text", not_utf8(), "ENCODING", ("READ.ENCODING", 3, None)),
    refused("nhs_number_as_number", third(NUMBER, 9434765919, pa.int64()), "IDENTIFIER",
            ("K08", 3, NUMBER), secret="9434765919"),
    refused("nhs_number_as_float", third(KEY, 9434765919.0, pa.float64()), "IDENTIFIER",
            ("K08", 3, KEY), secret="9434765919"),
    refused("nhs_number_in_text", third(NOTES, "see 943-476-5919"), "IDENTIFIER", ("K08", 3, NOTES),
            secret="943-476"),
    refused("another_site", third("site_ods_code", "ZZ999"), "SITE_SCOPE",
            ("K03", 3, "site_ods_code")),
)  # fmt: skip

SHAPES = (
    not_plain("lists", pa.array([["ok"]] * 6)),
    not_plain("structures", pa.array([{"a": "ok"}] * 6)),
    not_plain("maps", pa.array([[("a", "b")]] * 6, pa.map_(pa.string(), pa.string()))),
    not_plain("bytes", pa.array([b"ok"] * 6)),
    not_plain("bytes_of_fixed_size", pa.array([b"ok"] * 6, pa.binary(2))),
    not_plain("times", pa.array([dt.time(9)] * 6)),
    not_plain("spans_of_time", pa.array([dt.timedelta(1)] * 6)),
    not_plain("lists_of_lists", nested(10)),
    not_plain("categories_of_bytes", pa.array([b"ok"] * 6).dictionary_encode()),
    refused("no_rows", parquet(table().slice(0, 0)), "NO_ROWS"),
    refused("no_columns", parquet(pa.table({})), "COLUMN_TYPE"),
    refused("unknown_column", with_column("ward"), "HEADER_UNKNOWN", ("K02", 1, "ward")),
    refused("unknown_column_with_signs", with_column('a,"b\n'), "HEADER_UNKNOWN", ("K02", 1,
            "column 37")),
    refused("nameless_column", with_column(""), "HEADER_UNKNOWN", ("K02", 1, "column 37")),
    refused("column_twice", with_column("Procedure ID"), "HEADER_DUPLICATE",
            ("READ.HEADER_DUPLICATE", 1, KEY)),
    refused("column_missing", parquet(table().drop_columns([GRADE])), "HEADER_MISSING", ("K02", 1,
            GRADE)),
    refused("identifying_column", with_column("Surname", "Canary"), "IDENTIFIER", ("K08", 1,
            "Surname"),
            secret="Canary"),
    refused("another_table", parquet(pa.table({"lesion_id": ["L1"], "segment": ["VI"]})), "HEADER",
            ("READ.HEADER", 1, None)),
    refused("ten_thousand_columns", parquet(pa.table({f"c{n}": ["x"] for n in range(10_000)})),
            "HEADER",
            ("READ.HEADER", 1, None)),
)  # fmt: skip

DAMAGE = (
    refused("empty_file_named_parquet", b"", "EMPTY"),
    refused("csv_named_parquet_with_rows", b"procedure_id\nP1\n", "TYPE"),
    refused("orc_named_parquet", b"ORC" + bytes(60), "TYPE"),
    refused("arrow_named_parquet", b"ARROW1\0\0" + bytes(60) + b"ARROW1", "TYPE"),
    refused("encrypted", b"PARE" + CLEAN[4:-4] + b"PARE", "TYPE"),
    refused("start_lost", b"XXXX" + CLEAN[4:], "TYPE"),
    refused("end_lost", CLEAN[:-1], "TYPE"),
    refused("cut_in_half", CLEAN[: len(CLEAN) // 2], "TYPE"),
    refused("nothing_but_magic", b"PAR1PAR1", "PARSER"),
    refused("footer_of_zeros", damaged(len(CLEAN) - 400, len(CLEAN) - 8), "PARSER"),
    refused("footer_length_wrong", CLEAN[:-8] + b"\xff\xff\xff\x7f" + b"PAR1", "PARSER"),
    refused("pages_of_zeros", damaged(4, 600), "PARSER"),
    refused("unpacks_to_ten_gigabytes", partial(huge, 100_000, 100_000), "PARSER"),
    refused("twenty_million_rows", partial(huge, 20_000_000, 1), "SIZE"),
)  # fmt: skip

UNSEEN_COLUMNAR: tuple[BadFile, ...] = (*TYPES, *VALUES, *SHAPES, *DAMAGE)
