"""Outcomes: survival as a curve with its table, and as published."""

from __future__ import annotations

import json

import polars as pl
import streamlit as st

from dashboard import charts_grid, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection
from dashboard.fitting import HALF
from dashboard.pages.home_commissioner import DOWNLOADS, published_survival
from sql.reader import Survival
from sql.reader_published import NO_STRATUM
from sql.reader_survival import FEWEST_AT_RISK, TOLD


def curve(view: View, chosen: Selection, found: Survival, indicator_id: str) -> None:
    """Sentence, step curve with numbers at risk, table at 1, 2, 3 and 5 years, national."""
    on, _ = TOLD[indicator_id]
    sentence(found.sentence)
    if found.curve.height < 2:
        states.too_few(
            f"A curve is drawn from {FEWEST_AT_RISK} patients followed on. "
            f"There are {found.patients} in this selection."
        )
    else:
        draw(
            charts_grid.survival_curve,
            found.curve,
            reads=found.sentence,
            at_risk=at_risk(found.at_risk),
            is_cut=found.is_cut,
            axis=words.opened(on),
        )
        st.caption(
            f"Line: share {on}. Band: 95 % interval. Small upright ticks: patients followed "
            f"only so far. The curve ends where fewer than {FEWEST_AT_RISK} are at risk."
        )
    shown = landmark_table(found.landmarks)
    # Short enough to leave a phone room for the numbers at risk.
    heading = "% alive (95 % interval)" if indicator_id == "E6_OS" else "% (95 % interval)"
    table(
        shown,
        {"years": "Years", "said": heading, "at_risk": "At risk"},
        reads=f"Share {on} at 1, 2, 3 and 5 years",
        share=HALF,
    )
    footer(view, shown, DOWNLOADS[indicator_id], indicator_definition(view, indicator_id))
    with st.expander("National, as published"):
        if chosen.has_case_mix:
            states.nothing(words.opened(f"{NO_STRATUM}."))
        else:
            st.caption("Every patient of every site, whenever first treated.")
            published_survival(view, indicator_id, is_drawn=False)
            states.suppressed_legend()


def at_risk(numbers: pl.DataFrame) -> str:
    """Numbers at risk as a chart takes them."""
    return json.dumps({str(year): n for year, n in numbers.iter_rows()})


def landmark_table(landmarks: pl.DataFrame) -> pl.DataFrame:
    """Landmarks with their words; a landmark that cannot be judged says why."""
    said = []
    for row in landmarks.iter_rows(named=True):
        if row["estimate"] is None:
            said.append(f"fewer than {FEWEST_AT_RISK} at risk")
        elif row["lower"] is None:
            said.append(words.percent(row["estimate"]))
        else:
            limits = words.interval(row["lower"], row["upper"])
            said.append(f"{words.percent(row['estimate'])} ({limits})")
    return landmarks.with_columns(
        pl.Series("said", said, dtype=pl.String), pl.col(landmarks.columns[0]).cast(pl.Int64)
    )
