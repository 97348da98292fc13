"""Risk-adjusted CUSUM and VLAD of consecutive patients, and the threshold to run it at.

Up looks for odds of the event that have risen, down for odds that have fallen by as much. A
signal is S >= threshold; S starts again from 0 after it. The threshold comes from the run
length wanted while nothing has changed (`threshold_for`), not from habit.

Source: Steiner, Cook, Farewell and Treasure, Biostatistics 2000; VLAD: Lovegrove et al., Lancet
1997, which has no limits and never alarms.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from sql.statistics.cusum_run_length import chance_of_signal, run_length, threshold_for
from sql.statistics.cusum_weights import at_least, checked_odds, checked_threshold, weights
from sql.statistics.inputs import Floats, counts, proportions, within

__all__ = ["chance_of_signal", "cusum", "run_length", "threshold_for", "vlad", "weights"]


def cusum(
    risk: ArrayLike, event: ArrayLike, threshold: float, odds_ratio: float = 2.0
) -> pl.DataFrame:
    """Both CUSUMs and the VLAD, patient by patient.

    Args:
        risk: each patient's expected chance of the event; event: 1 or 0; both in the order of
            the procedures (by date, then by a stable id).
        odds_ratio: what up looks for, above 1; down looks for its inverse.

    Returns:
        number (from 1), risk, event, up_weight, up, is_up_signal, down_weight, down,
        is_down_signal, vlad (expected less observed events so far), vlad_variance. `up` and
        `down` are what the signal was judged on, before they start again.

    Raises:
        ValueError: if nobody is given, or a risk, an event or a setting is impossible.
    """
    chance, seen = _patients(risk, event)
    if checked_odds(odds_ratio) <= 1:
        raise ValueError(f"odds_ratio must be above 1, for instance 2; found {odds_ratio}")
    limit = checked_threshold(threshold)
    up, down = weights(chance, seen, odds_ratio), weights(chance, seen, 1 / odds_ratio)
    (up_sum, is_up), (down_sum, is_down) = _sums(up, limit), _sums(down, limit)
    return pl.DataFrame(
        {
            "number": np.arange(1, seen.size + 1),
            "risk": chance,
            "event": seen.astype(np.int64),
            "up_weight": up,
            "up": up_sum,
            "is_up_signal": is_up,
            "down_weight": down,
            "down": down_sum,
            "is_down_signal": is_down,
            "vlad": vlad(chance, seen),
            "vlad_variance": np.cumsum(chance * (1 - chance)),
        }
    )


def vlad(risk: ArrayLike, event: ArrayLike) -> Floats:
    """Expected less observed events, summed patient by patient: falling is worse than expected."""
    chance, seen = _patients(risk, event)
    return np.cumsum(chance - seen)


def _patients(risk: ArrayLike, event: ArrayLike) -> tuple[Floats, Floats]:
    chance, seen = proportions("risk", risk), counts("event", event)
    if chance.ndim != 1 or chance.shape != seen.shape:
        raise ValueError(
            f"risk and event must be lists of the same length; given {chance.size} and {seen.size}"
        )
    within(seen, np.ones(1))
    return chance, seen


def _sums(weight: Floats, limit: float) -> tuple[Floats, NDArray[np.bool_]]:
    """(S, whether it signals) after each patient; the next one starts from 0 after a signal."""
    total = 0.0
    sums, is_signal = np.zeros(weight.size), np.zeros(weight.size, dtype=np.bool_)
    for place, step in enumerate(weight.tolist()):
        total = max(0.0, total + step)
        sums[place], is_signal[place] = total, at_least(total, limit)
        if is_signal[place]:
            total = 0.0
    return sums, is_signal
