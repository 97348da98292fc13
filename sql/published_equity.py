"""National figures by age, sex, ethnic group and deprivation, in rounded counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql.disclosure import UNKNOWN, Window, hes, is_protected, window
from sql.published_rates import (
    COUNTS,
    FIGURE_SCHEMA,
    TOO_FEW,
    TOO_FEW_SITES,
    counted,
    national_figure,
    withheld,
)
from sql.reader_periods import Period, period
from sql.reader_source import frame
from sql.reader_splits import GROUPS, ORDER

WITHHELD = "withheld: the other groups and the whole would show a suppressed count"

SCHEMA = {
    **dict.fromkeys(("indicator_id", "group", "part"), pl.String),
    **FIGURE_SCHEMA,
    "position": pl.Int64,
}

BY_PART = """
    with procedure as (
        select *, tumour_type as tumour, approach as way
        from fct_procedure
    )

    select
        value.indicator_id,
        {part} as part,
        value.site_id,
        count(*) as eligible,
        count(*) filter (where value.value = 1) as events,
        count(*) filter (where value.value is null) as unknown
    from indicator_value as value
    inner join procedure using (site_id, procedure_id)
    where value.indicator_id = any($indicators)
        and value.event_date between $start and $finish
    group by all
    order by all
"""


def national(
    source: duckdb.DuckDBPyConnection,
    entries: pl.DataFrame,
    release: Mapping[str, Any],
    strata: Mapping[str, Any],
) -> pl.DataFrame:
    """pub_equity: one row per indicator, group and part of the strata, in their order."""
    over = period(strata["period"], release["data_date"])
    whole = counted(source, strata["indicators"], over)
    rows: list[dict[str, Any]] = []
    for group in strata["groups"]:
        counts = _by_part(source, group, strata["indicators"], over)
        for indicator in strata["indicators"]:
            of_indicator = counts.filter(indicator_id=indicator)
            parts = [(part, _figure(of_indicator.filter(part=part))) for part in ORDER[group]]
            figures = _protected([f for _, f in parts], whole.filter(indicator_id=indicator))
            for (part, _), figure in zip(parts, figures, strict=True):
                place = {"indicator_id": indicator, "group": group, "part": part}
                rows.append(place | figure | {"position": len(rows)})
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _by_part(
    source: duckdb.DuckDBPyConnection, group: Any, indicators: Sequence[str], over: Period
) -> pl.DataFrame:
    values = {"indicators": list(indicators), "start": over.start, "finish": over.end}
    return frame(source, BY_PART.format(part=GROUPS[group]), values)


def _figure(of_part: pl.DataFrame) -> dict[str, Any]:
    """The national figure of a part; one without anybody is no secret: zero stays."""
    if of_part.is_empty():
        none = {f"{name}_text": "0" for name in COUNTS} | dict.fromkeys(COUNTS, 0)
        return dict.fromkeys(FIGURE_SCHEMA) | none | {"note": TOO_FEW}
    return national_figure(of_part, "events")


def _protected(figures: list[dict[str, Any]], whole: pl.DataFrame) -> list[dict[str, Any]]:
    """The parts of a group, all withheld where they and the whole would show a count.

    Parts and whole count the same units, events and unknown outcomes.
    """
    for name in ("eligible", "events", "unknown"):
        total = [window(hes(int(whole[name].sum())))]
        if total != [(0, 0)] and not is_protected(
            total, [_window(figure, name) for figure in figures]
        ):
            return [withheld(WITHHELD) for _ in figures]
    return figures


def _window(figure: Mapping[str, Any], name: str) -> Window:
    is_hidden = figure["note"] == TOO_FEW_SITES
    return UNKNOWN if is_hidden else window(figure[name])
