"""Complications in order of time, for one site: gaps between events, CUSUM, sentinel events."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from dashboard import charts, charts_order, choices, filters, order_rows, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, drawn_by, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.pages.home_governance import reviewed_singly
from sql.in_order import InOrder
from sql.reader_periods import Period, day
from sql.reader_target import Against

GAPS = {
    "number": "No.",
    "procedure_date": "Date",
    "between": "Gap",
    "chance_text": "Chance",
    "reading": "Reading",
}
SUMS = {
    "number": "No.",
    "procedure_date": "Date",
    "outcome": "Event",
    "sum_text": "CUSUM",
    "signal": "Signal",
}
# What dates a unit: a patient stands where the first procedure does.
DATED_BY = {"procedure": "procedure", "patient": "first procedure"}
BESIDE = (10, 11)  # a chart, and a table that half a page would just not hold
REVIEWED = {
    "number": "Stands at",
    "procedure_id": "Procedure",
    "procedure_date": "Date",
    "event": "Event",
    "onset_date": "Onset",
}


def in_order(
    view: View, chosen: Selection, picked: str, against: Against, rates: pl.DataFrame
) -> None:
    """One site's procedures one after the other, then all of the selection by quarter."""
    site = chosen.site or _site(rates)
    if site is None:
        states.nothing("No site of your own, so no procedures to put in order.")
        return
    found = view.reader.in_order(
        picked, site=site, period=chosen.period, against=against, **chosen.case_mix
    )
    st.caption(words.plain(_rests_on(found)))
    days = Period("from the first on record", found.start or found.end, found.end)
    with filters.of(view, replace(chosen, site=site), days):
        _gaps(view, found)
        _cusum(view, found)
    _sentinel(view, found)


def _site(rates: pl.DataFrame) -> str | None:
    """The site to follow: the one asked for, at first the one with the gravest verdict."""
    names = {site: f"{name} ({site})" for site, name in rates["site_id", "site_name"].iter_rows()}
    if len(names) < 2:
        return next(iter(names), None)
    busiest = tiles.gravest_first(rates.sort("eligible", descending=True))["site_id"].to_list()
    first = tiles.gravest_first(rates).filter(pl.col("verdict").is_in(["alarm", "alert"]))
    wanted = str(first["site_id"][0] if first.height else busiest[0])
    said = "Follow in order of time"
    return choices.picked("follow", said, names, wanted, is_always_said=True)


def _rests_on(found: InOrder) -> str:
    """What the order holds, and what the filters do to it."""
    left_out = ""
    if found.unknown:
        left_out = f" In neither chart: {found.unknown} with an unknown outcome."
    start = f"the first on record ({day(found.start)})" if found.start else "the first on record"
    return (
        f"From {start} to {day(found.end)}: a control chart needs its history, so that the period "
        f"moves its end only; tumour type, approach and size narrow it.{left_out} "
        f"Judged against {found.target.said}. ◆ {words.counted(found.sentinel.height, 'event')} "
        "to review singly."
    )


def _gaps(view: View, found: InOrder) -> None:
    st.markdown(f"**g-chart: {found.unit}s between one event and the next**")
    sentence(found.gaps_sentence)
    if not found.events:
        states.nothing("No event, so no gap to draw.")
        return
    left, right = st.columns(BESIDE)
    with left:
        draw(
            charts_order.gaps,
            order_rows.gap_rows(found),
            reads=found.gaps_sentence,
            last=found.known,
            ticks=order_rows.ticks(found),
            axis=f"{found.unit.capitalize()}s without an event",
            unit=found.unit,
        )
        st.caption(
            "Short gaps are what to look for: ▲ a run of seven below the median; the limit shows "
            "long gaps only. ✚ longer than chance allows. ○ since the last event, still open. "
            "Chance: of a gap as short or shorter, at the rate it is judged against."
        )
    with right:
        shown, name = order_rows.gap_table(found), f"gaps-{found.indicator_id}"
        table(
            shown,
            GAPS | _dated_by(found),
            reads="Events with the gap before each",
            rows=6,
            share=11 / 21,
        )
        footer(view, shown, name, drawn_by(view, found.indicator_id, "spc.g_chart"))


