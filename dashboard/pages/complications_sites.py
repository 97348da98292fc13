"""Complications, one outcome by site: funnel, outlier table, who is too few to judge."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, states, tiles, words
from dashboard.columns import OF_KNOWN
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from sql.reader_target import Against
from sql.sentences import expected_flags

MOST_SENTENCES = 3

# Beside the funnel: what half a page holds.
TABLE = {
    "site_id": "Site",
    "n_of": OF_KNOWN,
    "said": "% (95 % interval)",
    "verdict_text": "Verdict",
    "unknown": "Unknown",
}
BEHIND = {
    "site": "Site",
    "n_of": OF_KNOWN,
    "verdict_text": "Verdict",
    "excluded_by_site": "Rows left out",
    "immature": "Too recent",
    "verdict_note": "What it takes",
}
FEW = {"site": "Site", "n_of": OF_KNOWN, "verdict_note": "From when it can be judged"}


def by_site(
    view: View, chosen: Selection, picked: str, against: Against, known: pl.DataFrame
) -> None:
    """The chosen outcome of the viewer's sites against its target.

    Args:
        known: its rates against the published benchmark.
    """
    asked = known if against == "benchmark" else _rates(view, chosen, picked, against)
    found = chosen.of_site(asked)
    target = view.reader.target(picked, against=against, period=chosen.period, **chosen.case_mix)
    for said in tiles.gravest_first(found)["sentence"].head(MOST_SENTENCES):
        sentence(said)
    st.caption(words.plain(f"Judged against {target.said}. {target.moves}"))
    left, right = st.columns([4, 5])  # the verdicts need a little more than half a page
    with left:
        _drawn(view, chosen, picked, found, against)
    with right:
        _outliers(view, picked, found)
    with st.expander("Table: the sites by name, and what lies behind each verdict"):
        behind = tiles.rate_table(tiles.gravest_first(found))
        table(behind, BEHIND, reads="What lies behind each verdict", rows=6)
    _too_few(found)
    st.caption(words.plain(f"{whose(view)} {_by_chance(found)}"))


def _rates(view: View, chosen: Selection, picked: str, against: Against) -> pl.DataFrame:
    return view.reader.rates(
        [picked], period=chosen.period, by="site", against=against, **chosen.case_mix
    )


def whose(view: View) -> str:
    """Who sees which sites here, in one sentence."""
    if view.viewer.reach("see rows") == "all":
        return "You see every site; a site and its trust see their own, a commissioner none."
    return "Own sites only: other sites are neither drawn, named nor counted singly."


def _drawn(
    view: View, chosen: Selection, picked: str, found: pl.DataFrame, against: Against
) -> None:
    judged = found.filter(pl.col("eligible") > 0)
    if not judged.height:
        unit = view.reader.definitions()[picked]["unit"]
        states.nothing(f"No {unit} of this selection to judge by.")
        return
    shown = judged.filter(pl.col("verdict") != "too few to judge")
    boundary = view.reader.funnel(picked, period=chosen.period, against=against, **chosen.case_mix)
    if boundary.height and shown.height:
        _funnel(boundary, shown)
    elif not boundary.height:
        st.markdown("**By site, with 95 % interval**")
        draw(
            charts.rate_rows,
            tiles.chart_rows(judged),
            reads=f"{judged['title'][0]}: rates by site; the table has the same.",
        )


def _funnel(boundary: pl.DataFrame, shown: pl.DataFrame) -> None:
    target = shown["target"][0]
    lines = boundary.select(pl.col("eligible").cast(pl.Float64), "alert_line", "alarm_line")
    st.markdown("**Funnel: sites against the limits of chance**")
    draw(
        charts.funnel,
        pl.concat([lines, tiles.funnel_points(shown)], how="diagonal"),
        reads=f"{shown['title'][0]}: sites and the limits of chance, alert dashed and alarm full; "
        "the table has the same.",
        target=target,
        axis=f"Share of {shown['unit'][0]}s",
        unit=f"{shown['unit'][0].capitalize()}s",
    )
    st.caption(
        f"Dotted: judged against {words.percent(target)}. Above the dashed line: alert; "
        "above the full line: alarm. ● within what chance allows, ▲ alert, ■ alarm, "
        "○ no verdict while outcomes are unknown. A site stands at its known events among all "
        "its cases; the table has what those not yet known could add."
    )


def _outliers(view: View, picked: str, found: pl.DataFrame) -> None:
    st.markdown("**Table: verdict by site, gravest first**")
    shown = tiles.rate_table(tiles.gravest_first(found))
    table(shown, TABLE, reads="Rates and verdicts by site", rows=9, share=5 / 9)
    footer(view, shown, f"rates-{picked}", indicator_definition(view, picked))


def _too_few(found: pl.DataFrame) -> None:
    few = tiles.rate_table(found.filter(pl.col("verdict") == "too few to judge"))
    if not few.height:
        return
    with_none = few.filter(pl.col("eligible") == 0).height
    counted = words.counted(few.height, "site")
    none = f", {with_none} of them without any" if with_none else ""
    unit = f"{few['unit'][0]}s"
    states.too_few(f"Too few to judge: {counted} with fewer than 10 {unit}{none}.")
    table(few, FEW, reads="Sites too few to judge", rows=6)


def _by_chance(found: pl.DataFrame) -> str:
    judged = found.filter(pl.col("target").is_not_null() & (pl.col("eligible") > 0))
    if judged.height < 2:
        return ""
    return expected_flags(judged["eligible"].to_list(), judged["target"][0])
