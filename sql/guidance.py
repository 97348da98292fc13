"""The NICE guidance that was in force on a day."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl

DECLARED = Path(__file__).parent / "guidance.toml"


class GuidanceError(Exception):
    """guidance.toml is not as it should be: our own mistake. Says what is wrong."""


@dataclass(frozen=True)
class Guidance:
    """One publication: its number, what it recommends, and from when to when it was in force."""

    number: str
    title: str
    since: date
    until: date | None  # the last day; None: in force
    recommends: str
    provenance: str


@cache
def guidance() -> Sequence[Guidance]:
    """Every publication, oldest first; each ends the day before the next begins.

    Raises:
        GuidanceError: if they do not follow one another.
    """
    declared = list(tomllib.loads(DECLARED.read_text("utf-8")).items())
    begun = [body["since"] for _, body in declared]
    if any(after <= before for before, after in pairwise(begun)):
        raise GuidanceError("guidance.toml: each publication must come after the one above it")
    ends = [*(day - timedelta(days=1) for day in begun[1:]), None]
    return tuple(
        Guidance(number=number, until=until, **body)
        for (number, body), until in zip(declared, ends, strict=True)
    )


def as_table() -> pl.DataFrame:
    """nice_guidance: number, title, since, until, recommends, provenance."""
    return pl.DataFrame(guidance(), schema_overrides={"until": pl.Date})
