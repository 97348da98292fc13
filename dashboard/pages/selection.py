"""Case selection & technique: which lesions are treated, how, and how completely."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import states, tiles, words
from dashboard.data import View
from dashboard.figures import footer, sentence, table
from dashboard.filters import bar, national_rates, own_rates
from dashboard.pages import selection_cases, selection_completion, selection_technique

TILES = ("C9", "C7", "E3")
PUBLISHED = ("E1", "E3", "C7_PAIR")
DESCRIPTIVE = (
    "Descriptive: sizes, distances, ranges and margins are shown, not scored; no target is set "
    "for them. Lesions, procedures and pairs of electrodes are counted apart: each title says "
    "which."
)


def show(view: View) -> None:
    """Three tiles; the lesions selected; how the electrodes stood; how it was completed."""
    if not view.viewer.may("see rows"):
        _published(view)
        return
    chosen = bar(view)
    rates = own_rates(view, chosen, TILES)
    for said in rates["sentence"]:
        sentence(said)
    tiles.tiles(view, rates, national_rates(view, chosen, TILES))
    st.caption(DESCRIPTIVE)
    states.suppressed_legend()
    lesions = view.reader.lesions(period=chosen.period, site=chosen.site, **chosen.case_mix)
    sessions = view.reader.sessions(period=chosen.period, site=chosen.site, **chosen.case_mix)
    pulses = view.reader.pulses(period=chosen.period, site=chosen.site, **chosen.case_mix)
    st.header("Case selection", anchor=False)
    selection_cases.selected(view, chosen, lesions)
    st.header("Technique", anchor=False)
    selection_technique.technique(view, chosen, pulses)
    st.header("Guidance, positions, margin and completion", anchor=False)
    selection_completion.completion(view, lesions, sessions)


def _published(view: View) -> None:
    chosen = bar(view, case_mix=False, site=False)
    found = _without_interval_of_pairs(national_rates(view, chosen, PUBLISHED))
    for said in found["sentence"].head(2):
        sentence(said)
    tiles.published_tiles(view, found.head(2))
    pairs = found.row(2, named=True)
    if pairs["percent"] is None:
        sentence(f"{pairs['title']}: {tiles.published_text(pairs)}.")
    else:
        sentence(
            f"{pairs['title']}: {pairs['events_text']} of {pairs['eligible_text']} pairs "
            f"(rounded), {pairs['percent']} %; without an interval, as pairs of one procedure "
            "are not independent."
        )
    table(found, tiles.PUBLISHED, reads="National technique, rounded")
    states.suppressed_legend()
    footer(view, found.drop("sentence"), "technique-national", None)
    st.caption(
        words.plain(
            "Not shown: sizes, distances, segments, spacing, current and margins, as each is a "
            "patient's own, and any site's share. The share of lesions under 3 cm next to a "
            "vessel or bile duct is not among the national figures that are published. Whether "
            "sites follow the guidance is on the page Compliance."
        )
    )


def _without_interval_of_pairs(found: pl.DataFrame) -> pl.DataFrame:
    is_pairs = pl.col("indicator_id") == "C7_PAIR"
    return found.with_columns(
        pl.when(~is_pairs).then(pl.col(name)).alias(name) for name in ("lower", "upper")
    )
