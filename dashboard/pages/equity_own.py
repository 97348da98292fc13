"""Own patients by what is recorded of them, and the sustainability minimum set."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, charts_selection, states, tiles, words
from dashboard.columns import OF_KNOWN
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection, bar, own_rates
from dashboard.fitting import HALF
from dashboard.pages.selection_technique import stacked
from sql.technique import Range, bars

GASES = ("Env1_TIVA", "Env1_SEVO", "Env1_DES")
PATIENTS = ("Env1_REPEAT", "Eq1", "Eq2_IMD", "Eq2_ETH")
AMOUNTS = {"Env1_ITEMS": 2.0, "Env1_KM": 20.0}  # width of a bar
SUMMARY = {
    "site": "Site",
    "known_of": "n/N",
    "mean_text": "Mean (95 % interval)",
    "median_text": "Median (quartiles)",
}


def own(view: View) -> None:
    """Gases and amounts by procedure; then patients: repeats, and who they are."""
    chosen = bar(view)
    st.caption("Own figures. Descriptive: no target, and no national figure to read them against.")
    left, right = st.columns(2)
    with left:
        _gases(view, chosen)
    with right:
        _amount(view, chosen, "Env1_ITEMS")
    left, right = st.columns(2)
    with left:
        _amount(view, chosen, "Env1_KM")
    with right:
        _patients(view, chosen)


def _gases(view: View, chosen: Selection) -> None:
    st.markdown("**Anaesthetic gas: procedures**")
    _shares(view, own_rates(view, chosen, GASES), "gases", "Share of procedures")


def _patients(view: View, chosen: Selection) -> None:
    st.markdown("**Repeat sessions, and who is treated: patients**")
    _shares(view, own_rates(view, chosen, PATIENTS), "patients", "Share of patients")


def _shares(view: View, found: pl.DataFrame, name: str, axis: str) -> None:
    """Indicators of one unit below each other: sentences, chart, table, download."""
    shown = found.filter(pl.col("eligible") > 0)
    if not shown.height:
        states.nothing("Nothing of this selection to count.")
        return
    for said in shown["sentence"]:
        sentence(said)
    text = " ".join(shown["sentence"])
    rows = tiles.rate_table(shown)
    # The interval is drawn; written too, it would leave a phone's width.
    drawn = tiles.chart_rows(shown).with_columns(
        rows["title"].alias("label"),
        (rows["title"] + ": " + rows["told"].str.replace(r" \(.*", "")).alias("said"),
    )
    draw(charts.rate_rows, drawn, reads=text, axis=f"{axis}, with 95 % interval")
    headings = {"title": "Indicator", "n_of": OF_KNOWN, "said": "% (95 % interval)"}
    with st.expander("Table"):
        table(
            rows,
            headings | {"unknown": "Not known", "immature": "Too recent"},
            reads=text,
            share=HALF,
            aside=("immature",),
        )

    def definition() -> None:
        for indicator_id in shown["indicator_id"]:
            indicator_definition(view, indicator_id)()

    footer(view, rows, name, definition)


def _amount(view: View, chosen: Selection, indicator_id: str) -> None:
    summary = chosen.of_site(
        view.reader.measures([indicator_id], period=chosen.period, by=chosen.by, **chosen.case_mix)
    )
    row = summary.row(0, named=True)
    st.markdown(f"**{words.plain(row['title'])}, {row['measured_in']}: procedures**")
    sentence(row["sentence"])
    amounts = chosen.of_site(
        view.reader.amounts(indicator_id, period=chosen.period, **chosen.case_mix)
    )
    scale = Range(
        indicator_id, row["title"], row["measured_in"], None, None, AMOUNTS[indicator_id], "", ""
    )
    counted = bars(amounts["amount"], scale)
    if counted.height:
        draw(
            charts_selection.distribution,
            stacked(counted),
            reads=row["sentence"],
            axis=f"{row['title']}, {row['measured_in']}",
            low=None,
            high=None,
            said="",
            unit="Procedures",
        )
    shown = summary.with_columns(
        pl.coalesce("site_name", pl.lit("All own sites")).alias("site"),
        pl.concat_str("known", pl.lit("/"), "eligible").alias("known_of"),
        _told(summary, "mean", "lower", "upper").alias("mean_text"),
        _told(summary, "median", "q1", "q3").alias("median_text"),
    )
    with st.expander("Table"):
        table(shown, SUMMARY, reads=row["sentence"], share=HALF)
    footer(view, shown.drop("sentence"), indicator_id, indicator_definition(view, indicator_id))


def _told(summary: pl.DataFrame, middle: str, low: str, high: str) -> pl.Series:
    """Three numbers as the sentence rounds them: one measurement has no limits, none nothing."""
    return pl.Series(
        [_limited(*row) for row in summary[middle, low, high].iter_rows()], dtype=pl.String
    )


def _limited(middle: float | None, low: float | None, high: float | None) -> str | None:
    if middle is None:
        return None
    return f"{middle:.1f}" + ("" if low is None else f" ({low:.1f}–{high:.1f})")
