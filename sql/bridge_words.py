"""What a change bridge says: each step in words, and the sentence that reads a whole bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sql.accepted import LONDON
from sql.bridge_file import Bridge, End, Kind, Step
from sql.reader_periods import day
from sql.sentences import counted

TITLES: Mapping[Kind, str] = {
    "definition": "Definitions and rules",
    "time": "Time passing",
    "register": "Register",
    "policy": "Policy values",
    "answers": "Answers to queries",
    "new data": "New data",
    "correction": "Correction",
    "roll-back": "Roll-back",
    "withdrawal": "Withdrawal",
}
OF_ALL: tuple[Kind, ...] = (
    "definition",
    "time",
    "register",
    "policy",
    "answers",
)  # of no site alone
VERBS: Mapping[Kind, str] = {"withdrawal": "withdrawn"}
# What a unit's value is called: of an indicator of this kind, or else of any.
VALUES: Mapping[str, tuple[str, str]] = {
    "compliance": ("met", "not met"),
    "completeness": ("filled", "empty"),
}
EVENT = ("event", "no event")
COUNTS = ("events", "eligible", "unknown")  # in the order in which they are said


def what(bridge: Bridge, step: Step) -> str:
    """One step: "New data: submission X of ZZ102, accepted 3 Apr 2026".

    A step of a site that the viewer may not name comes here without site and submissions.
    """
    first, second = bridge.first, bridge.second
    title = TITLES[step.kind]
    if step.kind == "definition":
        return f"{title}: {_versions(bridge)}"
    if step.kind == "time":
        return f"{title}: {day(_today(first))} to {day(_today(second))}"
    if step.kind == "register":
        return f"{title}: load {first.register} to load {second.register}"
    if step.kind == "policy":
        return f"{title}: {_load(first.policy)} to {_load(second.policy)}"
    if step.kind == "answers":
        return f"{title} given or ended"
    if step.site is None:
        return f"{title} of another site"
    names = step.submissions
    named = f"submission {names[0]}" if len(names) == 1 else counted(len(names), "submission")
    said = f"{title}: {named} of {step.site}"
    when = _when(step)
    if when is not None:
        said += f", {VERBS.get(step.kind, 'accepted')} {when if len(names) == 1 else f'to {when}'}"
    if step.left_out:
        said += f", {counted(step.left_out, 'record')} left out"
    return said


def short(step: Step) -> str:
    """A step in few words, for a chart: "New data, ZZ102, 3 Apr 2026"."""
    parts = [TITLES[step.kind], step.site, _when(step)]
    return ", ".join(part for part in parts if part)


def value(number: int | None, kind: str) -> str:
    """A unit's value in words."""
    if number is None:
        return "cannot tell" if kind == "compliance" else "unknown"
    yes, no = VALUES.get(kind, EVENT)
    return yes if number == 1 else no


def signed(number: int) -> str:
    """A change: +1, −1, 0."""
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


def sentence(
    who: str,
    title: str,
    ends: Sequence[tuple[End, Mapping[str, int]]],
    moved: Sequence[Mapping[str, Any]],
) -> str:
    """What a bridge says of one indicator.

    Args:
        ends: each release with its eligible, events and unknown.
        moved: kind, what, submissions, eligible, events, unknown of each step that moved any.

    "Major complication, Site B (ZZ201): 4 of 31 in release 12, 5 of 33 in release 14: events
    +1, eligible +2. New data (2 submissions): eligible +2. Correction: submission X: events +1."
    """
    (_, old), (_, new) = ends
    told = [f"{_figure(of)} in release {end.number}" for end, of in ends]
    net = changes({name: new[name] - old[name] for name in new})
    said = [f"{title}, {who}: {', '.join(told)}: {net or 'no change'}."]
    if not moved:
        return f"{said[0]} Nothing moved it."
    for kind in dict.fromkeys(one["kind"] for one in moved):
        alike = [one for one in moved if one["kind"] == kind]
        total = {name: sum(one[name] for one in alike) for name in COUNTS}
        by = alike[0]["what"] if len(alike) == 1 else _together(kind, alike)
        said.append(f"{by}: {changes(total) or 'no change in all'}.")
    return " ".join(said)


def _together(kind: Kind, alike: Sequence[Mapping[str, Any]]) -> str:
    number = sum(len(one["submissions"]) or 1 for one in alike)
    return f"{TITLES[kind]} ({counted(number, 'submission')})"


def changes(step: Mapping[str, Any]) -> str:
    """events +1, eligible +2."""
    return ", ".join(f"{name} {signed(int(step[name]))}" for name in COUNTS if step[name])


def _figure(of: Mapping[str, int]) -> str:
    known = f" ({of['unknown']} unknown)" if of["unknown"] else ""
    return f"{of['events']} of {of['eligible']}{known}"


def _versions(bridge: Bridge) -> str:
    old, new = bridge.first.code_version, bridge.second.code_version
    if old != new:
        return f"version {old} to {new}"
    if old != bridge.code_version:
        return f"version {old} in both, worked out with {bridge.code_version}"
    return f"the same version, {old}; other code, or another value set"


def _when(step: Step) -> str | None:
    if step.at is None:
        return None
    return day(datetime.fromisoformat(step.at).astimezone(LONDON).date())


def _load(number: int) -> str:
    return f"load {number}" if number else "as shipped"


def _today(end: End) -> date:
    return end.at.astimezone(LONDON).date()
