"""A figure: the sentence that reads it, chart, table, definition and download."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal, Protocol

import polars as pl
import streamlit as st

from dashboard import downloads, pictures, states
from dashboard.columns import RIGHT
from dashboard.data import View
from dashboard.fitting import ONE_LINE, fitted, short_digest, shortened
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
    share: float = 1,
    aside: Sequence[str] = (),
) -> None:
    """The chosen columns under plain headings; numbers right, dates as people read them.

    Args:
        columns: column of the frame to its heading, in order.
        rows: how many rows to show before the table scrolls.
        share: of the page's width, the part that the table stands on.
        aside: columns that the page has no room for: shown on demand, and in the download.
    """
    kinds, gaps = frame.schema, set(_gaps(frame, columns))
    shown = frame.select(
        _told(name, kinds[name], name in gaps).alias(title) for name, title in columns.items()
    )
    numbers = RIGHT | {columns[name] for name in gaps}
    order = [title for name, title in columns.items() if name not in aside]
    fit = fitted(shown.select(order), numbers, share)
    shown = shortened(shown, fit)
    high = fit.row
    tall: int | Literal["content"] = "content"
    if rows is not None and frame.height > rows:
        # More follows: half a row ends the view, so that nothing looks complete that is not.
        tall = high * rows + high // 2 + ONE_LINE
    # As Arrow: what Streamlit makes of any other frame goes through pandas, at ten times the time.
    st.dataframe(
        shown.to_arrow(compat_level=pl.CompatLevel.oldest()),
        hide_index=True,
        column_config={
            title: _setting(kind, fit.widths.get(title), title in numbers)
            for title, kind in shown.schema.items()
        },
        column_order=order,
        height=tall,
        row_height=high,
        placeholder="–",
        alt=reads,
        key=key,
    )
    if aside:
        named = ", ".join(columns[name] for name in aside)
        st.caption(f"More columns, by *Show/hide columns* above the table: {named}.")


def _setting(kind: pl.DataType, width: int | None, is_number: bool) -> Any:
    """How a column is shown; a day and a moment as people read them."""
    if kind == pl.Date:
        return st.column_config.DateColumn(width=width, format="D MMM YYYY")
    if isinstance(kind, pl.Datetime):
        return st.column_config.DatetimeColumn(
            width=width, format="D MMM YYYY, HH:mm", timezone="Europe/London"
        )
    if is_number:
        return st.column_config.TextColumn(width=width, alignment="right")
    return st.column_config.Column(width=width)


def _told(name: str, kind: pl.DataType, has_gaps: bool) -> pl.Expr:
    if kind == pl.Boolean:
        return pl.when(pl.col(name)).then(pl.lit("yes")).otherwise(pl.lit("no"))
    if kind == pl.String:
        return short_digest(pl.col(name)).fill_null("–")
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
