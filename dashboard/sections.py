"""Figures that stand on more than one page."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import abbreviations, charts_grid, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection

# Short enough to stand over a column on a phone; the table gives the full titles.
SHORT = {
    "C11": f"All{charts_grid.LINE_END}five",
    "C1": f"Re-{charts_grid.LINE_END}search",
    "C2": "MDT",
    "C3": "Centre",
    "C4": f"Oper-{charts_grid.LINE_END}ator",
    "C5": f"Gover-{charts_grid.LINE_END}nance",
    "C6": f"GA +{charts_grid.LINE_END}block",
    "C7": f"Spa-{charts_grid.LINE_END}cing",
    "C8": f"ECG{charts_grid.LINE_END}sync",
}
MOST_SENTENCES = 3
MATRIX_LEGEND = (
    "● met in all procedures · ▲ at least one procedure does not meet it · "
    "○ cannot tell for at least one · – no procedure. Below the symbol: met/all. "
    "All five: research, MDT (multidisciplinary team), centre, operator, governance. "
    "GA + block: general anaesthesia with neuromuscular block. Spacing: verified, and electrodes "
    "parallel. ECG sync: pulses synchronised with the electrocardiogram."
)
STATUS_LEGEND = (
    "● all met · ▲ breaches · ○ cannot tell · – fewer than 8 procedures. "
    "Rolling 36 months. No per cent of a site is published; its breaches are, rounded. "
    + abbreviations.told("MDT")
)
PARTICIPATION_SYMBOLS = {"reported": "●", "late": "◐", "nil return": "○", "missing": "▲"}
PARTICIPATION_LEGEND = (
    "● reported in time · ◐ reported after the due date · ○ nil return · ▲ not reported · "
    "– not due yet. Due 6 weeks after the quarter's end."
)


def compliance_matrix(view: View, selection: Selection) -> None:
    """Own sites by rule: the state, and in how many procedures the rule was met."""
    found = selection.of_site(view.reader.compliance(period=selection.period))
    if not found.height or not found["eligible"].sum():
        states.nothing("No procedure in this period, so nothing to judge compliance by.")
        return
    bundle = found.filter(pl.col("rule_id") == "C11")
    for said in bundle.sort("rate", nulls_last=True)["sentence"].head(MOST_SENTENCES):
        sentence(said)
    if bundle.height > MOST_SENTENCES:
        st.caption(f"The {MOST_SENTENCES} lowest of {bundle.height} sites; all are below.")
    cells = found.select(
        pl.col("site_id").alias("row"),
        pl.col("rule_id").replace(SHORT).alias("column"),
        pl.col("status").replace_strict(words.SYMBOLS, default="–").alias("symbol"),
        pl.concat_str("met", pl.lit("/"), "eligible").alias("said"),
        pl.col("status").alias("state"),
    )
    reads = "Compliance of own sites by rule: symbol and met/all; the table has the same."
    draw(charts_grid.matrix, cells, reads=reads)
    st.caption(MATRIX_LEGEND)
    shown = found.with_columns(
        pl.Series("n_of", [words.share(r[0], r[1]) for r in _pairs(found)], dtype=pl.String),
        pl.Series("said", _rates(found), dtype=pl.String),
        pl.concat_str(
            pl.col("status").replace_strict(words.SYMBOLS, default="–"), pl.lit(" "), "status"
        ).alias("status_text"),
        pl.Series("clause", [words.clauses(c.split(", ")) for c in found["clause"]], pl.String),
    )
    with st.expander("Table: sites by rule"):
        table(
            shown,
            {
                "site_id": "Site",
                "title": "Rule",
                "status_text": "Status",
                "n_of": "Met/all",
                "said": "% met (95 % interval)",
                "not_met": "Not met",
                "cannot_tell": "Cannot tell",
            },
            reads="Compliance by site and rule",
            rows=14,
        )
    footer(view, shown, "compliance", indicator_definition(view, "C11"))


def status_matrix(view: View) -> None:
    """Every site by rule, as a published status."""
    found = view.reader.compliance_status()
    if not found.height:
        states.nothing("No compliance status has been published yet.")
        return
    counted = found.unique(["site_id", "status"]).group_by("status").len()
    by_status = dict(counted.iter_rows())
    all_met = (
        found.group_by("site_id")
        .agg((pl.col("status") == "met").all().alias("all_met"))["all_met"]
        .sum()
    )
    total = found["site_id"].n_unique()
    sentence(
        f"Sites with breaches of at least one rule: {by_status.get('breaches', 0)} of {total}. "
        f"Sites that met every rule: {all_met}."
    )
    cells = found.select(
        pl.concat_str("site_id", pl.lit(charts_grid.LINE_END), "site_name").alias("row"),
        pl.col("rule_id").replace(SHORT).alias("column"),
        "symbol",
        pl.lit("").alias("said"),
        pl.col("status").alias("state"),
    )
    reads = "Published compliance status by site and rule; the table has the same."
    draw(charts_grid.matrix, cells, reads=reads)
    st.caption(STATUS_LEGEND)
    shown = found.with_columns(
        pl.concat_str("symbol", pl.lit(" "), "status").alias("status_text"),
        pl.concat_str("symbol", "breaches_text", separator=" ", ignore_nulls=True).alias("told"),
        pl.col("breaches_text").fill_null("–"),
    )
    titles = dict(found["rule_id", "title"].unique(maintain_order=True).iter_rows())
    counts = shown.pivot(
        on="rule_id",
        index=["site_id", "procedures_text"],
        values="told",
        maintain_order=True,
    )
    st.markdown("**Procedures; of each rule the status and the breaches, rounded**")
    table(
        counts,
        {"site_id": "Site", "procedures_text": "Procedures"} | {rule: rule for rule in titles},
        reads="Procedures by site, status and breaches by rule, rounded",
    )
    st.caption(words.plain("; ".join(f"{rule} {title}" for rule, title in titles.items())))
    states.suppressed_legend()
    footer(view, shown, "compliance-status", indicator_definition(view, "C11"))


def participation_grid(view: View) -> None:
    """Own sites by quarter: reported, late, nil return, missing."""
    found = view.reader.participation()
    if not found.height:
        states.nothing("No quarter is expected of these sites yet.")
        return
    state = (
        pl.when((pl.col("state") == "reported") & pl.col("is_late"))
        .then(pl.lit("late"))
        .otherwise("state")
    )
    told = found.with_columns(state.alias("state"))
    missing = told.filter(pl.col("state") == "missing")
    late = told.filter(pl.col("state") == "late").height
    sentence(
        f"{words.opened(words.counted(missing.height, 'quarter'))} missing, "
        f"{words.counted(late, 'quarter')} reported late, of "
        f"{told.filter(pl.col('state') != 'not due').height} due."
    )
    cells = told.select(
        pl.col("site_id").alias("row"),
        _short_quarter().alias("column"),
        pl.col("state").replace_strict(PARTICIPATION_SYMBOLS, default="–").alias("symbol"),
        pl.lit("").alias("said"),
        "state",
    )
    draw(charts_grid.matrix, cells, reads="Quarters reported by site; the table has the same.")
    st.caption(PARTICIPATION_LEGEND)
    with st.expander("Table: quarters by site"):
        table(
            told,
            {
                "site_id": "Site",
                "quarter": "Quarter",
                "due_date": "Due",
                "state": "State",
                "received_at": "Received",
            },
            reads="Quarters by site",
            rows=12,
        )
    footer(view, told, "participation", None)


def _short_quarter() -> pl.Expr:
    parts = pl.col("quarter").str.split(" ")
    return pl.concat_str(
        parts.list.get(1), pl.lit(charts_grid.LINE_END), parts.list.get(0).str.slice(2)
    )


def _pairs(found: pl.DataFrame) -> list[tuple[int, int]]:
    return list(found["met", "eligible"].iter_rows())


def _rates(found: pl.DataFrame) -> list[str]:
    return [
        words.rate_text(rate, lower, upper, n)
        for rate, lower, upper, n in found["rate", "lower", "upper", "eligible"].iter_rows()
    ]
