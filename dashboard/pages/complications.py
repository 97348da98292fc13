"""Complications: how often, how severe, which cases."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection, bar
from dashboard.pages.home_governance import SENTINEL_COLUMNS
from sql.reader import By

MOST_SENTENCES = 3
MAJOR = "S5_30"
TILES = ("S1_90", "S2_30", "S3_1", "S4_24M", "S5_30", "S7_90")

CASE_COLUMNS = {
    "site_id": "Site",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "day": "Day",
    "category": "Category",
    "subtype": "Subtype",
    "grade": "Grade",
    "relatedness": "Relation",
    "intervention": "What was done",
    "yellow_card": "Yellow Card",
    "source_file": "File",
    "source_line": "Line",
}


def show(view: View) -> None:
    """Six tiles; one chosen outcome by site and over time; severity; cases."""
    if not view.viewer.may("see rows"):
        _published(view)
        return
    chosen = bar(view)
    by_site = _rates(view, chosen, "site")
    shown = chosen.of_site(by_site) if chosen.site else _rates(view, chosen, "all")
    tiles.tiles(view, shown, _national(view, chosen))
    states.suppressed_legend()
    st.subheader("One outcome, by site and over time", anchor=False)
    _one_outcome(view, chosen, by_site)
    st.subheader("How severe", anchor=False)
    listed = chosen.of_site(view.reader.complications(period=chosen.period, **chosen.case_mix))
    _severity(view, listed)
    st.subheader("Events to review singly", anchor=False)
    _not_narrowed(chosen)
    events = chosen.of_site(view.reader.sentinel_events(period=chosen.period))
    if events.height:
        table(events, SENTINEL_COLUMNS, reads="Events to review singly", rows=10)
        footer(view, events, "events-to-review", None)
    else:
        states.nothing(
            "No death within 90 days, life-threatening complication, needle-tract "
            "seeding or ventricular arrhythmia in this period."
        )


def _not_narrowed(chosen: Selection) -> None:
    # A list of single events has no denominator: it is kept whole, so that none is missed.
    if any(chosen.case_mix.values()):
        st.caption("Of all tumour types, approaches and sizes: no filter hides an event.")


def _rates(view: View, chosen: Selection, by: By) -> pl.DataFrame:
    return view.reader.rates(
        TILES,
        period=chosen.period,
        by=by,
        **chosen.case_mix,
    )


def _national(view: View, chosen: Selection) -> pl.DataFrame:
    return view.reader.published_rates(
        TILES,
        period=chosen.period,
        **chosen.case_mix,
    )


def _one_outcome(view: View, chosen: Selection, by_site: pl.DataFrame) -> None:
    titles = dict(by_site["indicator_id", "title"].iter_rows())
    names = list(titles)
    picked = st.selectbox(
        "Outcome",
        names,
        index=names.index(_gravest(chosen.of_site(by_site))),
        format_func=lambda name: titles[name],
    )
    of_outcome = chosen.of_site(by_site.filter(pl.col("indicator_id") == picked))
    for said in tiles.gravest_first(of_outcome)["sentence"].head(MOST_SENTENCES):
        sentence(said)
    left, right = st.columns(2)
    with left:
        _by_site(view, chosen, picked, of_outcome)
    with right:
        _over_time(view, chosen, picked)
    shown = tiles.rate_table(of_outcome)
    table(
        shown,
        tiles.columns_of(tiles.RATE_COLUMNS, without=("title",)),
        reads="Rates by site",
    )
    footer(view, shown, f"rates-{picked}", indicator_definition(view, picked))
    cases = view.reader.cases(picked, period=chosen.period, site=chosen.site, **chosen.case_mix)
    st.markdown("**The cases counted**")
    if cases.height:
        table(cases, CASE_COLUMNS, reads=f"Cases: {titles[picked]}", rows=10)
        footer(view, cases, f"cases-{picked}", indicator_definition(view, picked))
    else:
        states.nothing("No case in this selection.")


def _gravest(rates: pl.DataFrame) -> str:
    """The outcome to open with: one with an alarm, else an alert, else major complications."""
    for level in ("alarm", "alert"):
        flagged = rates.filter(pl.col("verdict") == level)
        if flagged.height:
            return str(flagged["indicator_id"][0])
    return MAJOR


def _by_site(view: View, chosen: Selection, picked: str, found: pl.DataFrame) -> None:
    boundary = view.reader.funnel(picked, period=chosen.period)
    target = found["target"][0] if found.height else None
    judged = found.filter(pl.col("eligible") > 0)
    if boundary.height and target is not None and judged.height:
        lines = boundary.select(pl.col("eligible").cast(pl.Float64), "alert_line", "alarm_line")
        st.markdown("**Funnel: own sites against the limits of chance**")
        draw(
            charts.funnel,
            pl.concat([lines, tiles.funnel_points(judged)], how="diagonal"),
            reads="Own sites and the limits of chance; the table has the same.",
            target=target,
            axis="Share of procedures",
        )
        st.caption(
            f"Dotted: judged against {words.percent(target)}. Above the dashed line: alert; "
            "above the full line: alarm. ● within what chance allows, ▲ alert, ■ alarm. A site "
            "stands at its known events among all its procedures; the table has what those "
            "not yet known could add."
        )
    elif judged.height:
        st.markdown("**By site**")
        drawn = tiles.chart_rows(judged)
        draw(charts.rate_rows, drawn, reads="Rates by site; the table has the same.")
    few = judged.filter(pl.col("verdict") == "too few to judge")
    if few.height:
        states.too_few(
            "Too few to judge (fewer than 10 procedures): " + ", ".join(few["site_id"].to_list())
        )


def _over_time(view: View, chosen: Selection, picked: str) -> None:
    st.markdown("**By quarter of the procedure, all quarters**")
    found = view.reader.trend(picked, site=chosen.site, **chosen.case_mix).filter(
        pl.col("eligible") > 0
    )
    if not found.height:
        states.nothing("No procedure in a complete quarter yet.")
        return
    count = int(found["events"].sum())
    cases = words.opened(words.counted(count, "case"))
    text = f"{cases} in {words.counted(found.height, 'quarter')}."
    parts = found.with_columns(
        (pl.col("eligible") - pl.col("events") - pl.col("unknown")).alias("without")
    )
    kinds = (
        ("events", "with the event", 0),
        ("unknown", "outcome unknown", 1),
        ("without", "without the event", 2),
    )
    stacked = pl.concat(
        parts.select(
            "quarter",
            pl.lit(name).alias("state"),
            pl.col(column).cast(pl.Int64).alias("count"),
            pl.lit(position).alias("position"),
        )
        for column, name, position in kinds
    )
    draw(charts.quarters, stacked, reads=text, axis="Procedures")
    sentence(text)
    footer(view, found, f"quarters-{picked}", None)


def _severity(view: View, listed: pl.DataFrame) -> None:
    if not listed.height:
        states.nothing("No complication in this selection.")
        return
    grades = listed["grade"].fill_null("not graded").unique().sort().to_list()
    text = (
        f"{words.counted(listed.height, 'complication')} in "
        f"{words.counted(listed['procedure_id'].n_unique(), 'procedure')}, of "
        f"{words.counted(len(grades), 'grade')}."
    )
    sentence(text)
    counted = (
        listed.with_columns(
            pl.col("grade").fill_null("not graded"),
            pl.col("relatedness").fill_null("Not known"),
        )
        .group_by("grade", "relatedness")
        .len("count")
        .with_columns(
            pl.col("relatedness")
            .replace_strict(RELATION_ORDER, default=len(RELATION_ORDER))
            .alias("position")
        )
        .sort("grade", "position")
    )
    left, right = st.columns(2)
    with left:
        draw(charts.severity, counted, reads=text)
    with right:
        subtypes = (
            listed.group_by("category", "subtype")
            .len("count")
            .sort(["count", "category", "subtype"], descending=[True, False, False])
        )
        table(
            subtypes,
            {"category": "Category", "subtype": "Subtype", "count": "Number"},
            reads="Complications by subtype",
            rows=8,
        )
    with st.expander(f"All {listed.height} complications"):
        table(listed, CASE_COLUMNS, reads="All complications", rows=12)
    footer(view, listed, "complications", None)


RELATION_ORDER = {
    "Definite": 0,
    "Probable": 1,
    "Possible": 2,
    "Unlikely": 3,
    "Unrelated": 4,
    "Not known": 5,
}


def _published(view: View) -> None:
    chosen = bar(view, site=False)
    found = _national(view, chosen)
    for said in found.filter(pl.col("note").is_null())["sentence"].head(3):
        sentence(said)
    tiles.published_tiles(view, found)
    states.suppressed_legend()
    table(
        found,
        {
            "title": "Indicator",
            "events_text": "n (rounded)",
            "eligible_text": "N (rounded)",
            "unknown_text": "Unknown (rounded)",
            "percent": "%",
            "lower": "from %",
            "upper": "to %",
            "note": "Note",
        },
        reads="National complications, rounded",
    )
    footer(view, found, "complications-national", None)
