"""What the charts in order of time say, each in one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sql.in_order import InOrder
from sql.reader_periods import day
from sql.sentences import counted, percent
from sql.statistics.spc_limits import FEWEST_FOR_LIMITS


def told(found: InOrder, who: str) -> InOrder:
    """The same with its sentences. `who`: the site and what is counted."""
    return replace(found, gaps_sentence=_of_gaps(found, who), cusum_sentence=_of_cusum(found, who))


def _of_gaps(found: InOrder, who: str) -> str:
    if not found.known:
        return f"{who}: no {found.unit} with a known outcome up to {day(found.end)}."
    span = f"from {day(found.start)} to {day(found.end)}" if found.start else ""
    said = (
        f"{who}, {span}: {counted(found.events, 'event')} in "
        f"{counted(found.known, found.unit)} with a known outcome"
    )
    if not found.events:
        return f"{said}, so no gap between events{_chance_of_none(found)}."
    gaps = found.gaps["between"].to_list()
    said += f"; {found.since} since the last"
    if found.events == 1:
        return f"{said}; one event tells no limit."
    middle, shortest = float(np.median(gaps)), int(min(gaps))
    said += f"; median gap {middle:g}, shortest {shortest}"
    said += _signals_of_gaps(found)
    if found.events < FEWEST_FOR_LIMITS:
        said += f"; the limit is on trial (fewer than {FEWEST_FOR_LIMITS} gaps)"
    return f"{said}."


def _chance_of_none(found: InOrder) -> str:
    rate = found.target.rate
    if rate is None:
        return ""
    none = (1 - rate) ** found.known
    return f"; at {percent(rate)} that would happen by chance {round(100 * none)} times in 100"


def _signals_of_gaps(found: InOrder) -> str:
    readings = found.gaps["reading"].to_list()
    told = [
        f"{readings.count(one)} in a {one}" if one.startswith("run") else f"{one}: 1"
        if readings.count(one) == 1 else f"{one}s: {readings.count(one)}"
        for one in ("run of short gaps", "run of long gaps", "long gap")
        if one in readings
    ]  # fmt: skip
    return "".join(f"; {one}" for one in told)


def _of_cusum(found: InOrder, who: str) -> str:
    if found.threshold is None or found.in_control is None or found.delay is None:
        return f"{who}: no CUSUM, as it is judged against {found.target.said}."
    if not found.known:
        return f"{who}: no {found.unit} with a known outcome up to {day(found.end)}."
    return (
        f"{who}: {_outcome(found)}. Crude CUSUM (no case-mix adjustment) for doubled odds, "
        f"expected in {percent(found.target.rate or 0)} of {found.unit}s; signal at "
        f"{found.threshold:g}, chosen for one false signal in {round(found.in_control)} "
        f"{found.unit}s on average while nothing has changed; doubled odds are found after "
        f"{round(found.delay)} on average."
    )


def _outcome(found: InOrder) -> str:
    signals = found.procedures.filter("is_signal")
    if signals.height:
        last = signals.row(-1, named=True)
        said = (
            f"{counted(signals.height, 'signal')} of more events than expected, the last at "
            f"{found.unit} {last['number']} ({day(last['procedure_date'])})"
        )
    else:
        now = found.procedures["up"][-1]
        said = f"no signal in {counted(found.known, found.unit)}; it stands at {now:.2f}"
    if found.unknown and not signals.height:
        would = "would" if found.is_signal_if_unknown else "would not"
        unknown = counted(found.unknown, "unknown outcome")
        verb = "an event" if found.unknown == 1 else "events"
        said += f", and {would} signal were the {unknown} {verb}"
    return said
