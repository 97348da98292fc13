"""The stages of an outlier case: what each waits for, who owes it, and within how many days."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

FILE = Path(__file__).with_name("case_stages.toml")

Owner = Literal["registry team", "governance lead", "nobody"]
FIRST_STAGE, LAST_STAGE = "potential", "closed"


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        step: the stage of HQIP's guidance; 0 once closed.
        days: working days; None where the clock runs on, or none runs.
        runs_on: True where the clock of the stage before goes on.
    """

    name: str
    title: str
    step: int
    waits_for: str
    owner: Owner
    days: int | None
    runs_on: bool


@dataclass(frozen=True)
class PoorData:
    """What is a case of poor data.

    Attributes:
        indicator: whose share of a quarter, out of `fewest` or more, is below `threshold`.
        flagged: the indicators that an analysis flags as poor data, not as an alert or alarm.
    """

    indicator: str
    threshold: float
    fewest: int
    flagged: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """All that is declared of outlier cases.

    Attributes:
        is_confirmed: True once a person has confirmed the day counts.
    """

    stages: Mapping[str, Stage]
    source: str
    note: str
    is_confirmed: bool
    half_year: bool
    poor_data: PoorData
    non_participation: str
    review_outcomes: Mapping[str, str]


@cache
def policy() -> Policy:
    """What case_stages.toml declares.

    Raises:
        ValueError: if it cannot be followed, with the place.
    """
    return read(FILE.read_text("utf-8"))


def read(text: str) -> Policy:
    """The policy of a text, checked."""
    told = tomllib.loads(text)
    stages = {name: _stage(name, entry) for name, entry in told["stages"].items()}
    names = list(stages)
    if names[:1] != [FIRST_STAGE] or names[-1:] != [LAST_STAGE]:
        raise ValueError(f"stages must begin with {FIRST_STAGE} and end with {LAST_STAGE}")
    declared = {name: told["poor_data"][name] for name in ("indicator", "threshold", "fewest")}
    poor = PoorData(**declared, flagged=tuple(told["poor_data"]["flagged"]))
    if not 0 < poor.threshold <= 1:
        raise ValueError(f"poor_data.threshold must lie between 0 and 1; found {poor.threshold}")
    return Policy(
        stages=stages,
        source=told["source"],
        note=told["note"],
        is_confirmed="[M]" not in told["provenance"],
        half_year=told["half_year"],
        poor_data=poor,
        non_participation=told["non_participation"]["indicator"],
        review_outcomes=told["review_outcomes"],
    )


def _stage(name: str, entry: Mapping[str, Any]) -> Stage:
    days, runs_on = entry.get("days"), entry.get("runs_on", False)
    if entry["owner"] not in get_args(Owner):
        raise ValueError(f"stages.{name}: no such owner: {entry['owner']}")
    if runs_on and days is not None:
        raise ValueError(f"stages.{name}: days and runs_on exclude each other")
    if days is not None and (not isinstance(days, int) or days < 1):
        raise ValueError(f"stages.{name}: days must be a whole number from 1 on; found {days}")
    return Stage(
        name, entry["title"], entry["step"], entry["waits_for"], entry["owner"], days, runs_on
    )
