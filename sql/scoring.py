"""The scores of the questionnaires: the select that makes them, from scales.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
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
    is looked up in the value set that the registry was given.
    """
    columns = ",\n".join(f"{expression} as {name}" for name, expression in _scores())
    levels = " and ".join(f"{_item(n)} between 1 and 5" for n in range(1, 6))
    profile = " || ".join(_item(n) for n in range(1, 6))
    return f"""
        select
            {", ".join(f"prom.{name}" for name in KEY)},
            prom.record_key,
            case when prom.instrument = 'EQ-5D-5L' and {levels} then {profile} end
                as eq5d_profile,
            {columns}
        from stg_prom as prom
    """


def _scores() -> Iterator[tuple[str, str]]:
    for scale in scales().values():
        if scale.scoring == "value set":
            continue
        score = "prom.vas" if scale.scoring == "vas" else WAYS[scale.scoring](scale)
        yield scale.name, f"case when prom.instrument = '{scale.instrument}' then {score} end"


def _eortc(scale: Scale) -> str:
    """0 to 100 from the mean of the items answered, if at least half of them are."""
    total, answered = _sum(scale), _answered(scale.items)
    share = f"({total} * 1.0 / {answered} - {scale.lowest}) / {scale.highest - scale.lowest}"
    score = f"100.0 * (1 - {share})" if scale.is_reversed else f"100.0 * {share}"
    return f"case when 2 * {answered} >= {len(scale.items)} then {score} end"


def _facit(scale: Scale) -> str:
    """The sum, scaled up to all items, if more than half of them are answered."""
    answered, items = _answered(scale.items), len(scale.items)
    score = f"{_sum(scale)} * {items}.0 / {answered}"
    return f"case when 2 * {answered} > {items} then {score} end"


def _total(scale: Scale) -> str:
    """The sum of the parts, if each has a score and enough of all items are answered."""
    parts = [scales()[name] for name in scale.parts]
    items = tuple(item for part in parts for item in part.items)
    added = " + ".join(f"({_facit(part)})" for part in parts)
    return f"case when {_answered(items)} > {SHARE_OF_TOTAL} * {len(items)} then {added} end"


WAYS: Mapping[str, Callable[[Scale], str]] = {
    "EORTC": _eortc,
    "FACIT": _facit,
    "total": _total,
}


def _sum(scale: Scale) -> str:
    scored = (
        f"coalesce({scale.highest} - {_item(n)}, 0)"
        if n in scale.reversed
        else f"coalesce({_item(n)}, 0)"
        for n in scale.items
    )
    return f"({' + '.join(scored)})"


def _answered(items: tuple[int, ...]) -> str:
    return f"({' + '.join(f'case when {_item(n)} is null then 0 else 1 end' for n in items)})"


def _item(number: int) -> str:
    return f"prom.item_{number:02d}"
