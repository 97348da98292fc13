"""Complications: how severe and of which kind; by ECG synchronisation, by case number."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, counted_figures, states, words
from dashboard.columns import OF_KNOWN
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.fitting import HALF
from sql.reader_splits import Split
from sql.sentences import FEWEST_FOR_PERCENT

ARRHYTHMIA = "S3_1"
RELATION_ORDER = {
    "Definite": 0,
    "Probable": 1,
    "Possible": 2,
    "Unlikely": 3,
    "Unrelated": 4,
    "Not known": 5,
}
GRADED, KINDS = ("clavien_dindo", "relatedness"), ("nice_category", "subtype")
SUBTYPES = {"subtype": "Subtype", "count": "Number", "category": "Of the category"}
PARTS = {
    "part_text": "Group",
    "n_of": OF_KNOWN,
    "said": "% (95 % interval)",
    "unknown": "Not known",
}


def severity(view: View, listed: pl.DataFrame) -> None:
    """By grade and relation to the procedure, and by subtype."""
    if not listed.height:
        states.nothing("No complication in this selection.")
        return
    counted = _by_grade(listed)
    text = _reading(listed)
    sentence(text)
    left, right = st.columns([4, 5])  # the subtypes need a little more than half a page
    with left:
        st.markdown("**By Clavien-Dindo grade and relation to the procedure**")
        draw(charts.severity, counted, reads=text)
        order = counted.unique("relatedness").sort("position")["relatedness"]
        if len(order) > 1:
            st.caption(f"From the left: {', '.join(order)}. The table has each number.")
        with st.expander("Table: grade by relation"):
            grades = _crossed(counted)
            names = {name: name for name in grades.columns if name != "grade"}
            table(
                grades,
                {"grade": "Grade"} | names,
                reads="Complications by grade and relation",
                share=4 / 9,
            )
        footer(
            view, counted.drop("position"), "grades", counted_figures.fields("complication", GRADED)
        )
    with right:
        st.markdown("**By subtype**")
        subtypes = (
            listed.group_by("category", "subtype")
            .len("count")
            .sort(["count", "category", "subtype"], descending=[True, False, False])
        )
        table(subtypes, SUBTYPES, reads="Complications by subtype", rows=14, share=5 / 9)
        footer(view, subtypes, "subtypes", counted_figures.fields("complication", KINDS))


def _by_grade(listed: pl.DataFrame) -> pl.DataFrame:
    position = pl.col("relatedness").replace_strict(RELATION_ORDER, default=len(RELATION_ORDER))
    return (
        listed.with_columns(
            pl.col("grade").fill_null("not graded"),
            pl.col("relatedness").fill_null("Not known"),
        )
        .group_by("grade", "relatedness")
        .len("count")
        .with_columns(position.alias("position"))
        .sort("grade", "position")
    )


def _crossed(counted: pl.DataFrame) -> pl.DataFrame:
    order = counted.sort("position")["relatedness"].unique(maintain_order=True).to_list()
    wide = counted.pivot(on="relatedness", index="grade", values="count").fill_null(0)
    return wide.select("grade", *order).with_columns(
        pl.sum_horizontal(pl.col(name) for name in order).alias("All")
    )


def _reading(listed: pl.DataFrame) -> str:
    major = listed.filter(pl.col("grade").str.contains("^(III|IV|V)"))
    related = listed.filter(pl.col("relatedness").is_in(["Definite", "Probable", "Possible"]))
    return (
        f"{words.counted(listed.height, 'complication')} in "
        f"{words.counted(listed['procedure_id'].n_unique(), 'procedure')}: "
        f"{major.height} of grade IIIa or worse, at any time (an outcome counts within its window)"
        f"; {related.height} possibly, probably or definitely related to the procedure."
    )


def synchronisation(view: View, chosen: Selection) -> None:
    """Arrhythmia with and without ECG synchronisation."""
    st.markdown("**Arrhythmia, day 0 to 1, by ECG synchronisation**")
    found = _split(view, chosen, ARRHYTHMIA, "ECG synchronisation")
    if not found.height:
        states.nothing("No procedure of this selection to split.")
        return
    said = (
        f"{_told(found)}. Published: 2 of 30 with, 4 of 8 without synchronisation "
        "(Thomson 2011). Split by what the procedure records; C8 on the page Compliance asks it of "
        "every pair too. Groups chosen by the operator are no trial: no verdict."
    )
    _parts(view, found, ARRHYTHMIA, said, "synchronisation")


def learning(view: View, chosen: Selection, picked: str, title: str) -> None:
    """The chosen outcome by the operator's case number at the site; nobody is named."""
    unit = view.reader.definitions()[picked]["unit"]
    outcome = words.plain(words.lowered(title))
    st.markdown(f"**By operator's case number at the site, {unit}s: {outcome}**")
    found = _split(view, chosen, picked, "operator case number")
    if not found.height:
        states.nothing(f"No {unit} of this selection to count cases by.")
        return
    shown = found.filter(pl.col("events").is_not_null())
    hidden = found.height - shown.height
    note = (
        f" {words.opened(words.counted(hidden, 'group'))} without counts: they would be one "
        "operator's, or beside the whole would show one operator's."
        if hidden
        else ""
    )
    placed = " A patient stands at the case of the first procedure." if unit == "patient" else ""
    said = (
        f"{_told(shown)}.{placed} "
        "Numbers are small and intervals wide: a difference between groups is no proof of "
        f"learning. Counted over all first operators, from their first case on record.{note}"
    )
    _parts(view, found, picked, said, "case-number", shown=shown)


