"""What moved own figures between two releases, as far as one viewer may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sql import bridge_words, change_bridge
from sql.bridge_file import STEP, Bridge, End, bridge_path, read
from sql.bridge_units import bridge_units
from sql.change_bridge import COUNTS
from sql.reader_periods import period
from sql.reader_rates import rate_row
from sql.reader_source import NoRelease, Source
from sql.sentences import lowered

PROPORTIONS = ("rate", "share", "compliance", "completeness")  # kinds of which a per cent is said
LIMITS = ("rate", "lower", "upper")
STEPS = pl.Schema(
    {
        "step": pl.Int64(),
        "kind": pl.String(),
        "what": pl.String(),
        "short": pl.String(),
        "submissions": pl.List(pl.String()),
        **dict.fromkeys(COUNTS, pl.Int64()),
    }
)


@dataclass(frozen=True)
class Figure:
    """One indicator in one of the two releases; rate, lower and upper as the Reader gives
    them (null: no single rate is given)."""

    release: int
    data_date: date
    period: str
    kind: str
    eligible: int
    events: int
    unknown: int
    rate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Moved:
    """What moved one indicator of own rows between two releases.

    `steps` (STEPS): those that moved it, definitions first, then in the order built; they
    add up to the difference of the two figures. `unmoved`: what moved nothing of it. `units`:
    what, change ('entered', 'left', 'changed'), site_id, procedure_id, detail, event_date,
    was, now; empty where it was not asked for.
    """

    indicator_id: str
    title: str
    site: str | None
    first: Figure
    second: Figure
    steps: pl.DataFrame
    unmoved: tuple[str, ...]
    units: pl.DataFrame
    sentence: str


def change_bridge_of(
    source: Source,
    releases: tuple[int, int],
    label: str,
    *,
    indicators: Sequence[str] | None = None,
    sites: Sequence[Sequence[str]] | None = None,
    with_units: bool = False,
) -> list[Moved]:
    """The bridge between two releases for each group of own sites and each indicator.

    Args:
        sites: groups of own sites whose figures are added up; None: each site by itself.

    Raises:
        NoRelease: if that bridge has not been worked out.
    """
    source.require("see rows")
    groups = [[site] for site in source.sites] if sites is None else sites
    for site in {site for group in groups for site in group}:
        source.require_own(site)
    found = _read(source, releases, indicators)
    states = found.states()
    made = change_bridge.contributions(states, label)
    ends = [change_bridge.counts(state, label) for state in (states[0], states[-1])]
    declared = source.rows("select id, title, kind from indicator").rows()
    bridges = []
    for group in groups:
        for indicator in declared:
            if indicators is not None and indicator[0] not in indicators:
                continue
            one = _moved(source, found, indicator, group, label, (made, *ends))
            if with_units:
                one = replace(one, units=bridge_units(found, states, label, indicator, group))
            bridges.append(one)
    return bridges


def _read(source: Source, releases: tuple[int, int], indicators: Sequence[str] | None) -> Bridge:
    path: Path = bridge_path(source.folder.parent, *releases)
    try:
        found = read(path, sites=source.sites, indicators=indicators)
    except FileNotFoundError:
        raise NoRelease(
            f"What moved between release {releases[0]} and {releases[1]} is not worked out yet."
        ) from None
    # A step of a site that is not the viewer's is not told apart from others of its kind.
    steps = tuple(
        step
        if step.site is None or step.site in source.sites
        else replace(step, site=None, submissions=(), at=None, left_out=0)
        for step in found.steps
    )
    return replace(found, steps=steps)


def _moved(
    source: Source,
    bridge: Bridge,
    indicator: tuple[str, str, str],
    group: Sequence[str],
    label: str,
    counted: Sequence[pl.DataFrame],
) -> Moved:
    indicator_id, title, _ = indicator
    of_it = (pl.col("indicator_id") == indicator_id) & pl.col("site_id").is_in(list(group))
    made, *ends = (frame.filter(of_it) for frame in counted)
    rows, unmoved = _steps(bridge, made, group)
    both = (bridge.first, bridge.second)
    counts = [{name: int(frame[name].sum()) for name in COUNTS} for frame in ends]
    figures = [
        _figure(end, label, indicator, found) for end, found in zip(both, counts, strict=True)
    ]
    who = _named(source, group)
    return Moved(
        indicator_id=indicator_id,
        title=title,
        site=group[0] if len(group) == 1 else None,
        first=figures[0],
        second=figures[1],
        steps=pl.DataFrame(rows, schema=STEPS),
        unmoved=unmoved,
        units=pl.DataFrame(),
        sentence=bridge_words.sentence(who, title, list(zip(both, counts, strict=True)), rows),
    )


def _steps(
    bridge: Bridge, made: pl.DataFrame, group: Sequence[str]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The steps that moved a figure, as rows of STEPS, and in words those that might have."""
    sums = made.group_by(STEP).agg(pl.col(name).sum() for name in COUNTS)
    by_step = {row[STEP]: row for row in sums.to_dicts()}
    rows, unmoved = [], []
    # What today's definitions changed in the first release, the second may have changed back:
    # the first step and the last are one.
    last = len(bridge.steps)
    for number, step in enumerate(bridge.steps[:-1], 1):
        parts = [by_step.get(n, {}) for n in ((1, last) if number == 1 else (number,))]
        moved = {name: sum(part.get(name, 0) for part in parts) for name in COUNTS}
        said = {"what": bridge_words.what(bridge, step), "short": bridge_words.short(step)}
        if any(moved.values()):
            of = {"step": number, "kind": step.kind, "submissions": list(step.submissions)}
            rows.append(of | said | moved)
        elif step.kind == "definition":
            if bridge.first.code_version != bridge.second.code_version:
                unmoved.append(said["what"])
        elif step.site in group or step.kind in bridge_words.OF_ALL:
            unmoved.append(said["what"])
    return rows, tuple(unmoved)


def _figure(
    end: End, label: str, indicator: tuple[str, str, str], found: Mapping[str, int]
) -> Figure:
    indicator_id, title, kind = indicator
    entry = {"id": indicator_id, "title": title, "kind": kind, "unit": "", "direction": "lower"}
    numbers = (found["eligible"], found["events"], found["unknown"], 0)
    row = rate_row(entry | {"target": None}, numbers, 0, "")
    told: dict[str, Any] = dict(found)
    told |= {name: row[name] if kind in PROPORTIONS else None for name in LIMITS}
    span = period(label, end.data_date)
    return Figure(end.number, end.data_date, span.sentence, kind, **told)


def _named(source: Source, group: Sequence[str]) -> str:
    if len(group) == 1:
        return f"{source.site_names[group[0]]} ({group[0]})"
    return lowered(source.together)
