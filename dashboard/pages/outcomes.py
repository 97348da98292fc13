"""Outcomes: technique efficacy, and survival."""

from __future__ import annotations

import json

import polars as pl
import streamlit as st

from dashboard import charts_grid, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection, bar
from dashboard.pages.home_commissioner import published_survival
from sql.reader import Survival

EFFICACY = ("E2_M1",)


def show(view: View) -> None:
    """Technique efficacy and follow-up as tiles; survival as a curve with its table."""
    if not view.viewer.may("see rows"):
        bar(view, period=False, case_mix=False, site=False)
        tiles.published_tiles(view, view.reader.published_rates(EFFICACY))
        st.subheader("Overall survival", anchor=False)
        published_survival(view)
        states.suppressed_legend()
        return
    chosen = bar(view, case_mix=False)
    rates = view.reader.rates(EFFICACY, period=chosen.period, by="site" if chosen.site else "all")
    curve = _curve(view, chosen)
    left, right = st.columns([1, 2])
    with left:
        published = view.reader.published_rates(EFFICACY, period=chosen.period)
        tiles.tile(view, chosen.of_site(rates), published)
        _follow_up(curve)
    with right:
        st.subheader("Overall survival from the first procedure", anchor=False)
        _survival(view, curve)


def _curve(view: View, chosen: Selection) -> Survival:
    own = view.reader.sites()["site_id"].to_list()
    site = own[0] if len(own) == 1 else chosen.site
    curves = view.reader.survival(by="site" if site else "all", period=chosen.period)
    return next(one for one in curves if one.site_id == site)


def _follow_up(curve: Survival) -> None:
    with st.container(border=True):
        months = curve.follow_up_years.estimate
        tiles.number(
            "Median follow-up",
            f"{12 * months:.0f} months" if months is not None else "not reached",
        )
        st.text(
            f"{words.counted(curve.patients, 'patient')}, {words.counted(curve.deaths, 'death')}"
        )
        if curve.unknown:
            st.caption(
                f"Vital status never sent for {words.counted(curve.unknown, 'patient')}: "
                "in no curve."
            )


def _survival(view: View, curve: Survival) -> None:
    sentence(curve.sentence)
    if curve.curve.height < 2:
        states.too_few(
            "A curve is drawn from 10 patients followed on. "
            f"There are {curve.patients} in this selection."
        )
    else:
        at_risk = {str(year): n for year, n in curve.at_risk.iter_rows()}
        draw(
            charts_grid.survival_curve,
            curve.curve,
            reads=curve.sentence,
            at_risk=json.dumps(at_risk),
            is_cut=curve.is_cut,
            axis="Alive",
        )
        st.caption(
            "Line: share alive. Band: 95 % interval. Small upright ticks: patients followed "
            "only so far. The curve ends where fewer than 10 are at risk."
        )
    shown = landmark_table(curve.landmarks)
    table(
        shown,
        {"years": "Years", "said": "% alive (95 % interval)", "at_risk": "At risk"},
        reads="Survival at 1, 2, 3 and 5 years",
    )
    footer(view, shown, "survival", indicator_definition(view, "E6_OS"))
    with st.expander("National, as published"):
        published_survival(view)
        states.suppressed_legend()


def landmark_table(landmarks: pl.DataFrame) -> pl.DataFrame:
    """Landmarks with their words; a landmark that cannot be judged says why."""
    said = []
    for row in landmarks.iter_rows(named=True):
        if row["estimate"] is None:
            said.append("fewer than 10 at risk")
        elif row["lower"] is None:
            said.append(words.percent(row["estimate"]))
        else:
            limits = words.interval(row["lower"], row["upper"])
            said.append(f"{words.percent(row['estimate'])} ({limits})")
    return landmarks.with_columns(
        pl.Series("said", said, dtype=pl.String), pl.col("years").cast(pl.Int64)
    )
