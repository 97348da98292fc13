"""Text to types: what cannot be typed becomes a null and a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import polars as pl

from expectations.dictionary import Column, ColumnType, Table
from ingest.coded import coded, is_coded, recoded
from ingest.reading import LINE, RawTable, notice

POLARS_TYPES: Mapping[ColumnType, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "date": pl.Date(),
    "datetime": pl.String(),  # the manifest's time of extract keeps its offset
    "boolean": pl.Boolean(),
    "code": pl.String(),
    "set": pl.String(),
}
MANY = 10_000  # rows from which it pays to look before normalising
NULL_WORDS = (  # IRE-REG 1.0: an empty cell is the only null
    *("NULL", "N/A", "NA", "-"),
    *("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
)
# What such a word is found as; in a date it is one more stand-in for a missing one.
NO_VALUE: Mapping[ColumnType, str] = {
    "integer": "NUMBER", "decimal": "NUMBER", "date": "DATE_IMPOSSIBLE",
}  # fmt: skip
SENTINEL_DATES = ("1900-01-01", "9999-12-31")
NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
WHOLE = r"^-?[0-9]+(\.0+)?$"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DAY_FIRST = r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$"
BOOLEANS = {"Y": True, "YES": True, "TRUE": True, "1": True,
            "N": False, "NO": False, "FALSE": False, "0": False}  # fmt: skip
FINDINGS = {"rule": pl.String, LINE: pl.Int64, "column_name": pl.String}


class _Typed(NamedTuple):
    """One column as expressions: its values; of these and the text, the kind of finding
    (null: none); and which values were read in the one possible way, by notice."""

    values: pl.Expr
    kinds: pl.Expr | None
    notices: Mapping[str, pl.Expr]


def conform(raw: RawTable, table: Table) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """Type every column; a value that cannot be typed becomes a null and a finding.

    Args:
        raw: the table's columns as text, stripped, plus source_line.

    Returns:
        typed: all of the dictionary's columns in its order, plus source_line; same rows
            as `raw`. A set is its codes sorted and joined by ';'; a code that is not in
            its list stays as it was sent, for the checks to report.
        findings: one row per untypable value: rule, source_line, column_name.
        notices: what was read in the one possible way.
    """
    sent = [column for column in table.columns.values() if column.name in raw.frame.columns]
    plain = [column for column in sent if not is_coded(raw.frame[column.name])]
    read = _read_all(raw.frame.select(*(c.name for c in plain), LINE), plain)
    for column in sent:
        if column not in plain:
            _add_coded(read, raw.frame[column.name], column)
    missing = [
        pl.lit(None, dtype=POLARS_TYPES[column.type]).alias(name)
        for name, column in table.columns.items()
        if column not in sent
    ]
    typed = raw.frame.select(LINE).with_columns(read.values.values()).with_columns(missing)
    kinds = {column.name: read.kinds[column.name] for column in sent if column.name in read.kinds}
    notices = []
    for column in sent:
        for code, is_read in read.told.get(column.name, {}).items():
            words = {"table": table.name, "column": column.name, "count": int(is_read.sum())}
            notices.append(notice(code, **words))
    findings = _findings(raw.frame[LINE], kinds, table)
    return typed.select(*table.columns, LINE), findings, tuple(notices)


@dataclass
class _Read:
    """By column: its values, and where it has any its kinds of finding and what to say of it."""

    values: dict[str, pl.Series]
    kinds: dict[str, pl.Series]
    told: dict[str, dict[str, pl.Series]]  # by notice, of which rows


def _read_all(frame: pl.DataFrame, columns: Sequence[Column]) -> _Read:
    text = frame.rename({column.name: _sent(column) for column in columns})
    with_words = _columns_with_words(text, columns)
    read = {column.name: _typed(column, text, column.name in with_words) for column in columns}
    # Two passes for the whole table, values first: a pass a column costs more than its work.
    typed = text.with_columns(one.values.alias(name) for name, one in read.items())
    told = typed.select(
        *(one.kinds.alias(n) for n, one in read.items() if one.kinds is not None),
        *(
            is_read.alias(f"{name} {code}")
            for name, one in read.items()
            for code, is_read in one.notices.items()
        ),
    )
    found = _Read({name: typed[name] for name in read}, {}, {})
    for one in told:
        name, _, code = one.name.partition(" ")
        if code and one.any():
            found.told.setdefault(name, {})[code] = one
        elif not code and one.null_count() < one.len():
            found.kinds[name] = one
    return found


def _add_coded(read: _Read, column: pl.Series, about: Column) -> None:
    """Read each distinct value of a column once, then say it of every row."""
    found = coded(column)
    frame = found.values.alias(about.name).to_frame()
    of_values = _read_all(frame, [about])
    values = of_values.values[about.name]
    read.values[about.name] = (
        recoded(column, found, values)
        if values.dtype == pl.String
        else found.spread(values).alias(about.name)
    )
    for name, kinds in of_values.kinds.items():
        read.kinds[name] = found.spread(kinds)
    for name, told in of_values.told.items():
        of_rows = {code: found.spread(is_read) for code, is_read in told.items()}
        read.told[name] = {code: is_read for code, is_read in of_rows.items() if is_read.any()}


def _sent(column: Column) -> str:
    """The name of a column's text beside its typed values."""
    return f"sent {column.name}"


