"""How long a risk-adjusted CUSUM runs to its first signal: exactly, not by binned states.

A sum that starts from 0 is, after n patients with k events, k times the weight of an event and
n - k times that of none: few values lie between 0 and the threshold, so that their chances can
be followed from patient to patient until next to nothing is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sql.statistics.cusum_weights import (
    ROUNDING,
    checked_odds,
    checked_threshold,
    weights,
)
from sql.statistics.inputs import Floats, proportions

STEP = 0.01  # thresholds are found to the hundredth
HIGHEST_THRESHOLD = 10.0  # beyond it run lengths are in the millions
LOWEST_RISK = 0.001  # rarer events are reviewed one by one, and take minutes to compute
LEFT_OVER = 1e-17  # of the chance of a signal: the rest changes no digit
MOST_STATES = 100_000


def run_length(
    risk: float, threshold: float, odds_ratio: float = 2.0, true_odds_ratio: float = 1.0
) -> float:
    """Mean number of patients to the first signal, all of one risk.

    Args:
        risk: expected chance of the event, from 0.001 to 0.999.
        odds_ratio: looked for: above 1 up, below 1 down.
        true_odds_ratio: 1: nothing has changed, every signal is false; else a real change,
            and the mean is the delay of its signal.

    Source: renewal at 0: mean patients from 0 to 0 or a signal, over the chance of a signal.
    """
    *_, last = _cycle(risk, threshold, odds_ratio, true_odds_ratio)
    return last.length / last.signalled


def threshold_for(risk: float, patients: float, odds_ratio: float = 2.0) -> float:
    """The lowest threshold, to the hundredth, with no false signal in so many patients on average.

    Args:
        risk: expected chance of the event, of all patients; with a mix of risks their mean,
            which makes the run length approximate.
        patients: the mean run length wanted while nothing has changed, at least 1.
    """
    if not 1 <= patients < np.inf:
        raise ValueError(f"patients must be 1 or more; found {patients}")
    low, high = 0, 100
    while not _runs_for(risk, high * STEP, odds_ratio, patients):
        low, high = high, 2 * high
        if high * STEP > HIGHEST_THRESHOLD:
            raise ValueError(f"patients: no threshold up to {low * STEP:g} runs for {patients:g}")
    while high - low > 1:
        middle = (low + high) // 2
        is_long_enough = _runs_for(risk, middle * STEP, odds_ratio, patients)
        low, high = (low, middle) if is_long_enough else (middle, high)
    return round(high * STEP, 2)


def _runs_for(risk: float, threshold: float, odds_ratio: float, patients: float) -> bool:
    """Whether the run length reaches so many patients, told as soon as it is certain."""
    for after in _cycle(risk, threshold, odds_ratio):
        # The length can only grow, the chance of a signal at most by what is still alive.
        if after.length >= patients * (after.signalled + after.alive):
            return True
    return after.length >= patients * after.signalled


@dataclass(frozen=True)
class _Cycle:
    """From 0 to 0 or a signal, as far as followed: mean patients, chance of a signal, the rest."""

    length: float
    signalled: float
    alive: float


def _cycle(
    risk: float, threshold: float, odds_ratio: float, true_odds_ratio: float = 1.0
) -> Iterator[_Cycle]:
    """The cycle after each patient, until next to nothing is left."""
    limit = checked_threshold(threshold)
    without, with_event = _both_weights(risk, odds_ratio)
    chance = _true_risk(np.array(risk), true_odds_ratio).item()
    # alive[j]: the chance of (fewest + j) events so far and a sum inside the limits.
    alive, fewest, patients, signalled, length = np.ones(1), 0, 0, 0.0, 0.0
    while alive.size and alive.sum() > LEFT_OVER * signalled:
        length += float(alive.sum())
        patients += 1
        alive = np.convolve(alive, [1 - chance, chance])
        events = fewest + np.arange(alive.size)
        sums = events * with_event + (patients - events) * without
        signalled += float(alive[sums >= limit - ROUNDING].sum())
        inside = np.flatnonzero((sums > ROUNDING) & (sums < limit - ROUNDING))
        alive, fewest = alive[inside], int(events[inside[0]]) if inside.size else 0
        yield _Cycle(length, signalled, float(alive.sum()))


def chance_of_signal(
    risk: ArrayLike, threshold: float, odds_ratio: float = 2.0, true_odds_ratio: float = 1.0
) -> float:
    """The chance of one or more signals in just these patients, by counting every outcome.

    Exact for any mix of risks: an event moves the sum by log(odds_ratio) more than none does,
    whoever has it, so that outcomes with as many events since the last 0 are one.

    Args:
        risk: of each patient, in order; other arguments as in `run_length`.

    Raises:
        ValueError: also where patients, and with them the sums possible, are too many.
    """
    limit, chance = checked_threshold(threshold), proportions("risk", risk)
    none, event = (weights(chance, seen, odds_ratio) for seen in (0, 1))
    happens = _true_risk(chance, true_odds_ratio)
    sums, shares, signalled = np.zeros(1), np.ones(1), 0.0
    for place in range(chance.size):
        sums = np.concatenate((sums + none[place], sums + event[place]))
        shares = np.concatenate((shares * (1 - happens[place]), shares * happens[place]))
        is_signal = sums >= limit - ROUNDING
        signalled += float(shares[is_signal].sum())
        sums, shares = _merged(np.maximum(sums[~is_signal], 0), shares[~is_signal])
        if sums.size > MOST_STATES:
            raise ValueError("risk: too many patients to count every outcome")
    return signalled


def _both_weights(risk: float, odds_ratio: float) -> tuple[float, float]:
    if not LOWEST_RISK <= risk <= 1 - LOWEST_RISK:
        raise ValueError(f"risk must lie between {LOWEST_RISK} and {1 - LOWEST_RISK}; found {risk}")
    without, with_event = weights(np.full(2, risk), [0, 1], checked_odds(odds_ratio)).tolist()
    return without, with_event


def _true_risk(risk: Floats, true_odds_ratio: float) -> Floats:
    if not 0 < true_odds_ratio < np.inf:
        raise ValueError(f"true_odds_ratio must be above 0; found {true_odds_ratio}")
    return np.asarray(true_odds_ratio * risk / (1 + (true_odds_ratio - 1) * risk))


def _merged(sums: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Outcomes with the same sum, rounding apart, are one."""
    kinds, position = np.unique(np.round(sums / ROUNDING), return_inverse=True)
    return kinds * ROUNDING, np.bincount(position, weights=shares).astype(np.float64)
