"""Data quality: findings, completeness, and who has reported."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts_grid, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, indicator_definition, sentence, table
from dashboard.filters import Selection, bar
from dashboard.finding_counts import findings_by_rule, findings_definition, open_findings
from dashboard.pages.home_commissioner import published_participation
from dashboard.sections import participation_grid
from expectations.dictionary import site_tables
from expectations.rules import catalogue


def show(view: View) -> None:
    """Quarters, completeness, findings by rule with their rows, answers, identity clashes."""
    if not view.viewer.may("see rows"):
        published_participation(view)
        return
    chosen = bar(view, period=False, case_mix=False)
    st.header("Quarters reported", anchor=False)
    participation_grid(view)
    st.header("Completeness of key fields, by table and site", anchor=False)
    _completeness(view, chosen)
    st.header("Findings on current rows", anchor=False)
    _findings(view, chosen)
    st.header("Queries answered by the site", anchor=False)
    _answered(view, chosen)
    if view.viewer.may("see identity clashes"):
        st.header("One patient, one day, two sites", anchor=False)
        _identity_clashes(view)


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
    text = (
        f"{filled} of {expected} key fields filled, {words.filled_text(filled, expected)}; "
        f"{_least(fields) if filled < expected else 'none is missing'}."
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
    st.caption("Per cent of the key fields filled; the deeper the orange, the more is missing.")
    with st.expander("Table: by table and site"):
        table(
            drawn.with_columns(_filled_of(cells), pl.concat_str("said", pl.lit(" %"))),
            {"row": "Table", "column": "Site", "n_of": "Filled/expected", "said": "% filled"},
            reads="Completeness of key fields by table and site",
            rows=14,
        )
    short = fields.filter(pl.col("filled") < pl.col("expected")).sort("rate", "site_id")
    shown = short.with_columns(
        _filled_of(short),
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


def _least(fields: pl.DataFrame) -> str:
    """The field that is filled least often; how many, where several tie."""
    tied = fields.filter(pl.col("rate") == pl.col("rate").min())
    worst = tied.row(0, named=True)
    if tied.height > 1:
        share = words.filled_text(worst["filled"], worst["expected"])
        return f"least often: {tied.height} fields equally, {share} each"
    return (
        f"least often: {worst['title']} ({worst['site_id']}), {worst['filled']}/{worst['expected']}"
    )


def _filled_of(counted: pl.DataFrame) -> pl.Series:
    pairs = counted["filled", "expected"].iter_rows()
    return pl.Series("n_of", [words.share(*pair) for pair in pairs], dtype=pl.String)


def _findings(view: View, chosen: Selection) -> None:
    found = chosen.of_site(open_findings(view, by="site"))
    left, right = st.columns([3, 2])
    with left:
        findings_by_rule(view, found, 10)
    with right:
        by_site = found.group_by("site_id", "site_name").agg(pl.col("findings", "answered").sum())
        table(
            by_site.sort("site_id"),
            {"site_id": "Site", "site_name": "Name"} | {"findings": "Open", "answered": "Answered"},
            reads="Findings by site",
            share=2 / 5,
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
    rows = view.reader.finding_rows(rule=rule, site=chosen.site, today=view.today)
    table(
        rows,
        {
            "site_id": "Site",
            "source_file": "File",
            "source_line": "Line",
            "table_name": "Table",
            "column_name": "Column",
            "submission_id": "Submission",
            "answer": "Answered: why it is right",
        },
        reads=f"Rows of {rule}",
        rows=10,
    )
    footer(view, rows, "finding-rows", findings_definition)


def _answered(view: View, chosen: Selection) -> None:
    """The answers that stand, with who gave them and why, for whoever reviews the rows."""
    rows = view.reader.finding_rows(site=chosen.site, today=view.today)
    answered = rows.filter(pl.col("answer").is_not_null())
    if not answered.height:
        states.nothing("No query has an answer that stands.")
        return
    rules = catalogue()
    asked = [rules[rule].message if rule in rules else rule for rule in answered["rule"]]
    shown = answered.with_columns(pl.Series("asked", asked, dtype=pl.String))
    sentence(
        f"{words.counted(shown.height, 'query', 'queries')} answered and not counted as open; "
        "each counts again when its value changes or its answer ends."
    )
    table(
        shown,
        {
            "site_id": "Site",
            "rule": "Rule",
            "answer": "Why it is right",
            "answered_by": "Answered by",
            "answered_until": "Holds until",
            "source_file": "File",
            "source_line": "Line",
            "asked": "Query",
        },
        reads="Queries answered",
        rows=10,
    )
    footer(view, shown, "answered-queries", findings_definition)


def _identity_clashes(view: View) -> None:
    """D14b: what the build finds between two sites, and neither site is told."""
    found = view.reader.identity_clashes()
    if not found.height:
        states.nothing("No patient stands at two sites with a procedure on the same day.")
        return
    pairs = found.filter(pl.col("site_id") < pl.col("other_site_id"))
    sentence(
        f"{words.counted(pairs.height, 'pair')} of procedures on one day at two sites under one "
        "pseudonym: a patient or a date is wrong, or one procedure was sent by both. Ask each "
        "site about its own row; neither is told of the other."
    )
    table(
        found,
        {
            "procedure_date": "Day",
            "site_id": "Site",
            "procedure_id": "Procedure",
            "source_file": "File",
            "source_line": "Line",
            "submission_id": "Submission",
            "other_site_id": "Other site",
            "other_procedure_id": "Its procedure",
        },
        reads="Procedures of one patient on one day at two sites",
        rows=10,
    )
    footer(view, found, "identity-clashes", None)