def _columns_with_words(text: pl.DataFrame, columns: Sequence[Column]) -> set[str]:
    """The few columns in which a word for "nothing" stands."""
    if not columns:
        return set()
    found = text.select(_has_word(column) for column in columns)
    return {name for name, is_there in found.row(0, named=True).items() if is_there}


@cache
def _has_word(column: Column) -> pl.Expr:
    text = pl.col(_sent(column))
    short = text.filter(text.str.len_bytes() <= max(map(len, NULL_WORDS)))
    return short.str.to_uppercase().is_in(_null_words(column)).any().alias(column.name)


def _null_words(column: Column) -> list[str]:
    codes = column.codes.codes if column.codes else {}
    return [word for word in NULL_WORDS if word not in {code.upper() for code in codes}]


def _findings(lines: pl.Series, kinds: Mapping[str, pl.Series], table: Table) -> pl.DataFrame:
    """The untypable values, in the order of the columns, then of the lines."""
    found = [pl.DataFrame(schema=FINDINGS)]
    for column, of_rows in kinds.items():
        is_at_fault = of_rows.is_not_null()
        found.append(
            pl.DataFrame({"kind": of_rows.filter(is_at_fault), LINE: lines.filter(is_at_fault)})
            .with_columns(
                (pl.lit(f"{table.name}.{column}.") + pl.col("kind")).alias("rule"),
                pl.lit(column).alias("column_name"),
            )
            .select(*FINDINGS)
        )
    return pl.concat(found)


def _typed(column: Column, frame: pl.DataFrame, has_words: bool) -> _Typed:
    if column.type == "set":
        return _without_words(_set(_worded(column, has_words), column, frame), column, has_words)
    if column.type == "text" and not has_words and _is_ascii(frame[_sent(column)]):
        return _Typed(pl.col(_sent(column)), None, {})  # its own normal form
    return _read(column, has_words)


@cache  # a few hundred expressions take longer to build than a small table to read
def _read(column: Column, has_words: bool) -> _Typed:
    text = _worded(column, has_words)
    return _without_words(READERS[column.type](text, column), column, has_words)


def _worded(column: Column, has_words: bool) -> pl.Expr:
    """A column's text, null where a word for "nothing" stands."""
    sent = pl.col(_sent(column))
    return pl.when(~_is_word(column)).then(sent) if has_words else sent


def _without_words(read: _Typed, column: Column, has_words: bool) -> _Typed:
    if not has_words:
        return read
    kind = pl.lit(NO_VALUE.get(column.type, "TYPE"))
    return read._replace(kinds=pl.when(_is_word(column)).then(kind).otherwise(read.kinds))


def _is_word(column: Column) -> pl.Expr:
    return pl.col(_sent(column)).str.to_uppercase().is_in(_null_words(column)).fill_null(False)


def _is_ascii(text: pl.Series) -> bool:
    return text.len() > MANY and text.str.len_bytes().sum() == text.str.len_chars().sum()


