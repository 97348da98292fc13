"""Complications: how often, by site, in order of time, how severe, which cases."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import choices, states, tiles, words
from dashboard.data import View
from dashboard.figures import footer, sentence, table
from dashboard.filters import Selection, bar, national_rates, own_rates
from dashboard.pages import (
    complications_cases,
    complications_order,
    complications_severity,
    complications_sites,
)
from sql.reader_target import Against

MAJOR = "S5_30"
MOST_FLAGS = 5
AGAINST = {
    "benchmark": "Rate set for the outcome",
    "national": "National rate, rounded",
}


def show(view: View) -> None:
    """Six tiles; one chosen outcome by site and in order; severity; cases."""
    if not view.viewer.may("see rows"):
        _published(view)
        return
    chosen = bar(view)
    by_site = view.reader.rates(
        tiles.COMPLICATIONS, period=chosen.period, by="site", **chosen.case_mix
    )
    for line in _flagged(chosen.of_site(by_site)):
        sentence(line)
    tiles.tiles(
        view,
        own_rates(view, chosen, tiles.COMPLICATIONS),
        national_rates(view, chosen, tiles.COMPLICATIONS),
    )
    states.suppressed_legend()
    st.header("One outcome, site by site", anchor=False)
    picked, against = _outcome(chosen, by_site)
    title = dict(by_site["indicator_id", "title"].iter_rows())[picked]
    of_outcome = by_site.filter(pl.col("indicator_id") == picked)
    complications_sites.by_site(view, chosen, picked, against, of_outcome)
    st.header("In order of time", anchor=False)
    complications_order.in_order(view, chosen, picked, against, of_outcome)
    complications_order.by_quarter(view, chosen, picked)
    st.header("How severe, and in whom", anchor=False)
    listed = chosen.of_site(view.reader.complications(period=chosen.period, **chosen.case_mix))
    _severity(view, chosen, listed, picked, title)
    st.header("Case by case", anchor=False)
    complications_cases.counted(view, chosen, picked, title)
    complications_cases.to_review(view, chosen)
    complications_cases.every(view, listed)


def _flagged(rates: pl.DataFrame) -> list[str]:
    """What needs a look, before any figure: alarms, alerts, and what could become one."""
    flags = rates.filter(pl.col("verdict").is_in(["alarm", "alert", "outcome unknown"]))
    lines = [
        f"{words.opened_state(row['verdict'])}: {words.lowered(row['title'])}, at "
        f"{row['site_name']} ({row['site_id']}), {row['events']} in "
        f"{words.counted(row['eligible'], row['unit'])}."
        for row in tiles.gravest_first(flags).iter_rows(named=True)
    ]
    few = rates.filter(pl.col("verdict") == "too few to judge").height
    judged = rates.filter(pl.col("verdict").is_not_null()).height
    are = "is" if few == 1 else "are"
    counted = f"{few} of {judged} outcomes by site {are} too few to judge"
    return [*lines[:MOST_FLAGS], f"{_rest(len(lines))}; {counted}{_not_judged(rates)}."]


def _not_judged(rates: pl.DataFrame) -> str:
    """The outcomes that have no target: silence on them is no verdict."""
    found = rates.filter(pl.col("verdict").is_null() & (pl.col("eligible") > 0))
    titles = found["title"].unique(maintain_order=True)
    return "".join(f"; {words.lowered(title)}: not judged, no target is set" for title in titles)


def _rest(flags: int) -> str:
    """What is flagged beside the flags that are listed."""
    if not flags:
        return "No outcome is flagged at any site, against the rate set for each"
    if flags <= MOST_FLAGS:
        return "Nothing else is flagged, against the rate set for each outcome"
    are = "is" if flags == MOST_FLAGS + 1 else "are"
    return (
        f"{flags - MOST_FLAGS} more {are} flagged, against the rate set for each outcome: "
        "choose each below to see where"
    )


def _severity(view: View, chosen: Selection, listed: pl.DataFrame, picked: str, title: str) -> None:
    complications_severity.severity(view, listed)
    left, right = st.columns(2)
    with left:
        complications_severity.synchronisation(view, chosen)
    with right:
        complications_severity.learning(view, chosen, picked, title)


def _outcome(chosen: Selection, by_site: pl.DataFrame) -> tuple[str, Against]:
    """Which outcome the rest of the page follows, and what it is judged against."""
    titles = dict(by_site["indicator_id", "title"].iter_rows())
    left, right = st.columns(2)
    with left:
        gravest = _gravest(chosen.of_site(by_site))
        picked = choices.picked("outcome", "Outcome", titles, gravest, is_always_said=True)
    with right:
        way = choices.picked("against", "Judged against", AGAINST, "benchmark")
    return picked, "national" if way == "national" else "benchmark"


def _gravest(rates: pl.DataFrame) -> str:
    """The outcome to open with: one with an alarm, else an alert, else major complications."""
    for level in ("alarm", "alert"):
        flagged = rates.filter(pl.col("verdict") == level)
        if flagged.height:
            return str(flagged["indicator_id"][0])
    return MAJOR


def _published(view: View) -> None:
    chosen = bar(view, site=False)
    found = national_rates(view, chosen, tiles.COMPLICATIONS)
    for said in found.filter(pl.col("note").is_null())["sentence"].head(3):
        sentence(said)
    tiles.published_tiles(view, found)
    states.suppressed_legend()
    table(found, tiles.PUBLISHED, reads="National complications, rounded")
    footer(view, found, "complications-national", None)
    st.caption(
        "National figures only: sites are judged, drawn and listed for their own people. An "
        "outlier case that is published stands on the page Cases."
    )
