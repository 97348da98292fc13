"""One site's procedures in order of time: gaps between events, and a CUSUM of them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import polars as pl

from sql import sequence_sentences
from sql.in_order import InOrder
from sql.reader_rates import declarations
from sql.reader_safety import SENTINEL
from sql.reader_source import Source
from sql.reader_target import Against, Target, target
from sql.selection import Selection, selected
from sql.statistics.cusum import cusum, run_length, threshold_for
from sql.statistics.spc_rare import chance_of_short_gap, g_chart, gaps

# How many procedures a CUSUM runs on average to a false signal [P]: 8 to 10 years of a site
# that does 25 to 30 a year, and a doubling of the odds is found within 40 to 120.
IN_CONTROL = 250
ODDS_RATIO = 2.0
FEWEST_GAPS = 2  # one gap alone tells no limit

IN_ORDER = f"""
    select
        value.procedure_id,
        value.event_date as procedure_date,
        value.value,
        row_number() over (
            order by value.event_date, value.procedure_id, value.unit_key
        ) as place
    from indicator_value as value
    where value.indicator_id = $indicator
        and value.site_id = $site
        and value.site_id = any($sites)
        and value.event_date <= $finish
        and {selected("value")}
    order by place
"""

TO_REVIEW = f"""
    select event.procedure_id, event.procedure_date, event.onset_date, event.event
    from ({SENTINEL}) as event
    inner join fct_procedure as procedure using (site_id, procedure_id)
    where event.site_id = $site
        and event.site_id = any($sites)
        and event.procedure_date <= $finish
        and {selected("procedure")}
    order by event.procedure_date, event.procedure_id, event.onset_date, event.event
"""


def in_order(
    source: Source,
    indicator_id: str,
    site: str,
    period_label: str,
    selection: Selection,
    against: Against,
) -> InOrder:
    source.require_own(site)
    entry = declarations(source, [indicator_id])[indicator_id]
    finish = source.period(period_label).end
    values = {"site": site, "finish": finish, **selection.values}
    found = source.rows(IN_ORDER, indicator=indicator_id, **values)
    review = source.rows(TO_REVIEW, **values)
    judged = target(source, entry, against, period_label, selection)
    return sequence_sentences.told(
        follow(entry["id"], entry["unit"], finish, found, review, judged),
        f"{source.site_names[site]} ({site}), {entry['title'][:1].lower()}{entry['title'][1:]}",
    )


def follow(
    indicator_id: str,
    unit: str,
    finish: date,
    found: pl.DataFrame,
    review: pl.DataFrame,
    judged: Target,
) -> InOrder:
    """What the rows in order say, without the sentences.

    Args:
        found: procedure_id, procedure_date, value (1, 0 or null), in order of time.
        review: procedure_id, procedure_date, onset_date, event, in order of time.
    """
    known = found.filter(pl.col("value").is_not_null()).with_row_index("number", offset=1)
    known = known.with_columns(pl.col("number").cast(pl.Int64))
    between, since = gaps(known["value"].to_list()) if known.height else ([], 0)
    rate = judged.rate
    limit = None if rate is None else _threshold(rate)
    unknown = found.height - known.height
    return InOrder(
        indicator_id=indicator_id,
        unit=unit,
        start=found["procedure_date"][0] if found.height else None,
        end=finish,
        known=known.height,
        events=len(between),
        unknown=unknown,
        procedures=_summed(known, rate, limit),
        gaps=_spaced(known, between, rate),
        since=since,
        sentinel=_placed(review, known),
        target=judged,
        threshold=limit,
        in_control=None if rate is None or limit is None else _runs(rate, limit, 1.0),
        delay=None if rate is None or limit is None else _runs(rate, limit, ODDS_RATIO),
        is_signal_if_unknown=bool(unknown) and _signals(found["value"], rate, limit),
    )


@lru_cache(maxsize=256)
def _threshold(rate: float) -> float:
    return threshold_for(rate, IN_CONTROL, ODDS_RATIO)


@lru_cache(maxsize=512)
def _runs(rate: float, limit: float, true_odds_ratio: float) -> float:
    return run_length(rate, limit, ODDS_RATIO, true_odds_ratio)


def _summed(known: pl.DataFrame, rate: float | None, limit: float | None) -> pl.DataFrame:
    kept = known.select("number", "procedure_id", "procedure_date", "value")
    if rate is None or limit is None or not known.height:
        return kept.with_columns(
            pl.lit(None, pl.Float64).alias("up"), pl.lit(None, pl.Boolean).alias("is_signal")
        )
    found = cusum([rate] * known.height, known["value"].to_list(), limit, ODDS_RATIO)
    return kept.with_columns(found["up"], found["is_up_signal"].alias("is_signal"))


def _signals(value: pl.Series, rate: float | None, limit: float | None) -> bool:
    """Whether the CUSUM would signal with every unknown outcome taken as an event."""
    if rate is None or limit is None:
        return False
    worst = value.fill_null(1).to_list()
    return bool(cusum([rate] * len(worst), worst, limit, ODDS_RATIO)["is_up_signal"].any())


def _spaced(known: pl.DataFrame, between: list[int], rate: float | None) -> pl.DataFrame:
    happened = known.filter(pl.col("value") == 1).select(
        "number", "procedure_id", "procedure_date", pl.Series("between", between, pl.Int64)
    )
    if not between:
        empty = {"centre": pl.Float64, "upper": pl.Float64, "chance": pl.Float64}
        return happened.with_columns(
            *(pl.lit(None, kind).alias(name) for name, kind in empty.items()),
            pl.lit(None, pl.String).alias("reading"),
        )
    chart = g_chart(between)
    has_limit = len(between) >= FEWEST_GAPS
    chance = None if rate is None else chance_of_short_gap(between, rate)
    return happened.with_columns(
        pl.lit(chart.centre if has_limit else None, pl.Float64).alias("centre"),
        pl.lit(chart.upper if has_limit else None, pl.Float64).alias("upper"),
        pl.Series("chance", chance, pl.Float64)
        if chance is not None
        else pl.lit(None, pl.Float64).alias("chance"),
        _reading(chart.points) if has_limit else pl.lit("one gap: no limit").alias("reading"),
    )


def _reading(points: pl.DataFrame) -> pl.Series:
    words = {
        ("outside limits", "high"): "long gap",
        ("shift", "high"): "run of long gaps",
        ("shift", "low"): "run of short gaps",
    }
    pairs = points.select("rule", "direction").rows()
    return pl.Series("reading", [words.get(pair, "as chance allows") for pair in pairs], pl.String)


def _placed(review: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Each event at its procedure or, where that has no number, at the last before it."""
    places = known.select("procedure_date", "procedure_id").rows()
    numbers = [
        sum(place <= found for place in places)
        for found in review.select("procedure_date", "procedure_id").rows()
    ]
    return review.select(
        pl.Series("number", numbers, pl.Int64), *("procedure_id", "procedure_date"),
        "onset_date", "event",
    )  # fmt: skip