def _cusum(view: View, found: InOrder) -> None:
    st.markdown("**CUSUM: evidence that events have become more frequent**")
    sentence(found.cusum_sentence)
    if found.threshold is None or not found.known:
        return
    left, right = st.columns(BESIDE)
    with left:
        draw(
            charts_order.cusum,
            order_rows.cusum_rows(found),
            reads=found.cusum_sentence,
            last=found.known,
            ticks=order_rows.ticks(found),
            threshold=found.threshold,
            unit=found.unit,
        )
        st.caption(
            "Each event lifts the line, each case without lowers it, never below 0. "
            "■ a signal; it starts again from 0 after it."
        )
    with right:
        shown, name = order_rows.cusum_table(found), f"cusum-{found.indicator_id}"
        table(shown, SUMS | _dated_by(found), reads="The CUSUM case by case", rows=6, share=11 / 21)
        footer(view, shown, name, drawn_by(view, found.indicator_id, "cusum.cusum"))


def _dated_by(found: InOrder) -> dict[str, str]:
    return {"procedure_id": words.opened(DATED_BY[found.unit])}


def _sentinel(view: View, found: InOrder) -> None:
    count = found.sentinel.height
    if not count:
        return
    with st.expander(f"Table: {words.counted(count, 'event')} to review singly, on the axis"):
        table(found.sentinel, REVIEWED, reads="Events to review singly, on the axis", rows=8)
        footer(view, found.sentinel, f"sentinel-in-order-{found.indicator_id}", reviewed_singly)


def by_quarter(view: View, chosen: Selection, picked: str) -> None:
    """All quarters of the selection, with what is not known."""
    unit = view.reader.definitions()[picked]["unit"]
    units = f"{words.opened(unit)}s"
    st.markdown(f"**{units} by quarter of the {DATED_BY[unit]}, all quarters**")
    found = view.reader.trend(picked, site=chosen.site, **chosen.case_mix)
    found = found.filter(pl.col("eligible") > 0)
    if not found.height:
        states.nothing(f"No {unit} in a complete quarter yet.")
        return
    count = int(found["events"].sum())
    cases = words.opened(words.counted(count, "case"))
    is_one = chosen.site or view.reader.sites().height == 1
    where = "this site" if is_one else "all sites shown together"
    of = words.counted(int(found["eligible"].sum()), unit)
    quarters = words.counted(found.height, "quarter")
    text = f"{cases} in {of} over {quarters}, {where}; the period does not narrow them."
    sentence(text)
    left, right = st.columns(BESIDE)
    with left, filters.of(view, chosen, filters.all_quarters(found)):
        draw(charts.quarters, _stacked(found), reads=text, axis=units)
    with right:
        headings = {"quarter": "Quarter", "events": "Events", "eligible": units}
        table(
            found.reverse(), headings | {"unknown": "Not known"}, reads=text, rows=6, share=11 / 21
        )
        footer(view, found, f"quarters-{picked}", indicator_definition(view, picked))


def _stacked(found: pl.DataFrame) -> pl.DataFrame:
    parts = found.with_columns(
        (pl.col("eligible") - pl.col("events") - pl.col("unknown")).alias("without")
    )
    kinds = (
        ("events", "with the event", 0),
        ("unknown", "outcome unknown", 1),
        ("without", "without the event", 2),
    )
    return pl.concat(
        parts.select(
            "quarter",
            pl.lit(name).alias("state"),
            pl.col(column).cast(pl.Int64).alias("count"),
            pl.lit(position).alias("position"),
        )
        for column, name, position in kinds
    )
