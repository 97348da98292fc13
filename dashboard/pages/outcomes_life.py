"""Outcomes: quality of life before and after, who got better or worse, who answered."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, charts_outcomes, choices, states, tiles, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection, own_rates
from sql.sentences import FEWEST_FOR_PERCENT

RETURNED = ("Q3_BASE", "Q3_M3", "Q3_M12")
FIRST = "c30_ql"  # the scale to open with: global health and quality of life
DEFINED = {"c30_ql": "Q2_M3", "hcc_fa": "Q2H_M3", "eq5d_vas": "Q1V_M3", "eq5d_value": "Q1_M3"}
DEFINED |= {"fact_hep": "Q2F_M3"}


def quality_of_life(view: View, chosen: Selection) -> None:
    """One chosen scale: mean change by visit, better and worse; then who answered."""
    found = view.reader.quality_of_life(
        period=chosen.period, site=chosen.site, **chosen.case_mix
    ).filter(pl.col("known") > 0)
    if not found.height:
        states.nothing("No questionnaire answered before and after treatment in this selection.")
    else:
        _scale(view, told(found.filter(scale=_picked(found))))
    _returned(view, chosen)


def _picked(found: pl.DataFrame) -> str:
    known = found.unique("scale", keep="first", maintain_order=True)
    titles = {
        scale: f"{instrument}: {words.lowered(title)}"
        for scale, instrument, title in known["scale", "instrument", "title"].iter_rows()
    }
    first = FIRST if FIRST in titles else next(iter(titles))
    return choices.picked("scale", "Scale", titles, first, width=480)


ESTIMATED = ("mean", "lower", "upper")


def told(found: pl.DataFrame) -> pl.DataFrame:
    """The visits of one scale in words: what they are called, the change, better and worse."""
    rows = list(found.iter_rows(named=True))
    change = [
        "{} ({} to {})".format(*(words.signed(row[name], 1) for name in ESTIMATED))
        if row["known"] >= FEWEST_FOR_PERCENT
        else "–"
        for row in rows
    ]
    return found.with_columns(
        pl.col("visit").str.replace("M", "month ").alias("visit"),
        pl.Series("change", change, dtype=pl.String),
        pl.concat_str(pl.lit("n = "), "known").alias("said"),
        *(
            pl.Series(f"{name}_of", [words.share(r[name], r["known"]) for r in rows], pl.String)
            for name in ("better", "worse")
        ),
        (pl.col("known") - pl.col("better") - pl.col("worse")).alias("no change"),
    )


def _scale(view: View, shown: pl.DataFrame) -> None:
    entry = shown.row(0, named=True)
    smallest, scale = entry["smallest_change"], entry["scale"]
    way = "up is better" if entry["is_higher_better"] else "up is worse"
    text = _reading(shown)
    sentence(text)
    left, right = st.columns(2)
    with left:
        st.markdown("**Mean change from before treatment**")
        enough = shown.filter(pl.col("known") >= FEWEST_FOR_PERCENT)
        drawn = enough.select("visit", "mean", "lower", "upper", "said")
        axis = f"Mean change, points ({way})"
        if drawn.height:
            draw(charts_outcomes.mean_change, drawn, reads=text, axis=axis, smallest=smallest)
        else:
            states.too_few(f"A mean change is given from {FEWEST_FOR_PERCENT} patients on.")
        st.caption(
            f"Point: mean; line: 95 % interval. Dashed: {smallest:g} points, the smallest change "
            f"that matters. Drawn from {FEWEST_FOR_PERCENT} patients on. Those who answer late are "
            "often those who fare well."
        )
    with right:
        st.markdown("**Patients who got better or worse**")
        draw(charts_outcomes.better_or_worse, _shares(shown), reads=text)
        st.caption(
            f"From the left: + better, = no change that matters, − worse, by {smallest:g} points "
            "or more. A narrow part has its number in the table."
        )
    table(
        shown,
        {
            "visit": "Visit",
            "known": "Scored both times",
            "change": "Mean change (95 % interval)",
            "better_of": "Better",
            "worse_of": "Worse",
            "pairs": "Answered both times",
        },
        reads=f"{entry['title']} by visit",
    )
    defined = DEFINED.get(scale)
    definition = indicator_definition(view, defined) if defined else None
    footer(view, shown, f"quality-of-life-{scale}", definition)


def _shares(shown: pl.DataFrame) -> pl.DataFrame:
    signs = {"better": "+", "no change": "=", "worse": "−"}
    names = list(charts_outcomes.SHARES)
    long = shown.unpivot(on=names, index="visit", variable_name="state", value_name="count")
    sign = pl.col("state").replace_strict(signs, return_dtype=pl.String)
    return long.with_columns(
        pl.col("state")
        .replace_strict({name: n for n, name in enumerate(names)}, return_dtype=pl.Int64)
        .alias("position"),
        pl.concat_str(sign, pl.lit(" "), "count").alias("letter"),
    )


def _reading(shown: pl.DataFrame) -> str:
    """The visit of which most is known, in one sentence."""
    most = shown.sort("known", descending=True, maintain_order=True).row(0, named=True)
    is_enough = most["known"] >= FEWEST_FOR_PERCENT
    mean = f"mean change {most['change']} points" if is_enough else "too few for a mean change"
    return (
        f"{most['instrument']}, {words.lowered(most['title'])}, at {most['visit']}: {mean}, "
        f"{words.counted(most['known'], 'patient')}; {most['better']} better, {most['worse']} "
        f"worse by {most['smallest_change']:g} points or more."
    )


def _returned(view: View, chosen: Selection) -> None:
    st.markdown("**Questionnaires returned**")
    rates = own_rates(view, chosen, RETURNED)
    if not rates["eligible"].sum():
        states.nothing("Nobody of this selection was due to answer a questionnaire yet.")
        return
    visits = pl.Series("label", ["Before treatment", "Month 3", "Month 12"])
    shown = tiles.rate_table(rates).with_columns(visits)
    text = f"{_answered(shown)}, of the patients who agreed to answer and whose visit is past."
    sentence(text)
    drawn = tiles.chart_rows(rates).with_columns(visits)
    said = pl.concat_str("label", pl.lit(": "), "told")
    drawn = drawn.with_columns(shown.select(said.alias("said")))
    draw(charts.rate_rows, drawn, reads=text, axis="Returned, with 95 % interval")
    table(
        shown,
        {"label": "Visit", "n_of": "n/N", "said": "% (95 % interval)", "immature": "Too recent"},
        reads="Questionnaires returned by visit",
    )
    footer(view, shown, "questionnaires-returned", indicator_definition(view, RETURNED[1]))


def _answered(shown: pl.DataFrame) -> str:
    """Returned before treatment: 39/40; month 3: 31/35; ..."""
    parts = [
        f"{words.lowered(label)}: {n_of}" for label, n_of in shown["label", "n_of"].iter_rows()
    ]
    return f"Returned {'; '.join(parts)}"
