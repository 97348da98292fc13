"""Text to types: what cannot be typed becomes a null and a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from expectations.dictionary import Column, ColumnType, Table
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
NULL_WORDS = ("NULL", "N/A", "NA", "-")  # domain.md 1: an empty cell is the only null
SENTINEL_DATES = ("1900-01-01", "9999-12-31")
NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
WHOLE = r"^-?[0-9]+(\.0+)?$"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DAY_FIRST = r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$"
BOOLEANS = {"Y": True, "YES": True, "TRUE": True, "1": True,
            "N": False, "NO": False, "FALSE": False, "0": False}  # fmt: skip
FINDINGS = {"rule": pl.String, LINE: pl.Int64, "column_name": pl.String}


@dataclass(frozen=True)
class _Typed:
    """One column: its values, the kind of finding by row (null: none), what was read."""

    values: pl.Series
    kinds: pl.Series
    notices: Mapping[str, int]


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
    lines = raw.frame.get_column(LINE)
    typed: list[pl.Series] = []
    findings: list[pl.DataFrame] = []
    notices: list[str] = []
    for column in table.columns.values():
        if column.name not in raw.frame.columns:
            nulls = pl.Series(column.name, [None], dtype=POLARS_TYPES[column.type])
            typed.append(nulls.new_from_index(0, raw.frame.height))
            continue
        read = _typed(raw.frame.get_column(column.name), column)
        typed.append(read.values.alias(column.name))
        findings.append(_findings(read.kinds, lines, table, column))
        for code, count in read.notices.items():
            if count:
                words = {"table": table.name, "column": column.name, "count": count}
                notices.append(notice(code, **words))
    found = pl.concat([pl.DataFrame(schema=FINDINGS), *findings])
    return pl.DataFrame([*typed, lines]), found, tuple(notices)


def _findings(kinds: pl.Series, lines: pl.Series, table: Table, column: Column) -> pl.DataFrame:
    rule = pl.lit(f"{table.name}.{column.name}.") + pl.col("kind")
    return (
        pl.DataFrame({"kind": kinds, LINE: lines})
        .filter(pl.col("kind").is_not_null())
        .select(rule.alias("rule"), LINE, pl.lit(column.name).alias("column_name"))
    )


def _typed(text: pl.Series, column: Column) -> _Typed:
    codes = column.codes.codes if column.codes else {}
    words = [w for w in NULL_WORDS if w not in {code.upper() for code in codes}]
    is_word = text.str.to_uppercase().is_in(words).fill_null(False)
    kind = "NUMBER" if column.type in ("integer", "decimal") else "TYPE"
    read = READERS[column.type](text.set(is_word, None), column)
    kinds = read.kinds.to_frame("k").select(
        pl.when(pl.lit(is_word)).then(pl.lit(kind)).otherwise(pl.col("k"))
    )
    return _Typed(read.values, kinds.to_series(), read.notices)


def _text(text: pl.Series, column: Column) -> _Typed:
    is_ascii = text.str.len_bytes().sum() == text.str.len_chars().sum()
    values = text if column.free_text or is_ascii else text.str.normalize("NFC")
    return _Typed(values, _no_kinds(text), {})


def _integer(text: pl.Series, column: Column) -> _Typed:
    is_whole = text.str.contains(WHOLE)
    values = text.set(~is_whole, None).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
    return _Typed(values, _where(text.is_not_null() & values.is_null(), "NUMBER"), {})


def _decimal(text: pl.Series, column: Column) -> _Typed:
    is_number = text.str.contains(NUMBER)
    cast = text.set(~is_number, None).cast(pl.Float64, strict=False)
    values = cast.set(cast.is_infinite(), None)
    return _Typed(values, _where(text.is_not_null() & values.is_null(), "NUMBER"), {})


def _date(text: pl.Series, column: Column) -> _Typed:
    cells = pl.DataFrame({"text": text})
    sent = pl.col("text")
    day_first = sent.str.slice(6, 4) + "-" + sent.str.slice(3, 2) + "-" + sent.str.slice(0, 2)
    shaped = cells.select(
        is_iso=sent.str.contains(ISO),
        is_day_first=sent.str.contains(DAY_FIRST),
        iso=pl.when(sent.str.contains(DAY_FIRST)).then(day_first).otherwise(sent),
    )
    iso = pl.col("iso")
    has_shape = pl.col("is_iso") | pl.col("is_day_first")
    month, day = iso.str.slice(5, 2), iso.str.slice(8, 2)
    is_month_first = pl.col("is_day_first") & (month > "12") & (day <= "12")
    dated = shaped.with_columns(
        value=pl.when(has_shape & ~iso.is_in(SENTINEL_DATES) & (iso.str.slice(0, 4) > "0000"))
        .then(iso)
        .str.to_date("%Y-%m-%d", strict=False)
    )
    kinds = dated.select(
        pl.when(iso.is_null() | pl.col("value").is_not_null())
        .then(None)
        .when(~has_shape | is_month_first)
        .then(pl.lit("DATE_FORMAT"))
        .otherwise(pl.lit("DATE_IMPOSSIBLE"))
    )
    read_day_first = dated.filter(pl.col("is_day_first") & pl.col("value").is_not_null())
    return _Typed(
        dated.get_column("value"), kinds.to_series(), {"DAY_FIRST": read_day_first.height}
    )


def _boolean(text: pl.Series, column: Column) -> _Typed:
    upper = text.str.to_uppercase()
    values = upper.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
    other = (values.is_not_null() & ~text.is_in(["Y", "N"])).sum()
    kinds = _where(text.is_not_null() & values.is_null(), "TYPE")
    return _Typed(values, kinds, {"BOOLEAN_WORDS": int(other or 0)})


def _code(text: pl.Series, column: Column) -> _Typed:
    spelling = _spelling(column)
    return _respelled(text, lambda sent: spelling.get(sent.casefold(), sent))


def _set(text: pl.Series, column: Column) -> _Typed:
    spelling = _spelling(column)

    def spelled(sent: str) -> str | None:
        parts = {spelling.get(part.casefold(), part) for part in _parts(sent)}
        return ";".join(sorted(parts)) or None

    return _respelled(text, spelled)


def _parts(sent: str) -> set[str]:
    return {part.strip() for part in sent.split(";")} - {""}


def _respelled(text: pl.Series, spelled: Callable[[str], str | None]) -> _Typed:
    """Each distinct value is spelled once: a million rows hold few codes."""
    distinct = text.drop_nulls().unique().to_list()
    changed = {sent: spelled(sent) for sent in distinct if spelled(sent) != sent}
    values = text.replace(changed) if changed else text
    in_other_case = [sent for sent, read in changed.items() if _parts(sent) != _parts(read or "")]
    count = int(text.is_in(in_other_case).sum()) if in_other_case else 0
    return _Typed(values, _no_kinds(text), {"CODE_CASE": count})


def _spelling(column: Column) -> Mapping[str, str]:
    """The dictionary's spelling by folded code, where only one code folds so."""
    codes = list(column.codes.codes) if column.codes else []
    folded = [code.casefold() for code in codes]
    return {f: code for f, code in zip(folded, codes, strict=True) if folded.count(f) == 1}


def _no_kinds(text: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, text.len())


def _where(is_at_fault: pl.Series, kind: str) -> pl.Series:
    frame = pl.DataFrame({"at_fault": is_at_fault.fill_null(False)})
    return frame.select(pl.when(pl.col("at_fault")).then(pl.lit(kind))).to_series()


READERS: Mapping[ColumnType, Callable[[pl.Series, Column], _Typed]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "datetime": _text,
    "boolean": _boolean,
    "code": _code,
    "set": _set,
}
