"""Home of a commissioner: which centres comply, and where it is going."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import board_pack, charts_grid, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.fitting import HALF
from dashboard.pages.compliance_returns import published_ascertainment
from dashboard.reports.making import NATIONAL
from dashboard.sections import status_matrix
from dashboard.tiles import COMPLICATIONS, published_tiles
from sql.reader_survival import TOLD


def show(view: View) -> None:
    """Status by site, direction nationally, participation, complications, survival."""
    st.header("Compliance of centres, rolling 36 months", anchor=False)
    status_matrix(view)
    st.header("Direction of travel, national, by financial year", anchor=False)
    national_trend(view)
    st.header("Who reports", anchor=False)
    published_participation(view)
    published_ascertainment(view)
    st.header("Complications, national, rolling 36 months", anchor=False)
    published_tiles(view, view.reader.published_rates(COMPLICATIONS))
    states.suppressed_legend()
    st.header("Survival, national", anchor=False)
    published_survival(view)
    board_pack.buttons(view, NATIONAL)


def national_trend(view: View) -> None:
    """National compliance by financial year, rounded."""
    found = view.reader.compliance_national()
    if not found.height:
        states.nothing("No national compliance figure has been published yet.")
        return
    shown = found.with_columns(
        pl.Series("said", [_met(row) for row in found.iter_rows(named=True)], dtype=pl.String)
    )
    by_year = shown.pivot(
        on="financial_year", index=["rule_id", "title"], values="said", maintain_order=True
    )
    years = [name for name in by_year.columns if name not in ("rule_id", "title")]
    table(
        by_year,
        {"title": "Per cent of procedures that met the rule"} | {year: year for year in years},
        reads="National compliance by financial year",
    )
    with st.expander("Table: the counts, rounded"):
        table(
            shown,
            {
                "title": "Rule",
                "financial_year": "Year",
                "procedures_text": "Procedures",
                "breaches_text": "Breaches",
                "cannot_tell_text": "Cannot tell",
                "said": "% met (95 % interval)",
                "note": "Note",
            },
            reads="National compliance by financial year, counts",
            rows=9,
        )
    states.suppressed_legend()
    footer(view, shown, "compliance-national", indicator_definition(view, "C11"))


def _met(row: Mapping[str, Any]) -> str:
    if row["percent"] is None:
        return "–"
    return f"{row['percent']} % ({row['lower']}–{row['upper']} %)"


def published_participation(view: View) -> None:
    """Every site: quarters expected, reported, missing."""
    found = view.reader.published_participation()
    missing = found.filter(pl.col("quarters_missing") > 0)
    if missing.height:
        told = ", ".join(
            f"{name} ({site}, {n})"
            for name, site, n in missing["site_name", "site_id", "quarters_missing"].iter_rows()
        )
        sentence(f"Quarters not reported: {told}.")
    else:
        sentence(f"All {found.height} sites have reported every quarter that is due.")
    table(
        found,
        {
            "site_id": "Site",
            "site_name": "Name",
            "quarters_expected": "Quarters due",
            "quarters_reported": "Reported",
            "quarters_nil": "Nil return",
            "quarters_late": "Late",
            "quarters_missing": "Missing",
            "complete_to": "Complete to",
        },
        reads="Participation by site",
    )
    footer(view, found, "participation-national", None)


def published_survival(view: View, indicator_id: str = "E6_OS", *, is_drawn: bool = True) -> None:
    """National survival at whole years, overall or free of progression.

    Args:
        is_drawn: False within what opens on a click: a chart there is not always drawn.
    """
    found = view.reader.published_survival(indicator_id)
    on, _ = TOLD[indicator_id]
    known = found.filter(pl.col("percent").is_not_null())
    if not known.height:
        states.too_few(f"{words.opened(found['note'][0])}.")
    else:
        last = known.row(-1, named=True)
        year = words.counted(int(last["years"]), "year")
        text = (
            f"National: {last['percent']} % {on} at {year} (95 % interval "
            f"{last['lower']}–{last['upper']} %), {last['at_risk_text']} still followed then."
        )
        sentence(text)
        if is_drawn:
            _landmarks(known, text, on)
    st.caption(
        "A life table of rounded counts by whole years, so that nobody can be recognised. Its "
        "interval covers whenever in a year people left; where that alone could move the per "
        "cent by more than 25, none is given."
    )
    table(
        found,
        {
            "years": "Years",
            "at_risk_text": "At risk",
            "percent": "% alive" if indicator_id == "E6_OS" else "%",
            "lower": "from %",
            "upper": "to %",
            "note": "Note",
        },
        reads=f"National at whole years: {on}",
        share=HALF,
    )
    footer(
        view, found, f"{DOWNLOADS[indicator_id]}-national", indicator_definition(view, indicator_id)
    )


def _landmarks(known: pl.DataFrame, text: str, on: str) -> None:
    drawn = known.select(
        "years",
        *((pl.col(a) / 100).alias(b) for a, b in PUBLISHED),
        pl.concat_str("percent", pl.lit(" %")).alias("said"),
    )
    draw(charts_grid.landmarks, drawn, reads=text, axis=words.opened(on))


DOWNLOADS = {"E6_OS": "survival", "E5_PFS": "progression-free"}
PUBLISHED = (("percent", "rate"), ("lower", "lower"), ("upper", "upper"))
