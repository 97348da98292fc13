"""The verdict on one site against a target: the exact tail rule, and what small n takes away.

Source: Spiegelhalter 2005 (exact binomial tails); HQIP, outlier guidance (alert 2 SD, alarm 3 SD).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

ALERT = 0.025  # one tail of 95 %
ALARM = 0.001  # one tail of 99.8 %
FEWEST_TO_REASSURE = 10  # below this n, "within" is not said
FEWEST_FLAGGED = 2  # a single event goes to case review, never to a flag

Side = Literal["high", "low"]
Tail = Literal["alarm", "alert", "within"]
Level = Literal[
    "alarm", "alert", "within", "outcome unknown", "too few to judge", "better than expected"
]


@dataclass(frozen=True)
class Verdict:
    """What may be said of x events in n against a target, and why.

    Attributes:
        level: the verdict in the field's words.
        p_worse: P(as many unfavourable outcomes or more | target); nan where n is 0.
        alert_count, alarm_count: smallest flagged numbers of unfavourable outcomes at n
            (None: no count can be flagged).
        power: chance that a doubled rate of unfavourable outcomes is flagged at n.
    """

    level: Level
    p_worse: float
    alert_count: int | None
    alarm_count: int | None
    power: float


def tails(events: int, n: int, target: float) -> tuple[float, float]:
    """(P(X >= events), P(X <= events)) for X binomial(n, target)."""
    return (
        float(bdtrc(events - 1, n, target)),
        float(bdtr(events, n, target)),
    )


def tail_rule(events: int, n: int, target: float) -> tuple[Tail, Side | None]:
    """The exact tail rule alone: alarm below 0.001, alert below 0.025, each side.

    Probabilities are compared unrounded.
    """
    upper, lower = tails(events, n, target)
    side: Side = "high" if upper <= lower else "low"
    probability = min(upper, lower)
    if probability < ALARM:
        return "alarm", side
    if probability < ALERT:
        return "alert", side
    return "within", None


def smallest_flagged(n: int, target: float, tail: float = ALERT) -> int | None:
    """Smallest count x with P(X >= x) < tail; None where even n of n is not flagged."""
    counts = np.arange(n + 1)
    is_flagged = bdtrc(counts - 1, n, target) < tail
    return int(counts[is_flagged][0]) if is_flagged.any() else None


def largest_flagged(n: int, target: float, tail: float = ALERT) -> int | None:
    """Largest count x with P(X <= x) < tail; None where even 0 of n is not flagged."""
    counts = np.arange(n + 1)
    is_flagged = bdtr(counts, n, target) < tail
    return int(counts[is_flagged][-1]) if is_flagged.any() else None


@lru_cache(maxsize=64)
def boundary(largest_n: int, target: float) -> NDArray[np.float64]:
    """Rows (n, alert count, alarm count) for n = 1..largest_n, as drawn and as judged.

    The counts are those that `judge` flags: at least two events; nan where none is.
    """
    rows = []
    for n in range(1, largest_n + 1):
        alert, alarm = _flagged_counts(n, target)
        rows.append((n, np.nan if alert is None else alert, np.nan if alarm is None else alarm))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def judge(
    events: int,
    n: int,
    target: float,
    *,
    unknown: int = 0,
    is_lower_better: bool = True,
) -> Verdict:
    """Judge known events among n, `unknown` of which have no outcome yet.

    Flagged when the unfavourable outcomes known are flagged among all n; 'outcome unknown'
    when only counting every unknown as unfavourable would flag; else 'within', and below
    n = 10 'too few to judge'. 'better than expected' needs every unknown unfavourable.

    Args:
        events: the indicator's numerator; n: its denominator, unknown outcomes included.
        target: the rate expected, as the indicator counts it.

    Source: convention of the registry [P]: silence is never counted as no event.
    """
    if events < 0 or unknown < 0 or events + unknown > n:
        raise ValueError("events and unknown must lie within n")
    bad = events if is_lower_better else n - events - unknown
    expected = target if is_lower_better else 1 - target
    alert, alarm = _flagged_counts(n, expected)
    return Verdict(
        level=_level(bad, unknown, n, expected),
        p_worse=tails(bad, n, expected)[0] if n else float("nan"),
        alert_count=alert,
        alarm_count=alarm,
        power=0.0 if alert is None else float(bdtrc(alert - 1, n, min(1, 2 * expected))),
    )


def _level(bad: int, unknown: int, n: int, expected: float) -> Level:
    alert, alarm = _flagged_counts(n, expected)
    if alarm is not None and bad >= alarm:
        return "alarm"
    if alert is not None and bad >= alert:
        return "alert"
    if alert is not None and bad + unknown >= alert:
        return "outcome unknown"
    if n < FEWEST_TO_REASSURE:
        return "too few to judge"
    fewest = largest_flagged(n, expected)
    if fewest is not None and bad + unknown <= fewest:
        return "better than expected"
    return "within"


@lru_cache(maxsize=4096)
def _flagged_counts(n: int, target: float) -> tuple[int | None, int | None]:
    found = (smallest_flagged(n, target, ALERT), smallest_flagged(n, target, ALARM))
    alert, alarm = (None if x is None else max(x, FEWEST_FLAGGED) for x in found)
    return (
        None if alert is None or alert > n else alert,
        None if alarm is None or alarm > n else alarm,
    )
