"""Columns of a large file as codes of their distinct values: what is asked is asked once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl
from polars import selectors


@dataclass(frozen=True)
class Coded:
    """The values of a column, each once, and for each row the place of its value (or null)."""

    values: pl.Series
    places: pl.Series

    def spread(self, of_values: pl.Series) -> pl.Series:
        """What is said of each value, said of each row."""
        return of_values.gather(self.places)


def is_coded(column: pl.Series) -> bool:
    return isinstance(column.dtype, pl.Categorical)


def coded(column: pl.Series) -> Coded:
    """A coded column's values as text, and its places among them.

    A value may stand in no row: what is said of one must be asked of the rows again.
    """
    assert isinstance(column.dtype, pl.Categorical)
    return Coded(column.dtype.categories.to_series(), column.to_physical())


def distinct(column: pl.Series) -> pl.Series:
    """The values of a column as text, each once; of a coded one, some may stand in no row."""
    return coded(column).values if is_coded(column) else column.unique()


def by_value(column: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The column changed value by value; a coded one that gives text stays coded."""
    if not is_coded(column):
        return change(column).alias(column.name)
    found = coded(column)
    changed = change(found.values)
    if changed.dtype == pl.String:
        return recoded(column, found, changed)
    return found.spread(changed).alias(column.name)


def recoded(column: pl.Series, found: Coded, text: pl.Series) -> pl.Series:
    """A coded column with other text for its values; where none differs, the column itself."""
    if text.equals(found.values):
        return column
    return found.spread(as_codes(text)).alias(column.name)


def as_codes(text: pl.Series) -> pl.Series:
    """Text as codes of a list of its own."""
    return text.cast(pl.Categorical(pl.Categories.random()))


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The same cells without codes."""
    return frame.with_columns(selectors.categorical().cast(pl.String))


def columns_with(
    frame: pl.DataFrame, names: Iterable[str], pattern: str, least: int = 1
) -> list[str]:
    """The columns in which the pattern is found, in a cell of at least so many bytes."""
    wanted = list(names)
    plain = [name for name in wanted if not is_coded(frame[name])]
    # One pass for all plain columns: a pass a column costs more than its work.
    lengths = frame.select(pl.col(plain).str.len_bytes().max()).row(0, named=True) if plain else {}
    long = [name for name, longest in lengths.items() if (longest or 0) >= least]
    found = frame.select(_with(pl.col(name), pattern, least).any() for name in long)
    at_fault = {name for name in long if found[name].any()}
    for name in set(wanted) - set(plain):
        if coded(frame[name]).values.str.contains(pattern).any():
            at_fault.add(name)
    return [name for name in wanted if name in at_fault]


def _with(text: pl.Expr, pattern: str, least: int) -> pl.Expr:
    return text.filter(text.str.len_bytes() >= least).str.contains(pattern)


def rows_with(frame: pl.DataFrame, name: str, pattern: str) -> pl.DataFrame:
    """The rows in whose column the pattern is found, as text."""
    is_found = by_value(frame[name], lambda text: text.str.contains(pattern))
    return as_text(frame.filter(is_found))
