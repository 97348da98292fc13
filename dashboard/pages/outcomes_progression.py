"""Outcomes: local progression, death and transplant competing, per patient and per tumour."""

from __future__ import annotations

import streamlit as st

from dashboard import charts_outcomes, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.fitting import HALF
from dashboard.pages.outcomes_published import limits_text
from dashboard.pages.outcomes_survival import at_risk, landmark_table
from sql.reader import Incidence
from sql.reader_survival import FEWEST_AT_RISK

PATIENT, TUMOUR = "E4_LTP", "E4_LTPL"


def tile(view: View, chosen: Selection, found: Incidence) -> None:
    """Local progression at 12 months, per patient."""
    year = found.landmarks.row(0, named=True)
    is_known = year["estimate"] is not None
    tiles.number(
        "Local progression at 12 months", words.percent(year["estimate"]) if is_known else "–"
    )
    if not is_known:
        st.text(f"judged from {FEWEST_AT_RISK} patients followed for 12 months on")
    elif year["lower"] is not None:
        st.text(f"95 % interval {words.interval(year['lower'], year['upper'])}")
    if found.units:
        st.text(
            f"{found.events} of {words.counted(found.units, 'patient')} progressed, "
            f"{year['at_risk']} still followed at 12 months"
        )
    tiles.benchmark(view.reader.definitions()[PATIENT])
    if not chosen.has_case_mix:
        _national(view)
    tiles.definition(view, PATIENT)


def _national(view: View) -> None:
    for row in view.reader.published_incidence(PATIENT).head(1).iter_rows(named=True):
        figure = (
            f"{row['percent']} % at 1 year{limits_text(row)}, of {row['entered_text']} patients"
        )
        said = row["note"] or figure
        st.caption(words.plain(f"National, rounded, whenever first treated: {said}"))


def both(view: View, patients: Incidence, tumours: Incidence) -> None:
    """Per patient with interval; per tumour beside it without."""
    left, right = st.columns(2)
    with left:
        st.markdown("**Per patient**")
        _figure(view, patients, PATIENT, "local-progression")
    with right:
        st.markdown("**Per tumour**")
        _figure(view, tumours, TUMOUR, "local-progression-per-tumour")
        st.caption(
            "No interval per tumour: tumours of one patient share their fate, and an interval "
            "that takes them for independent would be too narrow."
        )


def _read(found: Incidence) -> str:
    """How the curve is read, of what there is on it."""
    limits = " Dotted: its 95 % interval." if found.unit == "patient" else ""
    line, *others = [
        f"{letter} {cause}" for cause, letter in charts_outcomes.occurred(found.curve).items()
    ]
    if not others:
        return f"{line} (line).{limits} In the time drawn nobody died or had a transplant before."
    return (
        f"Stacked, from below: {line} (line).{limits} {' and '.join(others)} before any "
        "progression, after which none can follow. Not 1 less Kaplan-Meier, which reads higher."
    )


def _figure(view: View, found: Incidence, indicator_id: str, name: str) -> None:
    sentence(found.sentence)
    if found.curve["years"].n_unique() < 2:
        states.too_few(
            f"A curve is drawn from {FEWEST_AT_RISK} {found.unit}s followed on. "
            f"There are {found.units} in this selection."
        )
    else:
        draw(
            charts_outcomes.incidence,
            found.curve.select("years", "cause", "estimate", "lower", "upper"),
            reads=found.sentence,
            at_risk=at_risk(found.at_risk),
            is_cut=found.is_cut,
            axis=f"Share of {found.unit}s",
        )
        st.caption(_read(found))
    shown = landmark_table(found.landmarks)
    heading = "% (95 % interval)" if found.unit == "patient" else "% progressed"
    table(
        shown,
        {"months": "Months", "said": heading, "at_risk": "At risk"},
        reads=f"Local progression at 12 and 24 months, per {found.unit}",
        share=HALF,
    )
    footer(view, shown, name, indicator_definition(view, indicator_id))
