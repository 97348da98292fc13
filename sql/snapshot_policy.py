"""How long sites may validate a year before its snapshot: dated entries, with their source."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("snapshot_policy.toml")


@dataclass(frozen=True)
class Window:
    """The length of a validation window, in force from a day on.

    Attributes:
        days: after the day on which it is opened; the last one is within.
        is_confirmed: True once a person has confirmed it.
    """

    since: date
    days: int
    source: str
    is_confirmed: bool


def window_on(day: date) -> Window:
    """The window that a snapshot opened on this day gets.

    Raises:
        ValueError: if none is declared for the day.
    """
    in_force = [one for one in _declared() if one.since <= day]
    if not in_force:
        raise ValueError(f"snapshot_policy.toml declares no window for {day}")
    return in_force[-1]


@cache
def _declared() -> tuple[Window, ...]:
    return tuple(read(FILE.read_text("utf-8")))


def read(text: str) -> Sequence[Window]:
    """The windows of a text in order, checked."""
    found = [
        Window(entry["since"], entry["days"], entry["source"], "[M]" not in entry["provenance"])
        for entry in tomllib.loads(text)["window"]
    ]
    days = [one.since for one in found]
    if days != sorted(set(days)):
        raise ValueError("window: since must rise from entry to entry")
    if any(not isinstance(one.days, int) or one.days < 1 for one in found):
        raise ValueError("window: days must be a whole number from 1 on")
    return found