def _told(found: pl.DataFrame) -> str:
    """Each part with its n/N: With synchronisation: 3/66; without synchronisation: 0/1."""
    parts = [f"{part}: {n_of}" for part, n_of in found["part", "n_of"].iter_rows()]
    return words.opened("; ".join(parts)) or "No group of two or more operators"


def _split(view: View, chosen: Selection, indicator_id: str, by: Split) -> pl.DataFrame:
    found = view.reader.split(
        indicator_id, by, period=chosen.period, site=chosen.site, **chosen.case_mix
    )
    rows = list(found.iter_rows(named=True))
    counts = [_n_of(row) for row in rows]
    said = [words.rate_text(r["rate"], r["lower"], r["upper"], r["eligible"]) for r in rows]
    return found.with_columns(
        pl.Series("part_text", [words.opened(row["part"]) for row in rows], dtype=pl.String),
        pl.Series("n_of", counts, dtype=pl.String),
        pl.Series("said", said, dtype=pl.String),
        pl.Series("told", map(words.told, counts, said), dtype=pl.String),
    )


def _n_of(row: dict[str, Any]) -> str:
    if row["events"] is None:
        return f"not shown/{row['eligible']}"
    return words.share(row["events"], row["eligible"] - row["unknown"])


def _parts(
    view: View,
    found: pl.DataFrame,
    indicator_id: str,
    said: str,
    name: str,
    shown: pl.DataFrame | None = None,
) -> None:
    """Sentence, chart, table and download of rates side by side."""
    sentence(said)
    drawn = found if shown is None else shown
    if drawn.height:
        has_percent = pl.col("eligible") >= FEWEST_FOR_PERCENT
        rows = drawn.select(
            pl.col("part_text").alias("label"),
            pl.concat_str("part_text", pl.lit(": "), "told").alias("said"),
            *(pl.when(has_percent).then(pl.col(one)).alias(one) for one in FIGURES),
            pl.lit("within").alias("state"),
        )
        draw(charts.rate_rows, rows, reads=said)
    table(found, PARTS, reads=f"Rates by {name}", share=HALF)
    footer(view, found, f"{name}-{indicator_id}", indicator_definition(view, indicator_id))


FIGURES = ("rate", "lower", "upper")
