"""Own rates over time, by quarter, and over volume: the boundary of a funnel."""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from sql.rate_counts import counts
from sql.reader_periods import Period, quarters
from sql.reader_rates import COUNTED, RATE_SCHEMA, declarations, rate_row
from sql.reader_source import Source
from sql.reader_target import Against, target
from sql.selection import WHOLE, Selection, selected
from sql.statistics.funnel import boundary

FEWEST_DRAWN = 30  # the funnel reaches at least to this denominator

BY_QUARTER = f"""
    select
        cast(date_trunc('quarter', value.event_date) as date) as quarter_start,
        count(*) as eligible,
        count(*) filter (where value.value = 1) as events,
        count(*) filter (where value.value is null) as unknown,
        cast(0 as bigint) as withheld
    from indicator_value as value
    where value.indicator_id = $indicator
        and value.site_id = any($sites)
        and ($site is null or value.site_id = $site)
        and {selected("value")}
    group by quarter_start
"""


def trend(
    source: Source, indicator_id: str, site: str | None, selection: Selection
) -> pl.DataFrame:
    entry = declarations(source, [indicator_id])[indicator_id]
    figures = ("eligible", "events", "unknown", "rate", "lower", "upper")
    schema = {"quarter": pl.String(), "quarter_end": pl.Date()}
    schema |= {name: RATE_SCHEMA[name] for name in figures}
    rows = [
        {"quarter": quarter.label, "quarter_end": quarter.end}
        | {
            name: value
            for name, value in rate_row(entry, numbers, 0, "").items()
            if name in figures
        }
        for quarter, numbers in by_quarter(source, indicator_id, site, selection)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def by_quarter(
    source: Source, indicator_id: str, site: str | None, selection: Selection = WHOLE
) -> Iterator[tuple[Period, tuple[int, ...]]]:
    """Each quarter from the first expected of an own site to the last complete one, with
    eligible, events, unknown, withheld; zeros where nothing happened."""
    if site is not None:
        source.require_own(site)
    span = source.rows(
        """
        select min(site_quarter.quarter_start) as first, max(dim_site.complete_to) as last
        from site_quarter
        inner join dim_site using (site_id)
        where site_quarter.site_id = any($sites)
            and ($site is null or site_quarter.site_id = $site)
        """,
        site=site,
    ).row(0)
    found = source.rows(BY_QUARTER, indicator=indicator_id, site=site, **selection.values)
    known = {start: numbers for start, *numbers in found.iter_rows()}
    if None not in span:
        for quarter in quarters(*span):
            yield quarter, tuple(known.get(quarter.start, (0,) * len(COUNTED)))


def funnel(
    source: Source,
    indicator_id: str,
    period_label: str,
    selection: Selection,
    against: Against,
) -> pl.DataFrame:
    entry = declarations(source, [indicator_id])[indicator_id]
    aim = target(source, entry, against, period_label, selection).rate
    if aim is None:
        return pl.DataFrame(schema=dict.fromkeys(BOUNDARY, pl.Float64))
    own = counts(source, [indicator_id], source.period(period_label), selection)
    largest = max(own["eligible"], default=0)
    return boundary_lines(aim, largest, is_lower_better=entry["direction"] != "higher")


BOUNDARY = ("eligible", "alert", "alarm", "alert_line", "alarm_line")


def boundary_lines(target: float, largest_n: int, *, is_lower_better: bool) -> pl.DataFrame:
    """The boundary of the tail rule for a funnel whose largest point has `largest_n` cases."""
    largest = max(FEWEST_DRAWN, math.ceil(1.25 * largest_n))
    bad = boundary(largest, target if is_lower_better else 1 - target)
    lines = [
        ((pl.col(name) - 0.5) / pl.col("eligible")).alias(f"{name}_line")
        for name in ("alert", "alarm")
    ]
    drawn = pl.DataFrame(bad[:, :3], schema=list(BOUNDARY[:3])).fill_nan(None).with_columns(lines)
    if is_lower_better:
        return drawn
    # The axis shows successes: the boundary of failures, seen from above.
    return drawn.with_columns(
        (1 - pl.col(f"{name}_line")).alias(f"{name}_line") for name in ("alert", "alarm")
    )
