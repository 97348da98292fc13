"""National figures, made of counts by site that are rounded before anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.disclosure import hes, text
from sql.reader_periods import Period, period
from sql.reader_source import frame

TOO_FEW_SITES = "fewer than three sites contribute, one holds over two thirds, or under 8 in all"
LEAVES_FEW = "withheld: what the counts leave of the whole would be told"
TOO_FEW = "too few to publish a per cent"

COUNTS = ("eligible", "events", "unknown")
FIGURE_SCHEMA = {
    **dict.fromkeys((f"{name}_text" for name in COUNTS), pl.String),
    **dict.fromkeys((*COUNTS, "percent", "lower", "upper"), pl.Int64),
    "note": pl.String,
}
SCHEMA = {
    "indicator_id": pl.String,
    "period": pl.String,
    **FIGURE_SCHEMA,
    "sentence": pl.String,
}


def national(
    source: duckdb.DuckDBPyConnection,
    entries: pl.DataFrame,
    release: Mapping[str, Any],
    strata: Mapping[str, Any],
) -> pl.DataFrame:
    """pub_national: one row per (indicator_id, period) of the strata."""
    chosen = entries.filter(pl.col("kind").is_in(strata["kinds"]))
    rows = []
    for label in strata["periods"]:
        over = period(label, release["data_date"])
        counts = counted(source, chosen["id"].to_list(), over)
        for entry in chosen.iter_rows(named=True):
            figure = national_figure(counts.filter(pl.col("indicator_id") == entry["id"]), "events")
            said = {"sentence": _sentence(entry["title"], figure)}
            rows.append({"indicator_id": entry["id"], "period": label} | figure | said)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def counted(
    source: duckdb.DuckDBPyConnection, indicator_ids: Sequence[str], over: Period
) -> pl.DataFrame:
    """indicator_id, site_id, eligible, events (1), failed (0), unknown; every site's rows."""
    return frame(
        source,
        """
        select
            indicator_id,
            site_id,
            count(*) as eligible,
            count(*) filter (where value = 1) as events,
            count(*) filter (where value = 0) as failed,
            count(*) filter (where value is null) as unknown
        from indicator_value
        where indicator_id = any($indicators)
            and event_date between $start and $finish
        group by indicator_id, site_id
        order by indicator_id, site_id
        """,
        {"indicators": list(indicator_ids), "start": over.start, "finish": over.end},
    )


def national_figure(of: pl.DataFrame, events: str) -> dict[str, Any]:
    """One national figure from counts by site: eligible, unknown, and the column `events`.

    Every count is withheld where the sites do not make a national figure, or where events and
    unknown leave too few of the whole.
    """
    totals = (of["eligible"].sum(), of[events].sum(), of["unknown"].sum())
    eligible, happened, unknown = disclosure.parted(*(hes(int(total)) for total in totals))
    if not disclosure.is_national([hes(count) for count in of["eligible"]], eligible):
        return withheld(TOO_FEW_SITES)
    if disclosure.leaves_few(eligible, happened, unknown):
        return withheld(LEAVES_FEW)
    percent = disclosure.percent(happened, eligible)
    return {
        "eligible_text": text(eligible),
        "events_text": text(happened),
        "unknown_text": text(unknown),
        "eligible": eligible,
        "events": happened,
        "unknown": unknown,
        "percent": percent.percent if percent else None,
        "lower": percent.lower if percent else None,
        "upper": percent.upper if percent else None,
        "note": None if percent else TOO_FEW,
    }


def withheld(note: str) -> dict[str, Any]:
    """A figure of which nothing is said but why."""
    texts = {f"{name}_text": disclosure.SUPPRESSED for name in COUNTS}
    return dict.fromkeys(FIGURE_SCHEMA) | texts | {"note": note}


def _sentence(title: str, figure: Mapping[str, Any]) -> str:
    if figure["eligible"] is None:
        return f"{title}: no national figure ({figure['note']})."
    said = f"{title}: {figure['events_text']} of {figure['eligible_text']} (rounded)"
    if figure["percent"] is not None:
        said += f", {figure['percent']} % ({figure['lower']}–{figure['upper']} %)"
    if figure["unknown_text"] != "0":
        said += f"; outcome not known for {figure['unknown_text']}"
    return f"{said}; all sites."
