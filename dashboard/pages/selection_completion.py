"""Guidance, positions, planned and achieved margin, and completion imaging (2.4, 2.5)."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts_selection, counted_figures, states, words
from dashboard.charts_selection import REACHED, SHORT
from dashboard.data import View
from dashboard.figures import draw, footer, sentence, table
from dashboard.fitting import HALF
from sql.sentences import FEWEST_FOR_PERCENT
from sql.statistics.intervals import wilson

CELLS = {
    "planned_mm": "Planned, mm",
    "achieved_mm": "Achieved, mm",
    "lesions": "Lesions",
    "state": "Planned margin",
}


def completion(view: View, lesions: pl.DataFrame, sessions: pl.DataFrame) -> None:
    """Imaging that guided and completed procedures; positions and margins of lesions."""
    if not sessions.height:
        states.nothing("No procedure of this selection.")
        return
    left, right = st.columns(2)
    with left:
        _guidance(view, sessions)
    with right:
        _completed(view, sessions)
    if not lesions.height:
        return
    left, right = st.columns(2)
    with left:
        _positions(view, lesions)
    with right:
        _margins(view, lesions)


def _guidance(view: View, sessions: pl.DataFrame) -> None:
    st.markdown("**Guidance: procedures by imaging**")
    found = counted_figures.by_code(sessions["guidance"], "guidance")
    several = sessions.filter(pl.col("guidance").str.contains(";")).height
    counted_figures.figure(
        view,
        found,
        name="guidance",
        unit="procedures",
        reads=(
            f"Most often {counted_figures.most_often(found, 'procedure')}; {several} with more "
            "than one kind, counted in each."
        ),
        definition=counted_figures.fields("procedure", ["guidance"]),
    )


def _completed(view: View, sessions: pl.DataFrame) -> None:
    st.markdown("**Completion imaging: procedures by kind**")
    found = counted_figures.by_code(sessions["completion_imaging"], "completion_imaging")
    found = found.with_columns(pl.col("title").replace("None", "No imaging"))
    imaged = sessions.filter(pl.col("completion_imaging") != "NONE").height
    silent = sessions["completion_imaging"].null_count()
    counted_figures.figure(
        view,
        found,
        name="completion-imaging",
        unit="procedures",
        reads=(
            f"Imaged at the end in {imaged} of {words.counted(sessions.height, 'procedure')}; "
            f"not recorded in {silent}."
        ),
        definition=counted_figures.fields("procedure", ["completion_imaging"]),
    )


def _positions(view: View, lesions: pl.DataFrame) -> None:
    st.markdown("**Lesions by number of positions of the electrodes**")
    found = positions(lesions)
    known = lesions["n_positions"].drop_nulls()
    middle, most = known.quantile(0.5, "linear"), known.sort().tail(1).to_list()
    told = f"Median {middle:g}, most {most[0]}" if most else "Not recorded"
    counted_figures.figure(
        view,
        found,
        name="positions",
        unit="lesions",
        reads=(
            f"{told}; recorded in {len(known)} of {words.counted(lesions.height, 'lesion')}. "
            "More than one: the electrodes were pulled back or placed anew (2.5)."
        ),
        definition=counted_figures.fields("lesion_treatment", ["n_positions", "n_electrodes"]),
    )


def positions(lesions: pl.DataFrame) -> pl.DataFrame:
    """Lesions by number of positions: title, count, of; what is not recorded last."""
    counted = lesions.group_by("n_positions").len("count").sort("n_positions", nulls_last=True)
    names = [
        "Not recorded" if number is None else words.counted(number, "position")
        for number in counted["n_positions"]
    ]
    return counted.select(
        pl.Series("title", names, dtype=pl.String),
        pl.col("count").cast(pl.Int64),
        pl.lit(lesions.height, pl.Int64).alias("of"),
    )


def _margins(view: View, lesions: pl.DataFrame) -> None:
    st.markdown("**Margin: lesions by planned and smallest achieved margin**")
    text = margin_reading(lesions)
    sentence(text)
    cells = margin_cells(lesions)
    if cells.height:
        draw(charts_selection.margins, cells, reads=text)
    else:
        states.nothing("No lesion with both margins on record.")
    st.caption(
        "To the whole mm; a number counts the lesions that share a place. On the broken line "
        "and above, the planned margin was reached; below 0 mm part of the tumour was not covered."
    )
    with st.expander("Table"):
        table(cells, CELLS, reads=text, rows=10, share=HALF)
    columns = ["planned_margin_mm", "achieved_min_margin_mm"]
    footer(view, cells, "margins", counted_figures.fields("lesion_treatment", columns))


def _both_known(lesions: pl.DataFrame) -> pl.DataFrame:
    return lesions.drop_nulls(["planned_margin_mm", "achieved_min_margin_mm"])


def margin_cells(lesions: pl.DataFrame) -> pl.DataFrame:
    """Lesions by planned and achieved margin in whole mm, downwards: as `margins` draws them."""
    reached = pl.col("achieved_min_margin_mm") >= pl.col("planned_margin_mm")
    return (
        _both_known(lesions)
        .group_by(
            pl.col("planned_margin_mm").floor().alias("planned_mm"),
            pl.col("achieved_min_margin_mm").floor().alias("achieved_mm"),
            pl.when(reached).then(pl.lit(REACHED)).otherwise(pl.lit(SHORT)).alias("state"),
        )
        .agg(pl.len().cast(pl.Int64).alias("lesions"))
        .sort("planned_mm", "achieved_mm", "state")
    )


def margin_reading(lesions: pl.DataFrame) -> str:
    """Medians of both margins, and in how many lesions the planned one was reached."""
    known = _both_known(lesions)
    if not known.height:
        return f"Both margins recorded in none of {words.counted(lesions.height, 'lesion')}."
    reached = known.filter(pl.col("achieved_min_margin_mm") >= pl.col("planned_margin_mm")).height
    open_ = known.filter(pl.col("achieved_min_margin_mm") < 0).height
    share = ""
    if known.height >= FEWEST_FOR_PERCENT:
        lower, upper = (float(limit) for limit in wilson(reached, known.height))
        limits = words.interval(lower, upper)
        share = f", {words.percent(reached / known.height)} (95 % interval {limits})"
    return (
        f"Planned margin reached in {reached} of {words.counted(known.height, 'lesion')}{share}: "
        f"median planned {_median(known, 'planned_margin_mm'):.1f} mm, achieved "
        f"{_median(known, 'achieved_min_margin_mm'):.1f} mm; negative in {open_}; not recorded "
        f"in {lesions.height - known.height} of {lesions.height}."
    )


def _median(known: pl.DataFrame, column: str) -> float:
    return float(known[column].quantile(0.5, "linear") or 0.0)
