"""The scores of the questionnaires: the select that makes them, from scales.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb

SCALES = Path(__file__).parent / "scales.toml"
SHARE_OF_TOTAL = 0.8  # of the items of a FACIT total, more must be answered
KEY = ("site_id", "patient_key", "procedure_id", "instrument", "timepoint", "completed_date")


@dataclass(frozen=True)
class Scale:
    """One scale of a questionnaire: its items, how they are scored, how much is a change.

    smallest_change: in points of the scale; a change for the worse by as much is worse.
    """

    name: str
    instrument: str
    title: str
    scoring: Literal["EORTC", "FACIT", "total", "vas", "value set"]
    is_higher_better: bool
    smallest_change: float
    items: tuple[int, ...] = ()
    lowest: int = 0
    highest: int = 4
    is_reversed: bool = False
    reversed: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()


@cache
def scales() -> Mapping[str, Scale]:
    """Every scale by name, in the order of scales.toml."""
    declared: dict[str, dict[str, Any]] = tomllib.loads(SCALES.read_text("utf-8"))
    return {name: _scale(name, body) for name, body in declared.items()}


def _scale(name: str, body: Mapping[str, Any]) -> Scale:
    given: dict[str, Any] = {"name": name}
    for key, value in body.items():
        given[key] = tuple(value) if isinstance(value, list) else value
    return Scale(**given)


def stage_scores(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `stg_prom_score`: one row a questionnaire, with a column for each scale."""
    connection.execute(f"create table stg_prom_score as {score_select()}")


def score_select() -> str:
    """The select of `stg_prom_score`: a scale is null where too few items are answered.

    eq5d_profile is the five levels as text, null unless all are answered 1 to 5; its value
    is looked up in the value set that the registry was given. Sums first, then scales, then
    totals: each is worked out once.
    """
    key = ", ".join((*KEY, "record_key"))
    of_items = [scale for scale in scales().values() if scale.items]
    sums = [f"{_sum(s)} as {s.name}_sum, {_answered(s)} as {s.name}_answered" for s in of_items]
    scored = [f"{_of(s, WAYS[s.scoring](s))} as {s.name}" for s in of_items]
    parts = [s for s in scales().values() if s.scoring == "total"]
    totals = [f"{_of(s, _total(s))} as {s.name}" for s in parts]
    names = [s.name for s in of_items]
    answered = [f"{name}_answered" for s in parts[-1:] for name in s.parts]
    levels = " and ".join(f"{_item(n)} between 1 and 5" for n in range(1, 6))
    profile = " || ".join(_item(n) for n in range(1, 6))
    return f"""
        select {", ".join((key, "eq5d_profile", "eq5d_vas", *names, *totals))}
        from (
            select {", ".join((key, "eq5d_profile", "eq5d_vas", *scored, *answered))}
            from (
                select
                    {key},
                    case when instrument = 'EQ-5D-5L' and {levels} then {profile} end
                        as eq5d_profile,
                    case when instrument = 'EQ-5D-5L' then vas end as eq5d_vas,
                    {", ".join(sums)}
                from stg_prom
            ) as answer
        ) as scale
    """


def _of(scale: Scale, score: str) -> str:
    return f"case when instrument = '{scale.instrument}' then {score} end"


def _eortc(scale: Scale) -> str:
    """0 to 100 from the mean of the items answered, if at least half of them are."""
    mean = f"{scale.name}_sum * 1.0 / {scale.name}_answered"
    share = f"({mean} - {scale.lowest}) / {scale.highest - scale.lowest}"
    score = f"100.0 * (1 - {share})" if scale.is_reversed else f"100.0 * {share}"
    return f"case when 2 * {scale.name}_answered >= {len(scale.items)} then {score} end"


def _facit(scale: Scale) -> str:
    """The sum, scaled up to all items, if more than half of them are answered."""
    items = len(scale.items)
    score = f"{scale.name}_sum * {items}.0 / {scale.name}_answered"
    return f"case when 2 * {scale.name}_answered > {items} then {score} end"


def _total(scale: Scale) -> str:
    """The sum of the parts, if each has a score and enough of all items are answered."""
    items = sum(len(scales()[name].items) for name in scale.parts)
    answered = " + ".join(f"{name}_answered" for name in scale.parts)
    return f"case when {answered} > {SHARE_OF_TOTAL} * {items} then {' + '.join(scale.parts)} end"


WAYS: Mapping[str, Callable[[Scale], str]] = {"EORTC": _eortc, "FACIT": _facit}


def _sum(scale: Scale) -> str:
    scored = (
        f"coalesce({scale.highest} - {_item(n)}, 0)"
        if n in scale.reversed
        else f"coalesce({_item(n)}, 0)"
        for n in scale.items
    )
    return f"({' + '.join(scored)})"


def _answered(scale: Scale) -> str:
    told = (f"case when {_item(n)} is null then 0 else 1 end" for n in scale.items)
    return f"({' + '.join(told)})"


def _item(number: int) -> str:
    return f"item_{number:02d}"
