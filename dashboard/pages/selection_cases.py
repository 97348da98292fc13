"""Case selection: size against distance, position, alternatives and why not thermal ablation."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts_selection, choices, counted_figures, links, states, words
from dashboard.charts_selection import BOTH, NOT_BOTH, OPEN
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from sql.sentences import FEWEST_FOR_PERCENT, interval, percent
from sql.statistics.intervals import wilson
from sql.technique import NARROWER_MM, small_and_near

SMALL_AND_NEAR = "C9"
MANY_POINTS = 1500  # from so many lesions on they are drawn to the whole mm
COLUMNS = {
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Day",
    "lesion_id": "Lesion",
    "max_diameter_mm": "Diameter, mm",
    "dist_vessel_mm": "To vessel, mm",
    "vessel": "Vessel",
    "dist_bile_duct_mm": "To duct, mm",
    "duct": "Bile duct",
    "state": "Small and near",
}
STATE = {True: BOTH, False: NOT_BOTH, None: OPEN}


def selected(view: View, chosen: Selection, lesions: pl.DataFrame) -> None:
    """The lesions by size and distance; by segment; what else was considered."""
    if not lesions.height:
        states.nothing("No lesion of this selection was treated for the first time.")
        return
    _size_and_distance(view, lesions)
    left, right = st.columns([2, 3])
    considered = view.reader.considered(period=chosen.period, site=chosen.site, **chosen.case_mix)
    with left:
        _position(view, lesions)
    with right:
        _considered(
            view,
            considered.filter(kind="considered"),
            "Alternatives that the multidisciplinary team (MDT) considered, by procedure",
            "alternatives_considered",
        )
        _considered(
            view,
            considered.filter(kind="reason"),
            "Why not thermal ablation, by procedure",
            "thermal_unsuitable_reason",
        )


def _size_and_distance(view: View, lesions: pl.DataFrame) -> None:
    st.markdown("**Lesions by size and distance to the nearest vessel or bile duct**")
    near = near_mm(view)
    within = _within(near)
    judged = judged_lesions(lesions, within)
    text = reading(judged, within)
    sentence(text)
    drawn = points(judged)
    if drawn.height:
        draw(charts_selection.size_and_distance, drawn, reads=text, within=within)
    missing = lesions.height - int(drawn["lesions"].sum())
    note = f" Not drawn, as a size or distance is missing: {missing}." if missing else ""
    st.caption(
        "Under 30 mm is strict: 30.0 mm is not under. Next to is not defined by the guidance: "
        f"{near:g} mm is the registry's policy, {NARROWER_MM:g} mm the narrower reading.{note}"
    )
    with st.expander("Table: lesions"):
        aside = ("procedure_date",)
        table(judged, COLUMNS, reads="Lesions by size and distance", rows=10, aside=aside)
        links.to_records(judged, "lesions")
    footer(view, judged.select(*COLUMNS), "lesions", indicator_definition(view, SMALL_AND_NEAR))


def near_mm(view: View) -> float:
    """What the registry's policy of the data date calls next to."""
    named = view.reader.policy().filter(pl.col("name") == "near_mm")
    begun = named.filter(pl.col("since") <= view.reader.release().data_date)
    return float((begun if begun.height else named)["value"][-1 if begun.height else 0])


def _within(near: float) -> float:
    named = {f"{mm:g}": f"{mm:g} mm" for mm in (near, NARROWER_MM)}
    said, first = "Next to a vessel or bile duct", next(iter(named))
    return float(choices.picked("near", said, named, first, is_always_said=True))


def judged_lesions(lesions: pl.DataFrame, within: float) -> pl.DataFrame:
    """The lesions with state, and vessel and bile duct in words."""
    found = small_and_near(lesions, within)
    said = {name: counted_figures.titles(name) for name in ("nearest_vessel", "nearest_duct")}
    return found.with_columns(
        pl.Series("state", [STATE[one] for one in found["is_small_and_near"]], dtype=pl.String),
        pl.col("nearest_vessel").replace(said["nearest_vessel"]).alias("vessel"),
        pl.col("nearest_duct").replace(said["nearest_duct"]).alias("duct"),
    )


def points(judged: pl.DataFrame) -> pl.DataFrame:
    """What `charts_selection.size_and_distance` draws: lesions of known size and distance."""
    known = judged.filter(
        pl.col("nearest_mm").is_not_null() & pl.col("max_diameter_mm").is_not_null()
    )
    places = 0 if known.height > MANY_POINTS else 1
    return (
        known.group_by(
            # Downwards, so that no lesion is drawn across a line that parts it.
            (pl.col("nearest_mm") * 10**places).ceil().truediv(10**places).alias("distance_mm"),
            (pl.col("max_diameter_mm") * 10**places).floor().truediv(10**places).alias("size_mm"),
            "state",
        )
        .agg(pl.len().cast(pl.Int64).alias("lesions"))
        .sort("distance_mm", "size_mm", "state")
    )


def reading(judged: pl.DataFrame, within: float) -> str:
    """How many lesions are small and near; per cent and interval of those that tell."""
    both = judged.filter(pl.col("state") == BOTH).height
    open_ = judged.filter(pl.col("state") == OPEN).height
    known = judged.height - open_
    if not known:
        return f"Size and distance tell in none of {words.counted(judged.height, 'lesion')}."
    said = f"{both} of {words.counted(known, 'lesion')} under 30 mm and within {within:g} mm"
    if known >= FEWEST_FOR_PERCENT:
        lower, upper = (float(limit) for limit in wilson(both, known))
        said += f", {percent(both / known)} (95 % interval {interval(lower, upper)})"
    else:
        said += f"; a per cent from {FEWEST_FOR_PERCENT} lesions on"
    return f"{said}; size or distance does not tell in {open_} of {judged.height}."


def _position(view: View, lesions: pl.DataFrame) -> None:
    st.markdown("**Position: lesions by Couinaud segment**")
    found = counted_figures.by_code(lesions["segment"], "segment")
    several = lesions.filter(pl.col("segment").str.contains(";")).height
    counted_figures.figure(
        view,
        found,
        name="segments",
        unit="lesions",
        reads=(
            f"Most often in {counted_figures.most_often(found, 'lesion')}; {several} in more "
            "than one segment, counted in each."
        ),
        definition=counted_figures.fields("lesion", ["segment"]),
    )


def _considered(view: View, found: pl.DataFrame, title: str, column: str) -> None:
    st.markdown(f"**{title}**")
    counted = found.select(
        pl.Series("title", [words.opened(one) for one in found["title"]], dtype=pl.String),
        pl.col("procedures").alias("count"),
        "of",
    )
    told = found.filter(pl.col("code").is_not_null())
    procedures = int(found["of"][0]) if found.height else 0
    tied = told.filter(pl.col("procedures") == pl.col("procedures").max())
    most = (
        f"most often {words.joined([words.lowered(one) for one in tied['title']])}, in "
        f"{tied['procedures'][0]}{' each' if tied.height > 1 else ''}"
        if tied.height
        else "nothing is recorded"
    )
    silent = int(found.filter(pl.col("code").is_null())["procedures"].sum())
    counted_figures.figure(
        view,
        counted,
        name=column.replace("_", "-"),
        unit="procedures",
        reads=(
            f"Of {words.counted(procedures, 'procedure')}, {most}; not recorded in {silent}. "
            "A procedure counts in each that its MDT named."
        ),
        definition=counted_figures.fields("mdt_review", [column]),
    )
