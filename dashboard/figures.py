"""A figure: the sentence that reads it, chart, table, definition and download."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from math import ceil
from typing import Any, Protocol

import polars as pl
import streamlit as st

from dashboard import downloads, pictures, states
from dashboard.columns import CUT, RIGHT, WIDTHS
from dashboard.data import View
from dashboard.layers import Layered, arrow
from dashboard.remembered import Answers
from dashboard.unfolding import unfolds
from dashboard.words import clauses, day, held, plain
from sql.methods import methods


class Chart(Protocol):
    """A function that takes a frame and returns a chart."""

    __name__: str

    def __call__(self, *args: Any, **options: Any) -> Layered: ...


def sentence(text: str) -> None:
    """The reading of a figure; holds names that others gave, so never as Markdown."""
    st.text(held(text))


ROW = 36  # pixels
# Of a row whose cells wrap (from 64 pixels on), and of the letters in it.
LINE, PADDING, LETTER = 20, 8, 8
FEWEST_LINES, MOST_LINES = 3, 6
SHORT, WIDEST = 40, 480  # pixels of a column's text that any width holds, and the most
CAPITAL, DIGIT, SMALL, OTHER = 9, 8, 7, 5  # pixels of a letter; a space or a comma is another


def draw(
    chart: Chart, frame: pl.DataFrame, *, reads: str, is_given: bool = True, **options: Any
) -> None:
    """Draw a chart from a spec that is built once for equal data.

    Args:
        reads: the sentence that stands for the chart where it cannot be seen.
        is_given: False for what does not rest on the release shown: no file of it is offered.
    """
    drawn = arrow(frame)
    # Keyed by the data themselves: who may see equal data may see an equal chart.
    key = (chart.__name__, sha256(drawn).digest(), repr(sorted(options.items())))
    spec = SPECS.of(key, lambda: chart(frame, **options).sent())
    if is_given:
        pictures.draw(lambda: chart(frame, **options).to_dict(), reads)
    st.vega_lite_chart(spec, theme=None, width="stretch", alt=reads)


SPECS = Answers(2000)  # as many charts as those answers make


def table(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    reads: str,
    key: str | None = None,
    rows: int | None = None,
    wraps: bool = False,
) -> None:
    """The chosen columns under plain headings; numbers right, dates as people read them.

    Args:
        columns: column of the frame to its heading, in order.
        rows: how many rows to show before the table scrolls.
        wraps: True where a cell holds a sentence: rows are as high as the longest needs.
    """
    kinds, gaps = frame.schema, set(_gaps(frame, columns))
    shown = frame.select(
        _told(name, kinds[name], name in gaps).alias(title) for name, title in columns.items()
    )
    settings: dict[str, Any] = {}
    high = _wrapped(shown) if wraps else ROW
    shown = shown.with_columns(_as_held(t) for t in _sentences(shown)) if wraps else shown
    numbers = {columns[name] for name in gaps}
    for title, kind in shown.schema.items():
        if title in RIGHT or title in numbers:
            settings[title] = st.column_config.TextColumn(alignment="right")
        elif (width := _width(shown[title], title, wraps)) is not None:
            settings[title] = st.column_config.TextColumn(width=width)
        elif kind == pl.Date:
            settings[title] = st.column_config.DateColumn(format="D MMM YYYY")
        elif isinstance(kind, pl.Datetime):
            settings[title] = st.column_config.DatetimeColumn(
                format="D MMM YYYY, HH:mm", timezone="Europe/London"
            )
    # As Arrow: what Streamlit makes of any other frame goes through pandas, at ten times the time.
    st.dataframe(
        shown.to_arrow(compat_level=pl.CompatLevel.oldest()),
        hide_index=True,
        column_config=settings,
        # Where more follows, half a row ends the view: nothing looks complete that is not.
        height="content" if rows is None or frame.height <= rows else high * rows + high // 2 + ROW,
        row_height=high,
        placeholder="–",
        alt=reads,
        key=key,
    )


def _width(cells: pl.Series, title: str, wraps: bool) -> int | None:
    """The width that a column needs; None where the browser finds it.

    The browser leaves cells that are much longer than the others out of its measure, and so
    would cut the one signature among dashes.
    """
    if cells.dtype != pl.String:
        return None
    least = WIDTHS.get(title)
    if (wraps and least is not None) or title in CUT:
        return least
    wide = _pixels(cells)
    longest, usual = max(wide, default=0), sum(wide) / max(len(wide), 1)
    if least is None and longest <= max(SHORT, 1.5 * usual):
        return None
    return max(least or 0, min(WIDEST, longest + 2 * PADDING))


def _pixels(cells: pl.Series) -> list[int]:
    """How wide each text is, at most, by its kinds of letters."""
    return [sum(map(_letter, text)) for text in cells.to_list()]


@cache
def _letter(one: str) -> int:
    if not one.isascii() or one.isupper():
        return CAPITAL
    return DIGIT if one.isdigit() else SMALL if one.islower() else OTHER


def _wrapped(shown: pl.DataFrame) -> int:
    """The height of a row in which the longest text of a column of fixed width is not cut."""
    lines = [
        ceil(len(text) * LETTER / WIDTHS[title])
        for title in _sentences(shown)
        for text in shown[title].drop_nulls().unique()
    ]
    return LINE * min(MOST_LINES, max([FEWEST_LINES, *lines])) + PADDING


def _sentences(shown: pl.DataFrame) -> list[str]:
    return [t for t, kind in shown.schema.items() if t in WIDTHS and kind == pl.String]


def _as_held(title: str) -> pl.Expr:
    """A text as the highest row holds it, a sign where it is cut; the download has it whole."""
    most = MOST_LINES * (WIDTHS[title] - 2 * PADDING) // (LETTER - 1)
    whole = pl.col(title)
    cut = whole.str.slice(0, most - 2).str.replace(r"\s+\S*$", "") + " …"
    return pl.when(whole.str.len_chars() > most).then(cut).otherwise(whole)


def _told(name: str, kind: pl.DataType, has_gaps: bool) -> pl.Expr:
    if kind == pl.Boolean:
        return pl.when(pl.col(name)).then(pl.lit("yes")).otherwise(pl.lit("no"))
    if kind == pl.String:
        return pl.col(name).fill_null("–")
    return pl.col(name).cast(pl.String).fill_null("–") if has_gaps else pl.col(name)


def _gaps(frame: pl.DataFrame, names: Iterable[str]) -> list[str]:
    """The columns of whole numbers that have gaps: shown as text, with a dash for a gap."""
    kinds = frame.schema
    return [name for name in names if kinds[name].is_integer() and frame[name].has_nulls()]


def download(view: View, frame: pl.DataFrame, name: str) -> None:
    """What gives the table as CSV and as a workbook, and the charts above it as pictures."""
    stood = () if view.past is None else (f"As it stood on {day(view.past.day)}",)
    downloads.of_figure(view, frame, name, pictures.drawn(*stood, _rests_on(view)))


def _rests_on(view: View) -> str:
    release = view.release
    return f"Data to {day(release.data_date)}, release {release.number}" if release else ""


def footer(
    view: View, frame: pl.DataFrame, name: str, definition: Callable[[], None] | None
) -> None:
    """The line under a figure: definition, download, and what its numbers rest on."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if definition is not None:
            unfolds("Definition", definition, key=f"definition {name}")
        download(view, frame, name)
        st.caption(_rests_on(view))


