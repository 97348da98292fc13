"""Outcomes: how well treatment worked, and how patients fared after it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import streamlit as st

from dashboard import choices, filters, states, tiles, words
from dashboard.data import View
from dashboard.filters import Selection, bar, national_rates, own_rates
from dashboard.pages import (
    outcomes_life,
    outcomes_progression,
    outcomes_published,
    outcomes_response,
    outcomes_survival,
)
from sql.reader import Incidence, Survival
from sql.reader_periods import Period, period

FIRST = ("E1", "E2_M1")
COHORTS = {"period": "In the period chosen", "all": "At any time"}


@dataclass(frozen=True)
class Curves:
    """The curves of one selection: overall, free of progression, local progression."""

    overall: Survival
    free: Survival
    progression: Incidence
    per_tumour: Incidence


def show(view: View) -> None:
    """Four tiles, then survival, local progression, response, quality of life, courses."""
    if not view.viewer.may("see rows"):
        outcomes_published.national(view)
        return
    chosen = bar(view)
    cohort = _cohort()
    curves = _curves(view, chosen, cohort)
    _tiles(view, chosen, curves)
    with _of(view, chosen, cohort):
        _drawn(view, chosen, curves)
    st.header("Response and local control", anchor=False)
    outcomes_response.rates(view, chosen)
    outcomes_response.best(view, chosen)
    st.header("Quality of life", anchor=False)
    outcomes_life.quality_of_life(view, chosen)
    st.header("Course of each patient", anchor=False)
    outcomes_response.courses(view, chosen)


def _of(view: View, chosen: Selection, cohort: str) -> AbstractContextManager[None]:
    """Within it, the picture of a curve says whom it follows."""
    if cohort == "period":
        return nullcontext()
    until = view.reader.release().data_date
    since = view.kept.reported_since if view.kept is not None else None
    days = Period(cohort, since or period("36 months", until).start, until)
    return filters.of(view, chosen, days, when="patients first treated at any time")


def _drawn(view: View, chosen: Selection, curves: Curves) -> None:
    st.header("Survival from the first procedure", anchor=False)
    left, right = st.columns(2)
    with left:
        st.markdown("**Overall survival**")
        outcomes_survival.curve(view, chosen, curves.overall, "E6_OS")
    with right:
        st.markdown("**Survival without progression**")
        outcomes_survival.curve(view, chosen, curves.free, "E5_PFS")
    st.header("Local progression", anchor=False)
    outcomes_progression.both(view, curves.progression, curves.per_tumour)


def _cohort() -> str:
    """Whether curves follow patients of the period, or all: few years make a short curve."""
    said = "Curves follow patients first treated"
    return choices.picked("cohort", said, COHORTS, "period", width=360)


def _curves(view: View, chosen: Selection, cohort: str) -> Curves:
    own = view.reader.sites()["site_id"].to_list()
    site = own[0] if len(own) == 1 else chosen.site
    period = chosen.period if cohort == "period" else None
    survival, incidence = view.reader.survival, view.reader.incidence
    return Curves(
        overall=survival("E6_OS", period=period, site=site, **chosen.case_mix)[0],
        free=survival("E5_PFS", period=period, site=site, **chosen.case_mix)[0],
        progression=incidence("E4_LTP", period=period, site=site, **chosen.case_mix)[0],
        per_tumour=incidence("E4_LTPL", period=period, site=site, **chosen.case_mix)[0],
    )


def _tiles(view: View, chosen: Selection, curves: Curves) -> None:
    rates = own_rates(view, chosen, FIRST)
    published = national_rates(view, chosen, FIRST)
    success, efficacy, progression, follow_up = st.columns(4)
    for place, indicator_id in ((success, FIRST[0]), (efficacy, FIRST[1])):
        with place:
            of_one = rates.filter(indicator_id=indicator_id)
            tiles.tile(view, of_one, published.filter(indicator_id=indicator_id))
    with progression, st.container(border=True, height="stretch"):
        outcomes_progression.tile(view, chosen, curves.progression)
    with follow_up, st.container(border=True, height="stretch"):
        _follow_up(curves.overall)
    states.suppressed_legend()


def _follow_up(curve: Survival) -> None:
    years = curve.follow_up_years
    tiles.number("Median follow-up", _months(years.estimate))
    if years.estimate is not None:
        lower, upper = _months(years.lower), _months(years.upper)
        st.text(f"95 % interval {lower} to {upper}")
    st.text(f"{words.counted(curve.patients, 'patient')}, {words.counted(curve.deaths, 'death')}")
    st.caption("By reverse Kaplan-Meier: how long patients would have been followed had none died.")
    if curve.unknown:
        unknown = words.counted(curve.unknown, "patient")
        st.caption(f"Vital status never sent for {unknown}: in no curve.")


def _months(years: float | None) -> str:
    return "not reached" if years is None else f"{12 * years:.0f} months"
