"""Quality of life of own patients: every scale of every questionnaire, before and after."""

from __future__ import annotations

from typing import Any

import polars as pl

from sql.reader_source import Source
from sql.scoring import Scale, scales
from sql.selection import Selection, selected
from sql.statistics.means import mean

VISITS = ("M1", "M3", "M6", "M12", "M24")

PAIRS = """
    select pair.*
    from fct_prom_pair as pair
    inner join fct_procedure as procedure using (site_id, procedure_id)
    where pair.site_id = any($sites)
        and ($site is null or pair.site_id = $site)
        and pair.procedure_date between $start and $finish
        and {selected}
"""

SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("instrument", "scale", "title", "visit"), pl.String()),
        "is_higher_better": pl.Boolean(),
        "smallest_change": pl.Float64(),
        **dict.fromkeys(("pairs", "known", "better", "worse"), pl.Int64()),
        **dict.fromkeys(("mean", "lower", "upper"), pl.Float64()),
    }
)


def quality_of_life(
    source: Source, period_label: str, site: str | None, selection: Selection
) -> pl.DataFrame:
    if site is not None:
        source.require_own(site)
    period = source.period(period_label)
    query = PAIRS.format(selected=selected("procedure"))
    span = {"start": period.start, "finish": period.end}
    pairs = source.rows(query, site=site, **span, **selection.values)
    by_visit = pairs.partition_by("instrument", "visit", as_dict=True)
    rows = [
        _change(by_visit[found], scale, visit)
        for scale in scales().values()
        for visit in VISITS
        if (found := (scale.instrument, visit)) in by_visit
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _change(pairs: pl.DataFrame, scale: Scale, visit: str) -> dict[str, Any]:
    """One scale at one visit; of a symptom scale a rise is worse."""
    change = (pairs[scale.name] - pairs[f"{scale.name}_before"]).drop_nulls().cast(pl.Float64)
    # Rounded: 0.94 - 1 is a little more than -0.06 in binary.
    gained = (change if scale.is_higher_better else -change).round(6)
    middle = mean(change.to_numpy()) if len(change) else None
    return {
        "instrument": scale.instrument,
        "scale": scale.name,
        "title": scale.title,
        "visit": visit,
        "is_higher_better": scale.is_higher_better,
        "smallest_change": scale.smallest_change,
        "pairs": pairs.height,
        "known": len(change),
        "better": int((gained >= scale.smallest_change).sum()),
        "worse": int((gained <= -scale.smallest_change).sum()),
        "mean": middle.estimate if middle else None,
        "lower": middle.lower if middle else None,
        "upper": middle.upper if middle else None,
    }


def value_set(source: Source) -> str | None:
    found: str | None = source.rows("select name from eq5d_value_set")["name"][0]
    return found
