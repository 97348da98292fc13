"""Published compliance: a status a site, and national figures by financial year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.differencing import is_kept
from sql.disclosure import Rounded, Window, hes, is_protected, text, window
from sql.published_rates import TOO_FEW, Figure, count_window, counted, national_figure, withheld
from sql.reader_periods import period
from sql.reader_source import frame

FEW = "few"
WITHHELD = "withheld: beside the figures of sites it would show a suppressed count"
SYMBOLS = {"met": "●", "breaches": "▲", "cannot tell": "○", FEW: "–"}


def by_site(
    source: duckdb.DuckDBPyConnection,
    entries: pl.DataFrame,
    release: Mapping[str, Any],
    strata: Mapping[str, Any],
) -> pl.DataFrame:
    """pub_compliance: one row per (site_id, rule_id)."""
    over = period(strata["period"], release["data_date"])
    known = {
        (row["indicator_id"], row["site_id"]): row
        for row in counted(source, strata["rules"], over).iter_rows(named=True)
    }
    none = {"eligible": 0, "failed": 0, "unknown": 0}
    titles = dict(entries.select("id", "title").iter_rows())
    sites = frame(source, "select site_id, site_name from dim_site order by site_id")
    rows = []
    for site, name in sites.iter_rows():
        for position, rule in enumerate(strata["rules"]):
            row = known.get((rule, site), none)
            shown = site_status(hes(row["eligible"]), hes(row["failed"]), hes(row["unknown"]))
            place = {"site_id": site, "site_name": name, "rule_id": rule}
            rows.append(place | {"title": titles[rule]} | shown | {"position": position})
    names = ("site_id", "site_name", "rule_id", "title", "status", "symbol")
    texts = ("procedures_text", "breaches_text")
    schema = {**dict.fromkeys((*names, *texts), pl.String), "position": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def site_status(procedures: Rounded, breaches: Rounded, cannot_tell: Rounded) -> dict[str, Any]:
    """What is published of one site and rule, from its rounded counts.

    Below 8 procedures (suppressed, or none) neither a status nor breaches are said.
    """
    if not procedures:
        status = FEW
    elif breaches != 0:
        status = "breaches"
    elif cannot_tell != 0:
        status = "cannot tell"
    else:
        status = "met"
    return {
        "status": status,
        "symbol": SYMBOLS[status],
        "procedures_text": text(procedures),
        "breaches_text": None if status == FEW else text(breaches),
    }


def by_year(
    source: duckdb.DuckDBPyConnection,
    entries: pl.DataFrame,
    release: Mapping[str, Any],
    strata: Mapping[str, Any],
) -> pl.DataFrame:
    """pub_compliance_national: one row per (rule_id, financial_year) of the period."""
    over = period(strata["period"], release["data_date"])
    counts = frame(
        source,
        """
        select
            value.indicator_id,
            procedure.financial_year,
            value.site_id,
            count(*) as eligible,
            count(*) filter (where value.value = 0) as failed,
            count(*) filter (where value.value is null) as unknown
        from indicator_value as value
        inner join fct_procedure as procedure using (site_id, procedure_id)
        where value.indicator_id = any($rules)
            and value.event_date between $start and $finish
        group by value.indicator_id, procedure.financial_year, value.site_id
        order by value.indicator_id, procedure.financial_year, value.site_id
        """,
        {"rules": strata["national_rules"], "start": over.start, "finish": over.end},
    )
    titles = dict(entries.select("id", "title").iter_rows())
    years = counts["financial_year"].unique().sort().to_list()
    rows = []
    for position, rule in enumerate(strata["national_rules"]):
        of_rule = counts.filter(pl.col("indicator_id") == rule)
        figures = [
            national_figure(of_rule.filter(pl.col("financial_year") == year), "failed")
            for year in years
        ]
        if rule in strata["rules"]:
            figures = _protected(figures, of_rule)
        for year, figure in zip(years, figures, strict=True):
            place = {"rule_id": rule, "title": titles[rule], "financial_year": year}
            rows.append(place | met_figure(figure) | {"position": position})
    names = ("rule_id", "title", "financial_year")
    texts = ("procedures_text", "breaches_text", "cannot_tell_text")
    schema = {
        **dict.fromkeys((*names, *texts), pl.String),
        **dict.fromkeys(("percent", "lower", "upper"), pl.Int64),
        "note": pl.String,
        "position": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _protected(figures: list[Figure], of_rule: pl.DataFrame) -> list[Figure]:
    """The years of a rule, withheld where sites and years together would show a count.

    Sites and years count the same procedures and the same breaches, each to one total.
    """
    sites = of_rule.group_by("site_id").agg(pl.col("eligible", "failed").sum())
    procedures = [hes(count) for count in sites["eligible"]]
    breaches = [
        window(hes(failed)) if number else (0, window(number)[1])
        for failed, number in zip(sites["failed"], procedures, strict=True)
    ]
    if not _is_kept([window(n) for n in procedures], figures, "eligible"):
        return [withheld(WITHHELD, figure["shares"]) for figure in figures]
    if not _is_kept(breaches, figures, "events"):
        hidden = {"events": None, "events_text": disclosure.SUPPRESSED, "note": WITHHELD}
        return [figure | hidden for figure in figures]
    return figures


def _is_kept(sites: Sequence[Window], figures: Sequence[Figure], name: str) -> bool:
    years = [count_window(figure, name) for figure in figures]
    shares = [max(figure["shares"][name].values(), default=0) for figure in figures]
    return is_protected(sites, years) and is_kept(sites, years, shares)


def met_figure(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The share that met a rule, from the rounded counts of all, breaches and cannot tell.

    The number met is never published: it is what the three leave, so that no count stands
    twice, rounded apart.
    """
    eligible, failed, unknown = (figure[name] for name in ("eligible", "events", "unknown"))
    known = None not in (eligible, failed, unknown)
    met = max(0, eligible - failed - unknown) if known else None
    percent = disclosure.percent(met, eligible)
    return {
        "procedures_text": figure["eligible_text"],
        "breaches_text": figure["events_text"],
        "cannot_tell_text": figure["unknown_text"],
        "percent": percent.percent if percent else None,
        "lower": percent.lower if percent else None,
        "upper": percent.upper if percent else None,
        "note": None if percent else figure["note"] or TOO_FEW,
    }
