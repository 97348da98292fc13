"""Data quality: findings, completeness, and who has reported."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts_grid, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection, bar
from dashboard.pages.home_commissioner import published_participation
from dashboard.pages.home_registry import findings_by_rule
from dashboard.sections import participation_grid
from expectations.dictionary import site_tables
from expectations.rules import catalogue

SHORT_OF = 0.95  # a field filled less often than this stands out (D2 [P])


def show(view: View) -> None:
    """Quarters, findings by rule with their rows, completeness by table and site."""
    if not view.viewer.may("see rows"):
        published_participation(view)
        return
    chosen = bar(view, period=False, case_mix=False)
    st.subheader("Quarters reported", anchor=False)
    participation_grid(view)
    st.subheader("Completeness of key fields, by table and site", anchor=False)
    _completeness(view, chosen)
    st.subheader("Findings on current rows", anchor=False)
    _findings(view, chosen)


def _completeness(view: View, chosen: Selection) -> None:
    fields = chosen.of_site(view.reader.completeness())
    if not fields.height:
        states.nothing("No record yet to judge completeness by.")
        return
    order = {name: position for position, name in enumerate(site_tables())}
    titles = {name: one.title for name, one in site_tables().items()}
    cells = (
        fields.group_by("table_name", "site_id")
        .agg(pl.col("expected", "filled").sum())
        .with_columns(
            (1 - pl.col("filled") / pl.col("expected")).alias("missing"),
            pl.col("table_name").replace_strict(order, default=99).alias("position"),
        )
        .sort("position", "site_id")
    )
    filled, expected = int(cells["filled"].sum()), int(cells["expected"].sum())
    worst = fields.sort("rate", "title").row(0, named=True)
    text = (
        f"{filled} of {expected} key fields filled, {words.filled_text(filled, expected)}; "
        f"least often: {worst['title']} ({worst['site_id']}), "
        f"{worst['filled']}/{worst['expected']}."
    )
    sentence(text)
    drawn = cells.select(
        pl.col("table_name").replace_strict(titles, default="").alias("row"),
        pl.col("site_id").alias("column"),
        "missing",
        pl.Series(
            "said",
            [
                words.filled_text(*pair).removesuffix(" %").removesuffix(".0")
                for pair in cells["filled", "expected"].iter_rows()
            ],
            dtype=pl.String,
        ),
    )
    draw(charts_grid.shares, drawn, reads=text)
    st.caption("Per cent of the key fields filled; darker: more is missing.")
    short = fields.filter(pl.col("filled") < pl.col("expected")).sort("rate", "site_id")
    shown = short.with_columns(
        pl.concat_str("filled", pl.lit("/"), "expected").alias("n_of"),
        pl.Series(
            "said",
            [
                words.rate_text(rate, lower, upper, n)
                for rate, lower, upper, n in short["rate", "lower", "upper", "expected"].iter_rows()
            ],
            dtype=pl.String,
        ),
    )
    if shown.height:
        with st.expander(f"Table: the {shown.height} fields with gaps"):
            table(
                shown,
                {
                    "site_id": "Site",
                    "table_name": "Table",
                    "title": "Field",
                    "n_of": "Filled/expected",
                    "said": "% filled (95 % interval)",
                },
                reads="Fields with gaps",
                rows=14,
            )
    footer(view, fields, "completeness", indicator_definition(view, "D2"))


def _findings(view: View, chosen: Selection) -> None:
    found = view.reader.findings(by="site")
    found = chosen.of_site(found)
    left, right = st.columns([3, 2])
    with left:
        findings_by_rule(view, found, 10)
    with right:
        by_site = found.group_by("site_id", "site_name").agg(pl.col("findings").sum())
        table(
            by_site.sort("site_id"),
            {"site_id": "Site", "site_name": "Name", "findings": "Findings"},
            reads="Findings by site",
        )
    if not found.height:
        return
    rules = catalogue()
    titles = {name: rule.title.rstrip(".") for name, rule in rules.items()}
    listed = found.group_by("rule").agg(pl.col("findings").sum()).sort("rule")
    rule = st.selectbox(
        "Rows of one rule",
        listed["rule"].to_list(),
        format_func=lambda name: f"{name}: {titles.get(name, '')}",
    )
    if rule in rules:
        sentence(f"{rules[rule].message} {rules[rule].fix}")
    rows = view.reader.finding_rows(rule=rule, site=chosen.site)
    table(
        rows,
        {
            "site_id": "Site",
            "source_file": "File",
            "source_line": "Line",
            "table_name": "Table",
            "column_name": "Column",
            "submission_id": "Submission",
        },
        reads=f"Rows of {rule}",
        rows=10,
    )
    footer(view, rows, "finding-rows", None)
