"""Technique: spacing and parallelism verified, and what was measured at each pair."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, charts_selection, counted_figures, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.fitting import HALF
from sql.technique import Range, bars, reading, recommended

VERIFIED = "C7"
MOST_SITES = 12  # drawn one below the other; more stand in the table
CLUSTERED = "No interval: pairs of one procedure are not independent."
ENOUGH = 0.9  # of the planned pulses (rule P12)


def technique(view: View, chosen: Selection, pulses: pl.DataFrame) -> None:
    """Verified procedures and how; distributions at the pairs; pulses."""
    left, right = st.columns(2)
    with left:
        _verified(view, chosen)
    if not pulses.height:
        states.nothing("No pair of electrodes of this selection is on record.")
        return
    with right:
        _how(view, pulses)
    ranges = list(recommended().values())
    for start in range(0, len(ranges), 2):
        for place, one in zip(st.columns(2), ranges[start : start + 2], strict=False):
            with place:
                _distribution(view, pulses, one)
    _pulses(view, pulses)


def _verified(view: View, chosen: Selection) -> None:
    st.markdown("**Procedures with every pair verified on imaging and parallel (3.6)**")
    found = chosen.of_site(
        view.reader.rates([VERIFIED], period=chosen.period, by="site", **chosen.case_mix)
    ).filter(pl.col("eligible") > 0)
    if not found.height:
        states.nothing("No procedure of this selection to judge by.")
        return
    met, of = int(found["events"].sum()), int(found["eligible"].sum())
    open_ = int(found["unknown"].sum())
    text = (
        f"Every pair verified in {met} of {words.counted(of, 'procedure')}; "
        f"cannot tell in {open_}, not met in {of - met - open_}."
    )
    sentence(text)
    shown = found.with_columns(pl.lit("within").alias("verdict"))
    if found.height <= MOST_SITES:
        draw(charts.rate_rows, tiles.chart_rows(shown), reads=text, axis="Met, of all procedures")
    else:
        st.caption(f"{found.height} sites: in the table, not drawn.")
    told = tiles.rate_table(found).rename({"unknown": "cannot_tell"})
    with st.expander("Table: procedures by site", expanded=found.height > MOST_SITES):
        headings = {"site": "Site", "n_of": "Met/all", "said": "% met (95 % interval)"}
        table(told, headings | {"cannot_tell": "Cannot tell"}, reads=text, rows=12, share=HALF)
    footer(view, told, "verified", indicator_definition(view, VERIFIED))


def _how(view: View, pulses: pl.DataFrame) -> None:
    st.markdown("**Pairs of electrodes by the imaging that verified their spacing**")
    found = counted_figures.by_code(pulses["spacing_verified_imaging"], "spacing_verified_imaging")
    parallel = pulses.filter("parallel_confirmed").height
    both = pulses.filter("is_verified").height
    counted_figures.figure(
        view,
        found,
        name="verified-pairs",
        unit="pairs",
        reads=(
            f"Spacing verified and confirmed parallel in {both} of "
            f"{words.counted(pulses.height, 'pair')}; confirmed parallel in {parallel}. "
            f"{CLUSTERED}"
        ),
        definition=indicator_definition(view, "C7_PAIR"),
    )


def _distribution(view: View, pulses: pl.DataFrame, one: Range) -> None:
    st.markdown(f"**{words.plain(one.title)}, {words.plain(one.unit)}: pairs of electrodes**")
    values = pulses[one.column]
    text = reading(values, one)
    sentence(text)
    counted = bars(values, one)
    if counted.height:
        draw(
            charts_selection.distribution,
            stacked(counted),
            reads=text,
            axis=f"{one.title}, {one.unit}",
            low=one.low,
            high=one.high,
            said=one.said,
            unit="Pairs",
        )
    st.caption(words.plain(f"{_range_words(one)} {one.source}. {CLUSTERED}"))
    with st.expander("Table"):
        headings = {"start": f"From, {one.unit}", "end": "To", "pairs": "Pairs"}
        shown = headings | ({"state": "Range"} if one.said else {})
        table(counted, shown, reads=text, rows=10, share=HALF)
    columns = ["spacing_mm", "voltage_v"] if one.column == "volts_per_cm" else [one.column]
    if one.column == "current_rise_a":
        columns = ["current_start_a", "current_end_a"]
    footer(
        view,
        counted,
        one.column.replace("_", "-"),
        counted_figures.fields("pulse_delivery", columns, one.said and f"Range: {one.said}."),
    )


def _range_words(one: Range) -> str:
    """What the band and the hollow bars are."""
    if not one.said:
        return "Drawn with"
    return f"Band: {one.said}, limits included; bars outside it are hollow. Source:"


def stacked(counted: pl.DataFrame) -> pl.DataFrame:
    """The bars with where each starts and ends: two of one step stand upon each other."""
    top = pl.col("pairs").cum_sum().over("start")
    return counted.with_columns((top - pl.col("pairs")).alias("from_count"), top.alias("to_count"))


def _pulses(view: View, pulses: pl.DataFrame) -> None:
    st.markdown("**Pulses: pairs of electrodes with delivery in full, stopped, synchronised**")
    shown = shares(pulses)
    counted_figures.figure(
        view,
        shown,
        name="pulses",
        unit="pairs",
        reads=" ".join(
            f"{row['title']}: {row['count']} of {row['of']}."
            for row in shown.filter(pl.col("of") > 0).iter_rows(named=True)
        )
        or "No pair of this selection.",
        definition=counted_figures.fields(
            "pulse_delivery",
            ["pulses_planned", "pulses_delivered", "aborted_pulses", "abort_code", "ecg_sync"],
        ),
    )


def shares(pulses: pl.DataFrame) -> pl.DataFrame:
    """Pairs by what became of their pulses: title, count, of (those of which it is known)."""
    full = pl.col("pulses_delivered") >= ENOUGH * pl.col("pulses_planned")
    told = {
        "At least 90 % of the planned pulses delivered": full,
        "Pulses stopped": pl.col("aborted_pulses") > 0,
        "Synchronised with the ECG": pl.col("ecg_sync"),
    }
    found = pulses.select(condition.alias(title) for title, condition in told.items())
    return pl.DataFrame(
        [
            (title, int(found[title].sum()), found.height - found[title].null_count())
            for title in told
        ],
        schema={"title": pl.String, "count": pl.Int64, "of": pl.Int64},
        orient="row",
    )
