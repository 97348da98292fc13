"""Figures of counts: one sentence, bars, their table, definition and download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import polars as pl
import streamlit as st

from dashboard import charts, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, sentence, table
from dashboard.fitting import HALF
from expectations.dictionary import code_lists, tables
from sql.sentences import FEWEST_FOR_PERCENT

NOT_RECORDED = "not recorded"


def by_code(sets: pl.Series, code_list: str) -> pl.DataFrame:
    """How many of the sets hold each code, in the order of the list; of all, what is silent.

    Args:
        sets: codes joined by ;, null where nothing is recorded.

    Returns:
        title, count, of; a set counts in each of its codes.
    """
    held: Counter[str] = Counter()
    for one, count in sets.value_counts().iter_rows():
        for code in set(one.split(";")) if one else {NOT_RECORDED}:
            held[code] += count
    found = [(title, held[code]) for code, title in titles(code_list).items()]
    silent = held[NOT_RECORDED]
    rows = [*found, *([(words.opened(NOT_RECORDED), silent)] if silent else [])]
    return pl.DataFrame(
        [(title, count, len(sets)) for title, count in rows],
        schema={"title": pl.String, "count": pl.Int64, "of": pl.Int64},
        orient="row",
    )


def figure(
    view: View,
    counted: pl.DataFrame,
    *,
    name: str,
    unit: str,
    reads: str,
    definition: Callable[[], None],
) -> None:
    """Bars of counts, each with n/N and per cent, and the same as a table.

    Args:
        counted: title, count, of. unit: what is counted, in the plural: "lesions".
    """
    sentence(reads)
    shown = with_shares(counted)
    drawn = shown.filter(pl.col("count") > 0)
    if not drawn.height:
        states.nothing(f"No {unit} of this selection to count.")
        return
    rows = drawn.select(
        pl.col("title").alias("label"),
        pl.concat_str("title", pl.lit(": "), "n_of", "share").alias("said"),
        "count",
    )
    draw(charts.count_rows, rows, reads=reads, axis=words.opened(unit))
    with st.expander("Table"):
        headings = {"title": "What", "n_of": "n/N", "percent": "%"}
        table(shown, headings, reads=reads, share=HALF)
    footer(view, shown.select("title", "count", "of"), name, definition)


def most_often(counted: pl.DataFrame, unit: str) -> str:
    """What counts most, all of it where several tie: segment 5 and segment 6: 14 each of 61.

    Args:
        counted: title, count, of. unit: what is counted, in the singular: "lesion".
    """
    most = counted.filter(pl.col("count") == pl.col("count").max())
    count, of = most["count", "of"].row(0)
    tied = [words.lowered(title) for title in most["title"]] if count else ["none"]
    each = " each" if len(tied) > 1 else ""
    return f"{words.joined(tied)}: {count}{each} of {words.counted(of, unit)}"


def titles(code_list: str) -> dict[str, str]:
    """Code to its plain words."""
    return dict(code_lists()[code_list].codes)


def with_shares(counted: pl.DataFrame) -> pl.DataFrame:
    """The counts with n_of, percent (a dash under n = 10) and share (as it follows n/N)."""
    rows = list(counted.select("count", "of").iter_rows())
    percents = [
        words.percent(count / of) if of >= FEWEST_FOR_PERCENT else "–" for count, of in rows
    ]
    return counted.with_columns(
        pl.Series("n_of", [words.share(count, of) for count, of in rows], dtype=pl.String),
        pl.Series("percent", percents, dtype=pl.String),
        pl.Series("share", ["" if p == "–" else f", {p}" for p in percents], dtype=pl.String),
    )


def fields(table_name: str, columns: Sequence[str], note: str = "") -> Callable[[], None]:
    """What draws the definition of a figure: the fields that it is made of, and a note."""

    def show() -> None:
        lines = []
        for column in (tables()[table_name].columns[name] for name in columns):
            unit = f", {column.unit}" if column.unit else ""
            told = f"{column.title}{unit} (HTG532 {words.clauses(column.clause)})"
            lines.append(f"**{words.plain(column.name)}** {words.plain(told)}")
        st.markdown("\n\n".join([*lines, *([words.plain(note)] if note else [])]))

    return show
