"""What one patient adds to a risk-adjusted CUSUM, and when a sum has reached a threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sql.statistics.inputs import Floats, counts, proportions, together, within

ROUNDING = 1e-12  # sums of the same weights in another order can differ by that much


def weights(risk: ArrayLike, event: ArrayLike, odds_ratio: float) -> Floats:
    """log(R^y / (1 - p + R p)): the evidence that the odds are R times those expected.

    Args:
        risk: p, the expected chance; event: y, 1 or 0; odds_ratio: R, not 1.

    Source: Steiner et al., Biostatistics 2000, equation 2.2.
    """
    ratio = checked_odds(odds_ratio)
    seen, _ = within(counts("event", event), np.ones(1))
    chance, seen = together(("risk", proportions("risk", risk)), ("event", seen))
    return np.asarray(seen * np.log(ratio) - np.log1p(chance * (ratio - 1)))


def at_least(total: float, limit: float) -> bool:
    """total >= limit, unless they are the same but for rounding, which is reaching it."""
    return total >= limit - ROUNDING


def checked_odds(odds_ratio: float) -> float:
    if not 0 < odds_ratio < np.inf or odds_ratio == 1:
        raise ValueError(f"odds_ratio must be above 0 and not 1; found {odds_ratio}")
    return odds_ratio


def checked_threshold(threshold: float) -> float:
    if not 0 < threshold < np.inf:
        raise ValueError(f"threshold must be above 0; found {threshold}")
    return threshold