def _text(text: pl.Expr, column: Column) -> _Typed:
    return _Typed(text if column.free_text else text.str.normalize("NFC"), None, {})


def _integer(text: pl.Expr, column: Column) -> _Typed:
    digits = pl.when(text.str.contains(WHOLE)).then(text).str.replace(r"\.0+$", "")
    values = digits.cast(pl.Int64, strict=False)
    return _Typed(values, _where_lost(text, column, "NUMBER"), {})


def _decimal(text: pl.Expr, column: Column) -> _Typed:
    cast = pl.when(text.str.contains(NUMBER)).then(text).cast(pl.Float64, strict=False)
    values = pl.when(~cast.is_infinite()).then(cast)
    return _Typed(values, _where_lost(text, column, "NUMBER"), {})


def _date(text: pl.Expr, column: Column) -> _Typed:
    is_iso, is_day_first = text.str.contains(ISO), text.str.contains(DAY_FIRST)
    day_first = text.str.slice(6, 4) + "-" + text.str.slice(3, 2) + "-" + text.str.slice(0, 2)
    iso = pl.when(is_day_first).then(day_first).otherwise(text)
    has_shape = is_iso | is_day_first
    is_month_first = is_day_first & (iso.str.slice(5, 2) > "12") & (iso.str.slice(8, 2) <= "12")
    is_date = has_shape & ~iso.is_in(SENTINEL_DATES) & (iso.str.slice(0, 4) > "0000")
    values = pl.when(is_date).then(iso).str.to_date("%Y-%m-%d", strict=False)
    dated = pl.col(column.name)
    kinds = (
        pl.when(text.is_null() | dated.is_not_null())
        .then(None)
        .when(~has_shape | is_month_first)
        .then(pl.lit("DATE_FORMAT"))
        .otherwise(pl.lit("DATE_IMPOSSIBLE"))
    )
    return _Typed(values, kinds, {"DAY_FIRST": is_day_first & dated.is_not_null()})


def _boolean(text: pl.Expr, column: Column) -> _Typed:
    values = text.str.to_uppercase().replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
    is_other_word = pl.col(column.name).is_not_null() & ~text.is_in(["Y", "N"])
    return _Typed(values, _where_lost(text, column, "TYPE"), {"BOOLEAN_WORDS": is_other_word})


def _code(text: pl.Expr, column: Column) -> _Typed:
    spelling = _spelling(column)
    values = text.str.to_lowercase().replace_strict(spelling, default=text, return_dtype=pl.String)
    return _Typed(values, None, {"CODE_CASE": pl.col(column.name) != text})


def _set(text: pl.Expr, column: Column, frame: pl.DataFrame) -> _Typed:
    """Each distinct value is spelled once: a million rows hold few sets."""
    spelling = _spelling(column)
    changed, in_other_case = {}, []
    for sent in frame[_sent(column)].drop_nulls().unique():
        read = {spelling.get(part.lower(), part) for part in _parts(sent)}
        changed[sent] = ";".join(sorted(read)) or None
        if read != _parts(sent):
            in_other_case.append(sent)
    values = text.replace(changed) if changed else text
    return _Typed(values, None, {"CODE_CASE": text.is_in(in_other_case)})


def _parts(sent: str) -> set[str]:
    return {part.strip() for part in sent.split(";")} - {""}


def _spelling(column: Column) -> Mapping[str, str]:
    """The dictionary's spelling by lower-case code, where only one code reads so."""
    codes = list(column.codes.codes) if column.codes else []
    lower = [code.lower() for code in codes]
    return {low: code for low, code in zip(lower, codes, strict=True) if lower.count(low) == 1}


def _where_lost(text: pl.Expr, column: Column, kind: str) -> pl.Expr:
    """The kind where there was text, and typing it left nothing."""
    return pl.when(text.is_not_null() & pl.col(column.name).is_null()).then(pl.lit(kind))


READERS: Mapping[ColumnType, Callable[[pl.Expr, Column], _Typed]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "datetime": _text,
    "boolean": _boolean,
    "code": _code,
}
