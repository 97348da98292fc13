"""What is told of one site's procedures in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sql.reader_target import Target


@dataclass(frozen=True)
class InOrder:
    """What happened at one site, procedure by procedure, from the first on record.

    Attributes:
        unit: "procedure", or "patient" (in order of the first procedure).
        start, end: the first procedure's day (None: none), and the last day of the period.
        known, events, unknown: outcomes known, events among them, and outcomes not known,
            which stand in no chart.
        procedures: number (from 1, of those known), procedure_id, procedure_date, value and,
            where there is a target, up (the CUSUM before it starts again) and is_signal.
        gaps: one row per event: number, procedure_id, procedure_date, between (without the
            event, since the last), centre, upper (null with one gap), chance (of a gap as
            short or shorter at the target; null without one), reading (of the g-chart's rules).
        since: known procedures without the event since the last one.
        sentinel: number (of the procedure at which it stands, 0 before the first),
            procedure_id, procedure_date, onset_date, event.
        threshold, in_control, delay: of the CUSUM: the signal's, and how many procedures it
            runs on average to a false one and, with doubled odds, to a true one.
        is_signal_if_unknown: whether it would signal were every unknown outcome an event.
        gaps_sentence, cusum_sentence: what the two charts say.
    """

    indicator_id: str
    unit: str
    start: date | None
    end: date
    known: int
    events: int
    unknown: int
    procedures: pl.DataFrame
    gaps: pl.DataFrame
    since: int
    sentinel: pl.DataFrame
    target: Target
    threshold: float | None
    in_control: float | None
    delay: float | None
    is_signal_if_unknown: bool
    gaps_sentence: str = ""
    cusum_sentence: str = ""
