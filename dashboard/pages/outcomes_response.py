"""Outcomes: response rates, the best change of each patient, and the course of each."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from dashboard import charts_outcomes, counted_figures, links, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, footer, sentence, table
from dashboard.filters import Selection, national_rates, own_rates

RATES = ("E7_M3", "E8_12M", "E2_3S", "E3")
CLASSES: Mapping[str, str] = {
    "CR": "complete",
    "PR": "partial",
    "SD": "stable",
    "PD": "progression",
}
MOST_LANES = 40
NOT_EVALUABLE = "not evaluable"
WORST_FIRST = {"PD": 0, NOT_EVALUABLE: 1, "SD": 2, "PR": 3, "CR": 4}


def rates(view: View, chosen: Selection) -> None:
    """Objective response, local control, efficacy after up to three sessions, coverage."""
    found = own_rates(view, chosen, RATES)
    published = national_rates(view, chosen, RATES)
    for place, indicator_id in zip(st.columns(len(RATES)), RATES, strict=True):
        with place:
            national = published.filter(indicator_id=indicator_id)
            tiles.tile(view, found.filter(indicator_id=indicator_id), national)


def best(view: View, chosen: Selection) -> None:
    """Waterfall: the best change of each patient measured, worst first."""
    st.markdown("**Best change of each patient**")
    found = view.reader.responses(
        period=chosen.period, site=chosen.site, **chosen.case_mix
    ).with_columns(
        pl.when(pl.col("overall_response").is_in(list(CLASSES)))
        .then("overall_response")
        .otherwise(pl.lit(NOT_EVALUABLE))
        .alias("response")
    )
    if not found.height:
        states.nothing("No scan with measured diameters in this selection.")
        return
    text = _reading(found)
    sentence(text)
    place = pl.col("response").replace_strict(WORST_FIRST, return_dtype=pl.Int64)
    worst_first = found.sort("change_percent", -place, descending=True, maintain_order=True)
    drawn = worst_first.with_row_index("rank", 1).select("rank", "change_percent", "response")
    unit = f"{words.counted(found.height, 'patient')}, a bar each"
    draw(charts_outcomes.waterfall, drawn, reads=text, unit=unit)
    st.caption(
        "CR complete, PR partial response, SD stable, PD progression: the class told at that scan. "
        "Dashed: −30 %, from which a response is partial, and +20 %, from which it is "
        "progression. A new lesion is progression whatever the sum. "
        f"{_criteria(found)}"
    )
    with st.expander("Table: best change by patient"):
        table(
            in_words(found).with_columns(pl.col("change_percent").round(1)),
            {
                "site_id": "Site",
                "procedure_id": "First procedure",
                "tumour_type": "Tumour",
                "day": "Day of scan",
                "criteria": "Criteria",
                "response": "Response",
                "response_recomputed": "Recomputed",
                "change_percent": "Change, %",
            },
            reads="Best change by patient",
            rows=12,
        )
        links.to_records(found, "best-change")
    footer(view, found, "best-change", _best_change)


def _best_change() -> None:
    st.markdown(
        "**Best change** Of each patient first treated in the period, the scan after it, up to "
        "the site's complete-to date, at which the sum of viable diameters had fallen most (or "
        "grown least) from the sum before treatment; the first of such scans.\n\n"
        "**Not counted where** no scan gives both sums."
    )


def _reading(found: pl.DataFrame) -> str:
    counts = dict(found["response"].value_counts().iter_rows())
    told = ", ".join(f"{counts.get(code, 0)} {name}" for code, name in CLASSES.items())
    other = counts.get(NOT_EVALUABLE, 0)
    rest = f", {other} without a class" if other else ""
    median = found.select(pl.col("change_percent").median()).item()
    return (
        f"{words.counted(found.height, 'patient')} with a measured scan, at the scan with the "
        f"greatest fall: {told}{rest}; median change {words.signed(median)} %."
    )


def in_words(found: pl.DataFrame) -> pl.DataFrame:
    """The best scans with tumour and criteria as the dictionary names them."""
    return found.with_columns(
        pl.col("tumour_type").replace(counted_figures.titles("tumour_type")),
        pl.col("criteria").replace(counted_figures.titles("response_criteria")),
    )


def _criteria(found: pl.DataFrame) -> str:
    named = in_words(found)["criteria"].fill_null("criteria not named")
    counts = named.value_counts().sort("criteria")
    return f"Judged by: {', '.join(f'{name} in {n}' for name, n in counts.iter_rows())}."


def courses(view: View, chosen: Selection) -> None:
    """Swimmer plot: one lane a patient, of own patients only."""
    found = view.reader.courses(period=chosen.period, site=chosen.site, **chosen.case_mix)
    if not found.height:
        states.nothing("No patient in this selection.")
        return
    told = lanes(found)
    patients = told["lane"].unique(maintain_order=True)
    shown = patients.head(MOST_LANES)
    text = _course_reading(told, len(patients), len(shown))
    sentence(text)
    draw(charts_outcomes.swimmer, told.filter(pl.col("lane").is_in(shown.implode())), reads=text)
    st.caption(
        "Each lane runs from the first IRE to death, or to when the patient was last known to be "
        "alive. CR complete, PR partial response, SD stable, PD progression: as told at a scan."
    )
    with st.expander("Table: what happened, by patient and day"):
        table(
            found.with_columns(told_event(found["event"])),
            {
                "site_id": "Site",
                "procedure_id": "First procedure",
                "procedure_date": "First procedure on",
                "day": "Days after it",
                "event": "Event",
            },
            reads="Courses by patient and day",
            rows=12,
        )
        links.to_records(found, "courses")
    footer(view, found, "courses", _course)


def told_event(events: pl.Series) -> pl.Series:
    """Events of a course in words: scan PR -> scan: partial response."""
    responses, treatments = (
        {code: words.lowered(title) for code, title in counted_figures.titles(name).items()}
        for name in ("response", "subsequent_treatment")
    )
    told = {"scan not recorded": "scan: response not recorded"}
    told |= {f"scan {code}": f"scan: {title}" for code, title in responses.items()}
    told |= {f"treatment {code}": title for code, title in treatments.items()}
    return events.replace(told)


def _course() -> None:
    st.markdown(
        "**Course** Of each patient first treated in the period: every IRE, the response told at "
        "each scan, other treatments of the liver cancer, transplant and death, up to the site's "
        "complete-to date; by days from the first IRE."
    )


def _course_reading(told: pl.DataFrame, patients: int, shown: int) -> str:
    with_event = told.group_by("event").agg(pl.col("lane").n_unique()).drop_nulls()
    by_event = dict(with_event.iter_rows())
    part = (
        ""
        if shown == patients
        else f" Drawn: the {shown} first treated; a site, a period or a size shows others."
    )
    return (
        f"{words.counted(patients, 'patient')}: {by_event.get('death', 0)} died, "
        f"{by_event.get('transplant', 0)} had a transplant, {by_event.get('PD', 0)} had "
        f"progression at a scan, {by_event.get('other treatment', 0)} had another treatment.{part}"
    )


def lanes(found: pl.DataFrame) -> pl.DataFrame:
    """Courses as a chart draws them: lane, months, event; a lane's length has no event.

    A repeated IRE is told by the procedure itself, not by the treatment that names it.
    """
    kept = found.filter(pl.col("event") != "treatment IRE_REPEAT")
    scan = pl.col("event").str.strip_prefix("scan ")
    events = kept.select(
        _lane_name(kept).alias("lane"),
        (pl.col("day") / DAYS_A_MONTH).alias("months"),
        pl.when(pl.col("event").is_in(["IRE", "death"]))
        .then("event")
        .when(pl.col("event") == "last known alive")
        .then(pl.lit("alive"))
        .when(pl.col("event") == "treatment TRANSPLANT")
        .then(pl.lit("transplant"))
        .when(pl.col("event").str.starts_with("treatment "))
        .then(pl.lit("other treatment"))
        .when(scan.is_in(list(CLASSES)))
        .then(scan)
        .otherwise(pl.lit(NOT_EVALUABLE))
        .alias("event"),
    )
    ends = events.group_by("lane", maintain_order=True).agg(pl.col("months").max())
    lengths = ends.select("lane", "months", pl.lit(None, pl.String).alias("event"))
    return pl.concat([lengths, events])


DAYS_A_MONTH = 365.25 / 12


def _lane_name(found: pl.DataFrame) -> pl.Expr:
    """The procedure's id; behind its site where two sites use the same."""
    pairs = found.select("site_id", "procedure_id").unique()
    if pairs["procedure_id"].n_unique() == pairs.height:
        return pl.col("procedure_id")
    return pl.concat_str("site_id", pl.lit(" "), "procedure_id")
