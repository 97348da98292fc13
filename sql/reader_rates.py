"""Own rates: counts of indicator values, with their intervals, bounds and verdicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from sql import rate_counts, sentences
from sql.reader_source import Source
from sql.reader_target import Against, target
from sql.selection import Selection
from sql.statistics.funnel import judge
from sql.statistics.intervals import wilson

LARGEST_UNKNOWN_SHARE = 0.10  # above it no single rate is given [P]

OUTCOMES = re.compile(r"[SE][0-9]")  # safety and effectiveness; Eq and Env are no outcomes

COUNTED = ("eligible", "events", "unknown", "withheld")
NONE = (0, 0, 0, 0)


def rates(
    source: Source,
    indicator_ids: Sequence[str],
    period_label: str,
    by: str,
    selection: Selection,
    against: Against = "benchmark",
) -> pl.DataFrame:
    period = source.period(period_label)
    declared = {
        name: entry | {"target": target(source, entry, against, period_label, selection).rate}
        for name, entry in declarations(source, indicator_ids).items()
    }
    counted = rate_counts.counts(source, indicator_ids, period, selection)
    left_out = rate_counts.left_out(source, period)
    rows = []
    for indicator_id in indicator_ids:
        entry = declared[indicator_id]
        of_indicator = counted.filter(pl.col("indicator_id") == indicator_id)
        known = {site: numbers for _, site, *numbers in of_indicator.iter_rows()}
        immature = rate_counts.immature(source, entry, period, selection)
        sites = [[site] for site in source.sites] if by == "site" else [source.sites]
        for group in sites:
            numbers = [sum(known.get(s, NONE)[i] for s in group) for i in range(4)]
            rows.append(
                _place(source, group, by)
                | rate_row(
                    entry,
                    numbers,
                    sum(left_out.get(site, 0) for site in group),
                    _named(source, group, by),
                )
                | {"immature": sum(immature.get(site, 0) for site in group)}
            )
    return pl.DataFrame(rows, schema=RATE_SCHEMA, orient="row")


RATE_SCHEMA = pl.Schema(
    {
        "indicator_id": pl.String(),
        "title": pl.String(),
        "kind": pl.String(),
        "unit": pl.String(),
        "direction": pl.String(),
        "site_id": pl.String(),
        "site_name": pl.String(),
        "eligible": pl.Int64(),
        "events": pl.Int64(),
        "unknown": pl.Int64(),
        "known": pl.Int64(),
        "rate": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "best": pl.Float64(),
        "worst": pl.Float64(),
        "excluded_by_site": pl.Int64(),
        "withheld": pl.Int64(),
        "immature": pl.Int64(),
        "target": pl.Float64(),
        "verdict": pl.String(),
        "verdict_note": pl.String(),
        "sentence": pl.String(),
    }
)


def declarations(source: Source, indicator_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The entries of the indicators asked for, by id; unknown ids are a programming error."""
    found = source.rows(
        "select * from indicator where id = any($indicators)", indicators=list(indicator_ids)
    )
    declared = {row["id"]: row for row in found.iter_rows(named=True)}
    missing = [name for name in indicator_ids if name not in declared]
    if missing:
        raise ValueError(f"no such indicator in this release: {', '.join(missing)}")
    return declared


def rate_row(
    entry: dict[str, Any], numbers: Sequence[int], left_out: int, who: str
) -> dict[str, Any]:
    """The figures of one indicator for one group of sites, from its counts alone.

    Args:
        numbers: eligible, events, unknown, withheld (as `counts` gives them).
        left_out: procedures that stand in none of them.
    """
    eligible, events, unknown, withheld = numbers
    is_lower_better = entry["direction"] != "higher"
    is_compliance = entry["kind"] == "compliance"
    # Compliance: met of all, "cannot tell" stands beside it (design section 7).
    basis = eligible if is_compliance else eligible - unknown
    has_rate = basis > 0 and (is_compliance or unknown <= LARGEST_UNKNOWN_SHARE * eligible)
    lower, upper = _wilson(events, basis)
    limits = (events / basis, lower, upper) if has_rate else None
    few, many = _bounds(eligible, events, unknown, left_out)
    target = entry["target"] if entry["kind"] == "rate" else None
    verdict = (
        None
        if target is None
        else judge(events, eligible, target, unknown=unknown, is_lower_better=is_lower_better)
    )
    return {
        "indicator_id": entry["id"],
        "title": entry["title"],
        "kind": entry["kind"],
        "unit": entry["unit"],
        "direction": entry["direction"],
        "eligible": eligible,
        "events": events,
        "unknown": unknown,
        "known": eligible - unknown,
        "rate": limits[0] if limits else None,
        "lower": limits[1] if limits else None,
        "upper": limits[2] if limits else None,
        "best": few if is_lower_better else many,
        "worst": many if is_lower_better else few,
        "excluded_by_site": left_out + withheld,
        "withheld": withheld,
        "target": target,
        "verdict": verdict.level if verdict else None,
        "verdict_note": sentences.note(verdict, eligible) if verdict else None,
        "sentence": sentences.compliance(who, entry["title"], (eligible, events, unknown))
        if is_compliance
        else sentences.rate(
            who,
            entry["title"],
            entry["unit"],
            (events, eligible, unknown),
            limits,
            target,
            verdict,
            is_outcome=OUTCOMES.match(entry["id"]) is not None,
        ),
    }


@lru_cache(maxsize=4096)
def _wilson(events: int, n: int) -> tuple[float, float]:
    lower, upper = wilson(events, n)
    return float(lower), float(upper)


def _bounds(
    eligible: int, events: int, unknown: int, left_out: int
) -> tuple[float | None, float | None]:
    """The smallest and largest rate that the unknown and the left out leave open."""
    everyone = eligible + left_out
    if everyone == 0:
        return None, None
    return events / everyone, (events + unknown + left_out) / everyone


def _place(source: Source, group: list[str], by: str) -> dict[str, str | None]:
    if by != "site":
        return {"site_id": None, "site_name": None}
    return {"site_id": group[0], "site_name": source.site_names[group[0]]}


def _named(source: Source, group: list[str], by: str) -> str:
    if by == "site" or len(group) == 1:
        return f"{source.site_names[group[0]]} ({group[0]})"
    return source.together
