"""Compliance over time: what allowed a site to treat, who operated, and what ends next."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboard import charts_time, filters, states, words
from dashboard.data import View
from dashboard.figures import draw, footer, sentence, table
from sql.reader_periods import Period

SOON_DAYS = 90
LATER = "without an end"


def standing(view: View, site: str | None) -> None:
    """One site's time line, its spans, and its operators' cases by year."""
    sites = view.reader.sites()["site_id"].to_list()
    if site is None:
        site = sites[0] if len(sites) == 1 else st.selectbox("Time line of", sites)
    spans, treated = view.reader.spans(site), view.reader.treated(site)
    if treated.is_empty() and spans.is_empty():
        states.nothing(f"Neither procedures nor approvals of {site} are on record.")
        return
    until = view.reader.release().data_date
    for said in (*ending(spans, until), *reviews_due(spans, until)):
        sentence(said)
    _time_line(view, site, spans, treated)
    with st.expander("Table: what allowed the site to treat"):
        table(
            spans.with_columns(end=_end()),
            {
                "lane": "What",
                "named": "Which",
                "first_day": "From",
                "end": "To",
                "next_review": "Next review",
            },
            reads="Designations, approvals, studies and sign-offs",
            rows=12,
        )
    footer(view, spans, f"time-line-{site}", None)
    _operators(view, site, spans)


def _time_line(view: View, site: str, spans: pl.DataFrame, treated: pl.DataFrame) -> None:
    until = view.reader.release().data_date
    first = treated["procedure_date"].min() if treated.height else spans["first_day"].min()
    assert isinstance(first, date)
    counts = dict(treated.group_by("result").len().iter_rows())
    unclear = f", cannot tell in {counts['cannot tell']}" if "cannot tell" in counts else ""
    text = (
        f"{site}, from {words.day(first)}: of {words.counted(treated.height, 'procedure')} all "
        f"five rules were met in {counts.get('met', 0)}, not met in {counts.get('not met', 0)}"
        f"{unclear}."
    )
    sentence(text)
    shown = charts_time.rows_of(spans, treated, first.replace(month=1, day=1), until)
    days = Period("the whole time line", first, until)
    with filters.of(view, filters.Selection(site=site), days, case_mix=False):
        draw(charts_time.time_line, shown, reads=text)
    st.caption(
        "Bars: the days on which a designation, approval, study or sign-off held. Marks: "
        "procedures, ● all five rules met, ▲ at least one not met, ○ cannot tell. Each is judged "
        "on its own day."
    )


def ending(spans: pl.DataFrame, until: date) -> list[str]:
    """What ended before the data date without a successor, or ends within 90 days of it."""
    told = []
    for (lane,), of_lane in spans.group_by("lane", maintain_order=True):
        if lane == "Operator signed off" or of_lane["last_day"].null_count():
            continue
        last = of_lane["last_day"].max()
        if isinstance(last, date) and (last - until).days <= SOON_DAYS:
            verb = "ended" if last < until else "ends"
            told.append(f"{lane}: the last on record {verb} on {words.day(last)}.")
    return told


def reviews_due(spans: pl.DataFrame, until: date) -> list[str]:
    """The approvals in force whose planned review was due by the data date, or is within 90 days
    of it: nobody sends that a review took place, only when the next one is."""
    is_in_force = pl.col("last_day").is_null() | (pl.col("last_day") >= until)
    soon = spans.filter(is_in_force, pl.col("next_review") <= until + timedelta(days=SOON_DAYS))
    return [
        f"Governance {row['named']}: its review was planned for {words.day(row['next_review'])}, "
        "and no later one is on record."
        if row["next_review"] < until
        else f"Governance {row['named']}: its review is planned for "
        f"{words.day(row['next_review'])}."
        for row in soon.iter_rows(named=True)
    ]


def _operators(view: View, site: str, spans: pl.DataFrame) -> None:
    cases = view.reader.operators(site)
    if cases.is_empty():
        return
    st.markdown("**Cases of each operator by financial year**")
    years = cases["financial_year"].unique().sort().to_list()
    counts = cases.pivot(on="financial_year", index="operator", values="cases").fill_null(0)
    signed = spans.filter(pl.col("lane") == "Operator signed off")
    last = signed.sort("last_day", nulls_last=True).group_by("named").last()
    shown = (
        counts.join(cases.group_by("operator").agg(pl.col("supervised").sum()), on="operator")
        .join(last.rename({"named": "operator"}), on="operator", how="left")
        .with_columns(
            end=pl.when(pl.col("lane").is_null()).then(pl.lit("no sign-off")).otherwise(_end())
        )
        .sort("operator")
    )
    table(
        shown,
        {"operator": "Operator"}
        | {year: year for year in sorted(years)}
        | {"supervised": "Supervised", "end": "Signed off until"},
        reads="Cases of each operator by financial year",
        rows=10,
    )
    st.caption(
        "In the order of their pseudonyms, not ranked; no rate is shown of a single operator. "
        "Experience is shown and not judged: the guidance gives no number."
    )


def _end() -> pl.Expr:
    day = pl.col("last_day")
    told = pl.concat_str(
        day.dt.day().cast(pl.String), pl.lit(" "), day.dt.strftime("%b %Y"), ignore_nulls=False
    )
    return pl.when(day.is_null()).then(pl.lit(LATER)).otherwise(told)
