"""The verdict on one site against a target: the exact tail rule, and what small n takes away.

Source: Spiegelhalter 2005 (exact binomial tails); HQIP, outlier guidance (alert 2 SD, alarm 3 SD).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrc, pdtr, pdtrc

from sql.statistics.inputs import Floats, counts, counts_of, positive, proportions, together

ALERT = 0.025  # one tail of 95 %
ALARM = 0.001  # one tail of 99.8 %
FEWEST_TO_REASSURE = 10  # below this n, "within" is not said
FEWEST_FLAGGED = 2  # a single event goes to case review, never to a flag

# A probability this close to a tail equals it and is not below it: 3 of 3 at 10 % is exactly
# 0.001. The computed tails are right to 7e-13 of themselves for n up to 500.
ROUNDING = 1e-12

Flag = Literal["alarm high", "alert high", "within", "alert low", "alarm low"]
Flags = NDArray[np.str_]
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


@overload
def verdict(events: int, n: int, target: float) -> Flag: ...
@overload
def verdict(events: ArrayLike, n: ArrayLike, target: ArrayLike) -> Flag | Flags: ...
def verdict(events: ArrayLike, n: ArrayLike, target: ArrayLike) -> Flag | Flags:
    """The exact tail rule alone: alarm below 0.001, alert below 0.025, each side.

    Args:
        events, n: counts. target: the rate expected, from 0 to 1. All are broadcast.

    Returns:
        One flag for one site, an array of flags for arrays. Without a case: within.

    Raises:
        ValueError: on counts that are empty, missing, negative, fractional or above n, and
            on a target outside 0 to 1.
    """
    return _flags(*tails(events, n, target))


def ratio_verdict(observed: ArrayLike, expected: ArrayLike) -> Flag | Flags:
    """The tail rule for a standardised ratio: `observed` is Poisson about `expected`, above 0."""
    x, e = together(
        ("observed", counts("observed", observed)), ("expected", positive("expected", expected))
    )
    return _flags(np.where(x == 0, 1.0, pdtrc(np.maximum(x - 1, 0), e)), pdtr(x, e))


def tails(events: ArrayLike, n: ArrayLike, target: ArrayLike) -> tuple[Floats, Floats]:
    """(P(X >= events), P(X <= events)) for X binomial(n, target)."""
    x, size = counts_of(events, n)
    rate = proportions("target", target)
    x, size, rate = together(("events", x), ("n", size), ("target", rate))
    cases = size.astype(np.int64)  # scipy deprecates a fractional type here
    return (
        np.asarray(bdtrc(x - 1, cases, rate), dtype=np.float64),
        np.asarray(bdtr(x, cases, rate), dtype=np.float64),
    )


def smallest_flagged(n: int, target: float, tail: float = ALERT) -> int | None:
    """Smallest count x with P(X >= x) < tail; None where even n of n is not flagged."""
    counted = np.arange(n + 1)
    is_flagged = _is_below(bdtrc(counted - 1, n, target), tail)
    return int(counted[is_flagged][0]) if is_flagged.any() else None


def largest_flagged(n: int, target: float, tail: float = ALERT) -> int | None:
    """Largest count x with P(X <= x) < tail; None where even 0 of n is not flagged."""
    counted = np.arange(n + 1)
    is_flagged = _is_below(bdtr(counted, n, target), tail)
    return int(counted[is_flagged][-1]) if is_flagged.any() else None


@lru_cache(maxsize=64)
def boundary(largest_n: int, target: float) -> NDArray[np.float64]:
    """Rows (n, alert count, alarm count, better count) for n = 1..largest_n, as judged.

    The counts are those of `judge`: from the alert (alarm) count on it flags, which needs at
    least two events; up to the better count it says better than expected, which needs ten
    cases. nan where no count does. Drawn at half a count below (above) them, so that no
    point lies on a line.
    """
    proportions("target", target)
    rows = []
    for n in range(1, largest_n + 1):
        judged = _judged_counts(n, target)
        found = (judged.alert, judged.alarm, judged.better)
        rows.append((n, *(np.nan if count is None else count for count in found)))
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


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
    if not 0 <= target <= 1:
        raise ValueError(f"target must lie between 0 and 1; found {target}")
    if not (_is_count(events) and _is_count(n) and _is_count(unknown)):
        raise ValueError("events, n and unknown must be whole numbers from 0 on")
    if events + unknown > n:
        raise ValueError("events and unknown must lie within n")
    bad = events if is_lower_better else n - events - unknown
    expected = target if is_lower_better else 1 - target
    judged = _judged_counts(n, expected)
    return Verdict(
        level=_level(bad, unknown, n, judged),
        p_worse=float(bdtrc(bad - 1, n, expected)) if n else float("nan"),
        alert_count=judged.alert,
        alarm_count=judged.alarm,
        power=judged.power,
    )


def pooled_target(events: ArrayLike, n: ArrayLike) -> float:
    """All events over all cases of the sites given."""
    x, size = counts_of(events, n)
    if size.sum() == 0:
        raise ValueError("n must hold at least one case; all are 0")
    return float(x.sum() / size.sum())


def leave_one_out(events: ArrayLike, n: ArrayLike) -> Floats:
    """By site, the pooled rate of all others: what its own volume does to its target.

    nan for a site beside which nobody has a case: there is no target without it.
    """
    x, size = counts_of(events, n)
    others = size.sum() - size
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(others > 0, (x.sum() - x) / others, np.nan))


def expected_false_flags(n: ArrayLike, target: float) -> tuple[float, float]:
    """How many sites `judge` flags by chance if all are at the target: (alerts, alarms).

    Args:
        n: the cases of each site. An alarm is counted among the alerts too.
    """
    proportions("target", target)
    chances = np.array([_false_flags(int(size), target) for size in counts("n", n).ravel()])
    alerts, alarms = chances.sum(axis=0)
    return float(alerts), float(alarms)


def _is_count(number: float) -> bool:
    return number >= 0 and number % 1 == 0


@dataclass(frozen=True)
class _Judged:
    alert: int | None
    alarm: int | None
    better: int | None
    power: float


@lru_cache(maxsize=4096)
def _judged_counts(n: int, target: float) -> _Judged:
    found = (smallest_flagged(n, target, ALERT), smallest_flagged(n, target, ALARM))
    alert, alarm = (None if x is None else max(x, FEWEST_FLAGGED) for x in found)
    alert = None if alert is None or alert > n else alert
    return _Judged(
        alert=alert,
        alarm=None if alarm is None or alarm > n else alarm,
        better=largest_flagged(n, target) if n >= FEWEST_TO_REASSURE else None,
        power=0.0 if alert is None else float(bdtrc(alert - 1, n, min(1, 2 * target))),
    )


def _level(bad: int, unknown: int, n: int, judged: _Judged) -> Level:
    if judged.alarm is not None and bad >= judged.alarm:
        return "alarm"
    if judged.alert is not None and bad >= judged.alert:
        return "alert"
    if judged.alert is not None and bad + unknown >= judged.alert:
        return "outcome unknown"
    if n < FEWEST_TO_REASSURE:
        return "too few to judge"
    if judged.better is not None and bad + unknown <= judged.better:
        return "better than expected"
    return "within"


def _false_flags(n: int, target: float) -> tuple[float, float]:
    judged = _judged_counts(n, target)
    alert, alarm = (
        0.0 if count is None else float(bdtrc(count - 1, n, target))
        for count in (judged.alert, judged.alarm)
    )
    return alert, alarm


def _flags(upper: ArrayLike, lower: ArrayLike) -> Flag | Flags:
    found = np.select(
        [
            _is_below(upper, ALARM),
            _is_below(lower, ALARM),
            _is_below(upper, ALERT),
            _is_below(lower, ALERT),
        ],
        ["alarm high", "alarm low", "alert high", "alert low"],
        default="within",
    )
    # One site: a plain word, that equals and hashes as one.
    return found.item() if found.ndim == 0 else found


def _is_below(probability: ArrayLike, tail: float) -> NDArray[np.bool_]:
    return np.asarray(probability) < tail * (1 - ROUNDING)
