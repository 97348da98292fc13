"""Equity and sustainability: national figures by group; own patients, gases and travel."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, choices, equity_rows, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.fitting import HALF
from dashboard.pages import equity_own
from sql.publish import strata

# Groups whose name does not say enough.
IN_FULL = {
    "age": "age at the procedure",
    "deprivation": "deprivation (fifth of the index of multiple deprivation)",
}
COLUMNS = {
    "n_of": "n/N",
    "rate_text": "% (95 % interval)",
    "unknown_text": "Unknown (rounded)",
}


def show(view: View) -> None:
    """One indicator by group, national; then own patients and the sustainability set."""
    published = strata()["equity"]
    picked, unit = _picked(view, published["indicators"])
    found = view.reader.published_equity(picked)
    period = view.reader.period_sentence(published["period"])
    st.caption(
        words.plain(
            f"National, all sites: {period}. One period and no filter: cells of a shorter "
            "one, or of a site, would nearly all be suppressed, and beside these show a person."
        )
    )
    _groups(view, found, published["groups"], (picked, unit))
    states.suppressed_legend()
    st.caption(
        "A group is withheld as a whole where its parts, beside the national figure and the "
        "other groups, would show a number that is not shown. "
        "Groups are described, not compared by a test: numbers are small and case mix differs. "
        "Representation against regional incidence of liver cancer is not shown: its counts "
        "have not been supplied to the registry."
    )
    st.header("Sustainability", anchor=False)
    if view.viewer.may("see rows"):
        equity_own.own(view)
        return
    states.nothing(
        "Not shown: anaesthetic gases, single-use items, travel and repeat sessions are seen by "
        "the sites whose they are. No national figure of them is published."
    )


def _picked(view: View, published: list[str]) -> tuple[str, str]:
    """The indicator that the groups are shown for, and what it counts."""
    entries = view.reader.definitions()
    titles = {name: str(entries[name]["title"]) for name in published if name in entries}
    first = _most_published(view, list(titles))
    picked = choices.picked("indicator", "Indicator", titles, first, is_always_said=True)
    return picked, str(entries[picked]["unit"])


def _most_published(view: View, names: list[str]) -> str:
    """What the page opens with: the indicator with the most per cents to read."""
    published = {
        name: view.reader.published_equity(name)["percent"].is_not_null().sum() for name in names
    }
    return max(names, key=lambda name: published[name])


def _groups(view: View, found: pl.DataFrame, groups: list[str], indicator: tuple[str, str]) -> None:
    picked, unit = indicator
    for start in range(0, len(groups), 2):
        for place, group in zip(st.columns(2), groups[start : start + 2], strict=False):
            with place:
                of_group = equity_rows.told(found.filter(pl.col("group") == group))
                title = f"By {IN_FULL.get(group, group)}: {unit}s"
                _group(view, of_group, title, (picked, group))


def _group(view: View, of_group: pl.DataFrame, title: str, which: tuple[str, str]) -> None:
    picked, group = which
    st.markdown(f"**{words.plain(title)}**")
    text = equity_rows.reading(of_group)
    sentence(text)
    drawn = equity_rows.drawn(of_group)
    if drawn.height:
        draw(charts.rate_rows, drawn, reads=text, axis="Per cent of the rounded counts")
    if of_group.height:
        table(
            of_group,
            {"part_text": words.opened(group)} | COLUMNS,
            reads=f"{title}, rounded",
            share=HALF,
        )
    notes = equity_rows.notes(of_group)
    if notes:
        st.caption(words.plain(f"{notes}."))
    name = f"equity-{picked}-{group.replace(' ', '-')}"
    footer(
        view, of_group.drop("said", "n_of", "rate_text"), name, indicator_definition(view, picked)
    )
