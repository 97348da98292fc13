"""National figures by age, sex, ethnic group and deprivation, in rounded counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from sql.differencing import told
from sql.disclosure import UNKNOWN
from sql.published_rates import (
    COUNTS,
    FIGURE_SCHEMA,
    LAST,
    REST,
    TOO_FEW,
    Figure,
    Shares,
    before,
    counted,
    figures,
    national_figure,
    of_enough,
    shares,
    system,
    with_last,
    withheld,
)
from sql.reader_periods import Period, period
from sql.reader_source import frame
from sql.reader_splits import GROUPS, ORDER

WITHHELD = "withheld, since a small number could be worked out from the others and the total"

SCHEMA = {
    **dict.fromkeys(("indicator_id", "group", "part"), pl.String),
    **FIGURE_SCHEMA,
    "position": pl.Int64,
}


# A count of a part of a group, or of the whole (no group): the group, the part, the count.
Cell = tuple[str | None, int, str]

BY_PART = """
    select
        value.indicator_id,
        {part} as part,
        value.site_id,
        count(*) as eligible,
        count(*) filter (where value.value = 1) as events,
        count(*) filter (where value.value is null) as unknown
    from indicator_value as value
    inner join fct_procedure as procedure using (site_id, procedure_id)
    where value.indicator_id = any($indicators)
        and value.event_date between $start and $finish
        and procedure.is_mature_90d
    group by all
    order by all
"""


def national(
    source: duckdb.DuckDBPyConnection, release: Mapping[str, Any], strata: Mapping[str, Any]
) -> pl.DataFrame:
    """pub_equity: one row per indicator, group and part of the strata, by group."""
    over = period(strata["period"], release["data_date"])
    last = period(LAST, release["data_date"])
    wholes, lasts = (
        counted(source, strata["indicators"], days, is_followed=True) for days in (over, last)
    )
    counts = {
        group: _by_part(source, group, strata["indicators"], over) for group in strata["groups"]
    }
    rows: list[Figure] = []
    for indicator in strata["indicators"]:
        groups = {
            group: [
                _figure(of_group.filter(indicator_id=indicator, part=part)) for part in ORDER[group]
            ]
            for group, of_group in counts.items()
        }
        of = [found.filter(indicator_id=indicator) for found in (wholes, lasts)]
        whole, recent = figures(*of)
        shown = protected(whole, groups, (recent, shares(before(*of), "events")))
        for group in strata["groups"]:
            for part, figure in zip(ORDER[group], shown[group], strict=True):
                place = {"indicator_id": indicator, "group": group, "part": part}
                rows.append(place | of_enough(figure) | {"position": len(rows)})
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _by_part(
    source: duckdb.DuckDBPyConnection, group: Any, indicators: Sequence[str], over: Period
) -> pl.DataFrame:
    values = {"indicators": list(indicators), "start": over.start, "finish": over.end}
    return frame(source, BY_PART.format(part=GROUPS[group]), values)


def _figure(of: pl.DataFrame) -> Figure:
    """The national figure; one without anybody is no secret: zero stays."""
    if of.is_empty():
        none = {f"{name}_text": "0" for name in COUNTS} | dict.fromkeys(COUNTS, 0)
        return dict.fromkeys(FIGURE_SCHEMA) | none | {"note": TOO_FEW}
    return national_figure(of, "events")


# The figure of the last twelve months, and what each site may have of the time before.
Recent = tuple[Figure, Shares]


def protected(
    whole: Figure, groups: Mapping[str, Sequence[Figure]], recent: Recent | None = None
) -> dict[str, list[Figure]]:
    """The figures of every group, all of one withheld where they would show a count.

    Parts and whole count the same units, events and unknown outcomes, and none that may be 1
    to 7 is left with fewer than five values: neither by its group beside the whole alone, nor
    by the groups that are left side by side, each narrowing the totals for the others; of
    those that have one then, the last goes first. Nor by somebody who knows one site exactly
    and takes it away.
    """
    published = {
        group: figures
        for group, figures in groups.items()
        if not _telling(whole, {group: figures}, recent)
    }
    while published and (telling := _telling(whole, published, recent)):
        # Where the whole alone is told, by all of them together, the last goes too.
        del published[[group for group in published if group in telling or None in telling][-1]]
    return {
        group: list(published.get(group, [withheld(WITHHELD)] * len(figures)))
        for group, figures in groups.items()
    }


def _telling(
    whole: Figure, groups: Mapping[str, Sequence[Figure]], recent: Recent | None
) -> set[str | None]:
    """The groups, None for the whole, of which some site would be told a small count."""
    places = {(None, 0): whole} | {
        (group, part): figure
        for group, of_group in groups.items()
        for part, figure in enumerate(of_group)
    }
    added = [
        ((None, 0, name), [(group, part, name) for part in range(len(of_group))])
        for group, of_group in groups.items()
        for name in (*COUNTS, REST)
    ]
    windows, of_one, sums = system(places)
    somebody = {  # an empty part is published as zero: one that is withheld holds somebody
        (*place, "eligible"): (1, UNKNOWN[1])
        for place, figure in places.items()
        if figure["eligible"] is None
    }
    known = (windows | somebody, of_one, [*sums, *added])
    if recent is not None:
        known = with_last(known, *recent, whole=(None, 0))
    return {cell[0] if cell[0] in groups else None for cell in told(*known)}
