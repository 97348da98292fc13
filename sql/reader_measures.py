"""Own amounts: means and quartiles of what is measured, and what a figure does not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from sql import rate_counts
from sql.reader_rates import declarations
from sql.reader_source import Source
from sql.selection import Selection, selected
from sql.sentences import counted, lowered
from sql.statistics.means import mean

AMOUNTS = """
    select indicator_id, site_id, procedure_id, unit_key, event_date, value, amount
    from indicator_value as value
    where indicator_id = any($indicators)
        and site_id = any($sites)
        and event_date between $start and $finish
        and {selected}
    order by indicator_id, site_id, event_date, unit_key
"""

ELIGIBLE = """
    select indicator_id, site_id, count(*) as eligible
    from indicator_value
    where indicator_id = any($indicators)
        and site_id = any($sites)
        and event_date between $start and $finish
    group by all
"""

# Every unit of the period, by what is counted: those that are not eligible are the rest.
UNITS = {
    "procedure": "select site_id from fct_procedure as procedure where {of_period}",
    "patient": """
        select site_id from fct_procedure as procedure
        where procedure.is_first_procedure and {of_period}
    """,
    "lesion": """
        select procedure.site_id
        from fct_lesion as lesion
        inner join fct_procedure as procedure using (site_id, procedure_id)
        where lesion.is_first_treatment and {of_period}
    """,
}
OF_PERIOD = """
    procedure.is_counted
    and procedure.site_id = any($sites)
    and procedure.procedure_date between $start and $finish
"""

MEASURE_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(
            ("indicator_id", "title", "kind", "unit", "measured_in", "site_id", "site_name"),
            pl.String(),
        ),
        **dict.fromkeys(("eligible", "known"), pl.Int64()),
        **dict.fromkeys(
            ("mean", "lower", "upper", "least", "q1", "median", "q3", "most"), pl.Float64()
        ),
        "sentence": pl.String(),
    }
)


def measures(
    source: Source, indicator_ids: Sequence[str], period_label: str, by: str, selection: Selection
) -> pl.DataFrame:
    declared = declarations(source, indicator_ids)
    found = amounts(source, indicator_ids, period_label, selection)
    rows = []
    for indicator_id in indicator_ids:
        of_indicator = found.filter(indicator_id=indicator_id)
        for site in source.sites if by == "site" else [None]:
            here = of_indicator if site is None else of_indicator.filter(site_id=site)
            name = None if site is None else source.site_names[site]
            place = {"site_id": site, "site_name": name}
            rows.append(place | _measure(declared[indicator_id], here, name or source.together))
    return pl.DataFrame(rows, schema=MEASURE_SCHEMA, orient="row")


def amounts(
    source: Source, indicator_ids: Sequence[str], period_label: str, selection: Selection
) -> pl.DataFrame:
    period = source.period(period_label)
    return source.rows(
        AMOUNTS.format(selected=selected("value")),
        indicators=list(indicator_ids),
        start=period.start,
        finish=period.end,
        **selection.values,
    )


def _measure(entry: dict[str, Any], found: pl.DataFrame, who: str) -> dict[str, Any]:
    known = found["amount"].drop_nulls()
    row: dict[str, Any] = dict.fromkeys(MEASURE_SCHEMA) | {
        **{key: entry[key] for key in ("title", "kind", "unit", "measured_in")},
        "indicator_id": entry["id"],
        "eligible": found.height,
        "known": len(known),
    }
    if len(known):
        middle = mean(known.to_numpy())
        quartiles = ("least", 0.0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("most", 1.0)
        row |= {key: known.quantile(at, "linear") for key, at in quartiles}
        row |= {"mean": middle.estimate, "lower": middle.lower, "upper": middle.upper}
    del row["site_id"], row["site_name"]
    return row | {"sentence": _sentence(row, who)}


def _sentence(row: dict[str, Any], who: str) -> str:
    title = lowered(row["title"])
    said = f"{who}, {title}"
    if not row["eligible"]:
        return f"{said}: no {row['unit']} in this period."
    of = f"measured in {row['known']} of {counted(row['eligible'], row['unit'])}"
    if not row["known"]:
        return f"{said}: {of}."
    limits = "" if row["lower"] is None else f" ({row['lower']:.1f} to {row['upper']:.1f})"
    unit = row["measured_in"] or ""
    return (
        f"{said}: mean {row['mean']:.1f} {unit}{limits}, median {row['median']:.1f} "
        f"(quartiles {row['q1']:.1f} and {row['q3']:.1f}), {of}."
    )


def not_counted(
    source: Source, indicator_ids: Sequence[str], period_label: str, by: str
) -> pl.DataFrame:
    """indicator_id, site_id (null with by="all"), reason, units: every unit of the period
    that is in no denominator."""
    period = source.period(period_label)
    span = {"start": period.start, "finish": period.end}
    declared = declarations(source, indicator_ids)
    eligible = source.rows(ELIGIBLE, indicators=list(indicator_ids), **span)
    left_out = rate_counts.left_out(source, period, outcomes=False)
    rows = []
    for indicator_id in indicator_ids:
        entry = declared[indicator_id]
        known = dict(
            eligible.filter(indicator_id=indicator_id).select("site_id", "eligible").iter_rows()
        )
        recent = rate_counts.immature(source, entry, period, Selection())
        units = _units(source, entry["unit"], span)
        for site in source.sites:
            procedures = left_out.get(site, 0) if entry["unit"] == "procedure" else 0
            rest = units.get(site, 0) - known.get(site, 0) - recent.get(site, 0)
            told = (
                ("too recent: the window has not elapsed", recent.get(site, 0)),
                (entry["not_eligible"] or "not eligible", rest if units else 0),
                ("left out by an accepted exclusion", procedures),
            )
            rows += [(indicator_id, site, reason, count) for reason, count in told if count > 0]
    columns = dict.fromkeys(("indicator_id", "site_id", "reason"), pl.String) | {"units": pl.Int64}
    found = pl.DataFrame(rows, schema=columns, orient="row")
    if by == "site":
        return found
    return (
        found.group_by("indicator_id", "reason", maintain_order=True)
        .agg(pl.col("units").sum())
        .select("indicator_id", pl.lit(None, pl.String).alias("site_id"), "reason", "units")
    )


def _units(source: Source, unit: str, span: dict[str, Any]) -> dict[str, int]:
    query = UNITS.get(unit)
    if query is None:
        return {}
    units = query.format(of_period=OF_PERIOD)
    found = source.rows(f"select site_id, count(*) from ({units}) group by site_id", **span)
    return dict(found.iter_rows())
