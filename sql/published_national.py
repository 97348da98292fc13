"""National rates of the rolling periods: counts by site, rounded before anything else.

Procedures (of patients and lesions the first) followed for 90 days count, for every rate: what
two rates count differs by what they are about, not by how long it has to be waited for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql.differencing import holds
from sql.disclosure import Window, hes, window
from sql.published_nested import FigureKey, kept_apart
from sql.published_rates import FIGURE_SCHEMA, WHOLE, Figure, counted, figures, of_enough, withheld
from sql.reader_periods import period

SHOWS_SITES = "withheld: beside the procedures of sites it would show a suppressed count"
# Of these units no site has more than the procedures that stand beside its name.
WITHIN_PROCEDURES = ("procedure", "patient")
EVERY_PROCEDURE = "C1"  # each is judged by it

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
    is_first = pl.col("id").is_in(strata["first"])
    chosen = pl.concat([chosen.filter(is_first), chosen.filter(~is_first)])
    periods = {label: period(label, release["data_date"]) for label in strata["periods"]}
    counts = [
        counted(source, chosen["id"].to_list(), over, is_followed=True) for over in periods.values()
    ]
    treated = counted(source, [EVERY_PROCEDURE], periods[WHOLE])
    sites = [window(hes(count)) for count in treated["eligible"]]
    found: dict[FigureKey, Figure] = {}
    for entry in chosen.iter_rows(named=True):
        of = [of_period.filter(pl.col("indicator_id") == entry["id"]) for of_period in counts]
        for label, figure in zip(periods, figures(*of), strict=True):
            key = FigureKey(entry["id"], entry["title"], entry["unit"], label)
            is_within = entry["unit"] in WITHIN_PROCEDURES
            found[key] = _held(figure, sites) if is_within else figure
    told = {key: of_enough(figure) for key, figure in kept_apart(source, found, periods).items()}
    rows = [
        {"indicator_id": key.indicator, "period": key.period}
        | figure
        | {"sentence": _sentence(key.title, figure)}
        for key, figure in told.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _held(figure: Figure, sites: Sequence[Window]) -> Figure:
    """The figure, withheld where it would show how many a named site has treated."""
    if figure["eligible"] is None or holds(sites, window(figure["eligible"])):
        return figure
    return withheld(SHOWS_SITES, figure["shares"])


def _sentence(title: str, figure: Mapping[str, Any]) -> str:
    if figure["eligible"] is None:
        return f"{title}: no national figure ({figure['note']})."
    said = f"{title}: {figure['events_text']} of {figure['eligible_text']} (rounded)"
    if figure["percent"] is not None:
        said += f", {figure['percent']} % ({figure['lower']}–{figure['upper']} %)"
    if figure["unknown_text"] != "0":
        said += f"; outcome not known for {figure['unknown_text']}"
    return f"{said}; all sites."