def indicator_definition(view: View, indicator_id: str) -> Callable[[], None]:
    """What draws the definition of an indicator: text, population, benchmark, provenance."""

    def show() -> None:
        entry = definition_of(view, indicator_id)
        if entry is None:
            states.nothing("This indicator is not defined in the release served.")
            return
        describe(entry)

    return show


def drawn_by(view: View, indicator_id: str, function: str) -> Callable[[], None]:
    """What draws the definition of a chart: its indicator, and the method that makes it.

    Args:
        function: of the method, as methods.toml names it: spc.g_chart.
    """

    def show() -> None:
        indicator_definition(view, indicator_id)()
        for one in methods():
            if function in one.functions:
                st.markdown(f"**{plain(one.title)}** {plain(one.text)}")
                st.caption(plain(f"Source: {one.source}"))

    return show


def definition_of(view: View, indicator_id: str) -> Mapping[str, Any] | None:
    return view.reader.definitions().get(indicator_id)


def describe(entry: Mapping[str, Any]) -> None:
    """An indicator's entry in words."""
    lines = [f"**{entry['id']} {plain(entry['title'])}**"]
    for label, name in DESCRIBED.items():
        value = entry.get(name)
        if value in (None, ""):
            continue
        told = clauses(str(value).split()) if name == "clause" else str(value)
        lines.append(f"**{label}** {plain(told)}")
    if "[M]" in str(entry.get("provenance") or ""):
        lines.append("**To be verified** Part of this entry rests on knowledge not yet re-read.")
    st.markdown("\n\n".join(lines))


DESCRIBED: Mapping[str, str] = {
    "Definition": "definition",
    "Counted": "numerator",
    "Out of": "denominator",
    "Not counted where": "not_eligible",
    "Measured in": "measured_in",
    "Benchmark": "benchmark",
    "Source of the benchmark": "source",
    "Case mix of the benchmark": "case_mix",
    "Clause of the guidance": "clause",
    "Version": "version",
    "Author": "author",
    "Reviewed by": "reviewer",
}
