"""Local policy values: thresholds that the guidance does not give, each from its own day."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

DECLARED = Path(__file__).with_suffix(".toml")
FILE = "policy.toml"  # in a load
SHIPPED = "as shipped"
LONG_AGO = date(1900, 1, 1)  # the first value of a name holds before its day too

COLUMNS = {
    **dict.fromkeys(("name", "title", "value", "unit"), pl.String),
    "since": pl.Date,
    "until": pl.Date,
    **dict.fromkeys(("decides", "provenance", "source", "recorded"), pl.String),
}


class PolicyError(Exception):
    """A policy file is not as it should be; one line: where, what was found and is allowed."""


@dataclass(frozen=True)
class Threshold:
    """What is decided by a value: its name and title, and which values it may take."""

    name: str
    title: str
    unit: str
    decides: str  # the indicators that it moves
    range: tuple[float, float] | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dated:
    """One value of a threshold, from its day on.

    Attributes:
        value: a number, or members joined by ";".
        recorded: by whom it was given: as shipped, or the registry's load.
    """

    name: str
    since: date
    value: float | str
    source: str
    provenance: str = "[P]"
    recorded: str = SHIPPED
    until: date | None = None  # the last day; None: in force


@cache
def thresholds() -> Mapping[str, Threshold]:
    """Every threshold by name, in the order of policy.toml."""
    return {
        name: Threshold(
            name,
            body["title"],
            body["unit"],
            body["decides"],
            tuple(body["range"]) if "range" in body else None,
            tuple(body.get("members", ())),
        )
        for name, body in tomllib.loads(DECLARED.read_text("utf-8")).items()
    }


@cache
def shipped() -> Sequence[Dated]:
    """The values of policy.toml.

    Raises:
        PolicyError: if one is not as its threshold allows: our own mistake.
    """
    declared = tomllib.loads(DECLARED.read_text("utf-8"))
    return _dated(DECLARED.name, {name: body["dated"] for name, body in declared.items()}, SHIPPED)


def read(path: Path, recorded: str) -> Sequence[Dated]:
    """The values of a registry's file: a list of `since`, `value` and `source` a name.

    Raises:
        PolicyError: if it is no TOML, or a name, a day or a value is not allowed.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path.name}: not a TOML file ({error})") from None
    if not given:
        raise PolicyError(f"{path.name}: no value; expected some of: {', '.join(thresholds())}")
    return _dated(path.name, given, recorded)


def in_force(load: Path | None) -> Sequence[Dated]:
    """Every value, by name and day: those shipped and, from their first day on, the load's.

    Args:
        load: one load of the registry's own values; None: it has none.
    """
    own: Sequence[Dated] = ()
    if load is not None:
        told = json.loads((load / "manifest.json").read_text("utf-8"))
        own = read(load / FILE, f"load {told['n']}")
    found = []
    for name in thresholds():
        ours = [one for one in own if one.name == name]
        kept = [
            one for one in shipped() if one.name == name and (not ours or one.since < ours[0].since)
        ]
        series = [*kept, *ours]
        ends = [*(one.since - timedelta(days=1) for one in series[1:]), None]
        found += [replace(one, until=until) for one, until in zip(series, ends, strict=True)]
    return tuple(found)


def as_table(values: Sequence[Dated]) -> pl.DataFrame:
    """policy_value: name, title, value (text), unit, since, until, decides, provenance, source,
    recorded; a row each."""
    known = thresholds()
    rows = [
        {
            "name": one.name,
            "title": known[one.name].title,
            "value": one.value if isinstance(one.value, str) else f"{one.value:g}",
            "unit": known[one.name].unit,
            "since": one.since,
            "until": one.until,
            "decides": known[one.name].decides,
            "provenance": one.provenance,
            "source": one.source,
            "recorded": one.recorded,
        }
        for one in values
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


def as_spans(values: Sequence[Dated]) -> pl.DataFrame:
    """local_policy: since, until (null: no end) and a column a threshold; the spans follow one
    another without a gap, so that a day has exactly one row."""
    days = sorted({LONG_AGO} | {one.since for one in values})
    ends = [*(day - timedelta(days=1) for day in days[1:]), None]
    rows = [
        {"since": day, "until": end} | {name: _on(values, name, day) for name in thresholds()}
        for day, end in zip(days, ends, strict=True)
    ]
    kinds = {name: pl.String if one.members else pl.Float64 for name, one in thresholds().items()}
    return pl.DataFrame(rows, schema={"since": pl.Date, "until": pl.Date, **kinds})


def _on(values: Sequence[Dated], name: str, day: date) -> float | str:
    series = [one for one in values if one.name == name]
    return next((one.value for one in reversed(series) if one.since <= day), series[0].value)


def _dated(file: str, given: Mapping[str, Any], recorded: str) -> Sequence[Dated]:
    found: list[Dated] = []
    for name, entries in given.items():
        if name not in thresholds():
            raise PolicyError(f"{file}: no threshold {name}; known: {', '.join(thresholds())}")
        if not isinstance(entries, list) or not entries:
            raise PolicyError(f"{file}, {name}: expected a list, each headed [[{name}]]")
        series = [_one(file, name, entry, recorded) for entry in entries]
        if any(after.since <= before.since for before, after in pairwise(series)):
            raise PolicyError(f"{file}, {name}: each day must come after the one above it")
        found += series
    return tuple(found)


def _one(file: str, name: str, entry: Any, recorded: str) -> Dated:
    where = f"{file}, {name}"
    if not isinstance(entry, dict) or not {"since", "value", "source"} <= entry.keys():
        raise PolicyError(f"{where}: expected since, value and source")
    if unknown := entry.keys() - {"since", "value", "source", "provenance"}:
        raise PolicyError(f"{where}: unknown: {', '.join(sorted(unknown))}")
    if type(entry["since"]) is not date:
        raise PolicyError(f"{where}: since must be a day, as 2026-04-01")
    texts = [entry["source"], entry.get("provenance", "[P]")]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise PolicyError(f"{where}: source must say who decided it, and on what ground")
    value = _allowed(where, thresholds()[name], entry["value"])
    return Dated(name, entry["since"], value, texts[0].strip(), texts[1], recorded)


def _allowed(where: str, threshold: Threshold, value: Any) -> float | str:
    if threshold.range is None:
        named = str(value).split(";") if isinstance(value, str) else []
        if not named or len(named) != len(set(named)) or set(named) - set(threshold.members):
            allowed = ", ".join(threshold.members)
            raise PolicyError(f"{where}: members joined by ;, each once, of: {allowed}")
        return ";".join(one for one in threshold.members if one in named)
    low, high = threshold.range
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise PolicyError(f"{where}: a number of {low:g} to {high:g} {threshold.unit}")
    return float(value)
