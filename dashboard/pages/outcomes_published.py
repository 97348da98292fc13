"""Outcomes as published: national figures, rounded, for those who see no rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import states, tiles, words
from dashboard.data import View
from dashboard.figures import footer, indicator_definition, sentence, table
from dashboard.pages.home_commissioner import published_survival

PUBLISHED = ("E1", "E2_M1", "E7_M3")
PROGRESSION = "E4_LTP"


def national(view: View) -> None:
    """Tiles over the rolling 36 months; survival and progression of every patient."""
    st.caption(
        "Shown: national figures. Tiles: rolling 36 months. Survival and local progression: "
        "every patient of every site, whenever first treated."
    )
    found = view.reader.published_rates(PUBLISHED)
    tiles.published_tiles(view, found)
    footer(view, found, "outcomes-national", None)
    left, right = st.columns(2)
    with left:
        st.header("Overall survival", anchor=False)
        published_survival(view)
    with right:
        st.header("Survival without progression", anchor=False)
        published_survival(view, "E5_PFS")
    st.header("Local progression, per patient", anchor=False)
    _progression(view)
    states.suppressed_legend()
    st.caption(
        "National figures only: curves and courses are shown to those who treat the patients."
    )


def _progression(view: View) -> None:
    found = view.reader.published_incidence(PROGRESSION)
    known = found.filter(pl.col("percent").is_not_null())
    if not known.height:
        states.too_few(f"{words.opened(found['note'][0])}.")
    else:
        last = known.row(-1, named=True)
        year = words.counted(int(last["years"]), "year")
        sentence(
            f"National: {last['percent']} % with local progression at {year}"
            f"{limits_text(last)}, death and transplant competing, {last['at_risk_text']} still "
            "followed then."
        )
    table(
        found,
        {
            "years": "Years",
            "entered_text": "Followed before",
            "events_text": "Progressed",
            "competing_text": "Died or transplanted",
            "at_risk_text": "At risk",
            "percent": "% progressed",
            "lower": "from %",
            "upper": "to %",
            "note": "Note",
        },
        reads="National local progression by year, rounded",
    )
    st.caption(
        "A life table of rounded counts by whole years, so that nobody can be recognised. Its "
        "interval covers whenever in a year people left; where that alone could move the per "
        "cent by more than 25, none is given."
    )
    footer(view, found, "progression-national", indicator_definition(view, PROGRESSION))


def limits_text(row: Mapping[str, Any]) -> str:
    """The interval of a published per cent in brackets; nothing where it has none."""
    if row["lower"] is None:
        return ""
    return f" (95 % interval {row['lower']}–{row['upper']} %)"
