"""Do groups named beforehand differ: log-rank for survival, Gray's test for one cause of several.

Source: R packages survival 3.5 (survdiff) and cmprsk 2.2 (cuminc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from sql.statistics.inputs import Floats
from sql.statistics.observations import (
    Integers,
    checked_causes,
    checked_events,
    checked_groups,
    checked_times,
    one_time,
)


@dataclass(frozen=True)
class Comparison:
    """A chi-square test; None where R gives NA: no event, or groups that cannot be told apart."""

    statistic: float | None
    degrees: int
    p: float | None


def log_rank(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> Comparison:
    """Whether survival differs between two or more groups.

    Args:
        time, event: as in `kaplan_meier`; group: any labels, one per time.

    Returns:
        The statistic, its degrees of freedom (groups with an expected event, less one) and p.

    Source: Mantel 1966; Peto and Peto 1972; Harrington and Fleming, Biometrika 1982 (rho 0).
    """
    times = checked_times(time)
    events = checked_events(event, times)
    count, groups = checked_groups(group, times)
    at_risk = _at_risk(times, groups, count)
    died = _table(times, groups, count, events == 1)
    whole, deaths = at_risk.sum(axis=1), died.sum(axis=1)
    share = at_risk / whole[:, None]
    expected = (deaths[:, None] * share).sum(axis=0)
    is_compared = expected > 0
    # Hypergeometric variance of the deaths at one time, deaths at the same time included.
    spread = deaths * _share(whole - deaths, whole - 1)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    score = died.sum(axis=0) - expected
    return _chi_square(score[is_compared], covariance[np.ix_(is_compared, is_compared)])


def gray(time: ArrayLike, cause: ArrayLike, group: ArrayLike, of: int = 1) -> Comparison:
    """Whether the cumulative incidence of one cause differs between two or more groups.

    Args:
        time, cause: as in `aalen_johansen`; group: any labels, one per time.
        of: the cause compared; every other cause competes with it.

    Returns:
        The statistic, its degrees of freedom (groups less one) and p.

    Source: Gray, Annals of Statistics 1988 (rho 0), variance with cmprsk's allowance for ties.
    """
    times = checked_times(time)
    causes = checked_causes(cause, times)
    count, groups = checked_groups(group, times)
    at_risk = _at_risk(times, groups, count)
    own = _table(times, groups, count, causes == of)
    other = _table(times, groups, count, (causes != of) & (causes > 0))
    is_event = (own + other).sum(axis=1) > 0
    ways = _Ways(at_risk[is_event], own[is_event], other[is_event])
    if ways.own.sum() == 0:
        return Comparison(None, count - 1, None)
    return _chi_square(ways.score(), ways.covariance())


class _Ways:
    """Both ways of failing, per event time (rows) and group (columns), as Gray's test sees them."""

    def __init__(self, at_risk: Floats, own: Floats, other: Floats) -> None:
        self.at_risk, self.own, self.other = at_risk, own, other
        self.after = np.cumprod(1 - _share(own + other, at_risk), axis=0)
        self.before = _lagged(self.after, 1.0)
        self.weight = _share(at_risk, self.before)
        self.total = self.weight.sum(axis=1, keepdims=True)
        self.events = own.sum(axis=1, keepdims=True)
        # The incidence over all groups, were there no difference.
        self.incidence = np.cumsum(self.events / self.total, axis=0)

    def score(self) -> Floats:
        """Events of each group less those expected, summed over the times."""
        group_incidence = np.cumsum(self.before * _share(self.own, self.at_risk), axis=0)
        exposed = self.weight * (1 - _lagged(group_incidence, 0.0))
        expected = self.events * _share(exposed, exposed.sum(axis=1, keepdims=True))
        return np.asarray((self.own - expected).sum(axis=0))

    def covariance(self) -> Floats:
        kernel = np.einsum("tk,kl->tkl", self.weight, np.eye(self.weight.shape[1]))
        kernel -= self.weight[:, :, None] * self.weight[:, None, :] / self.total[:, :, None]
        step = _share(self.events, self.total * (1 - _lagged(self.incidence, 0.0)))
        drift = np.cumsum(kernel * step[:, :, None], axis=0)
        # An event also moves the scores by all the drift that is still to come.
        to_come = drift[-1] - drift
        remains = _share(1 - self.incidence, self.after)
        own = kernel + (1 - remains)[:, None, :] * to_come
        other = remains[:, None, :] * to_come
        return np.asarray(
            np.einsum("tk,tik,tjk->ij", self._own_weight(), own, own)
            + np.einsum("tk,tik,tjk->ij", self._other_weight(), other, other)
        )

    def _own_weight(self) -> Floats:
        expected_at_risk = self.total * self.before
        is_tied = (self.events > 1) & (self.at_risk > 0)
        ties = 1 - _share(self.events - 1, expected_at_risk - 1, where=is_tied)
        return np.asarray(ties * self.events * _share(self.before, self.total * self.at_risk))

    def _other_weight(self) -> Floats:
        ties = 1 - _share(self.other - 1, self.at_risk - 1, where=self.other > 1)
        return np.asarray(ties * self.before**2 * _share(self.other, self.at_risk**2))


def _chi_square(score: Floats, covariance: Floats) -> Comparison:
    """The quadratic form of all scores but one: they add up to nothing."""
    degrees = score.size - 1
    kept = covariance[:degrees, :degrees]
    if degrees < 1 or not _is_definite(kept):
        return Comparison(None, max(degrees, 0), None)
    statistic = float(score[:degrees] @ np.linalg.solve(kept, score[:degrees]))
    return Comparison(statistic, degrees, float(chdtrc(degrees, statistic)))


def _is_definite(covariance: Floats) -> bool:
    """Whether it is a variance: with ties in groups of one or two the allowance exceeds it."""
    spread = np.linalg.eigvalsh(covariance)
    return bool(spread[0] > spread.size * np.finfo(np.float64).eps * spread[-1])


def _table(times: Floats, groups: Integers, count: int, chosen: NDArray[np.bool_]) -> Floats:
    """How many of the chosen observations: a row per distinct time, a column per group."""
    distinct, position = one_time(times)
    found = np.zeros((distinct.size, count))
    np.add.at(found, (position[chosen], groups[chosen]), 1)
    return found


def _at_risk(times: Floats, groups: Integers, count: int) -> Floats:
    left = _table(times, groups, count, np.ones(times.size, dtype=np.bool_))
    return np.asarray(np.cumsum(left[::-1], axis=0)[::-1])


def _lagged(values: NDArray[np.floating], first: float) -> Floats:
    """The values as they stood just before each time."""
    return np.vstack([np.full((1, values.shape[1]), first), values[:-1]])


def _share(
    part: NDArray[np.floating], whole: NDArray[np.floating], where: NDArray[np.bool_] | None = None
) -> Floats:
    """part / whole; 0 where there is no whole (a group with nobody left), or not `where`."""
    is_defined = whole > 0 if where is None else where
    shape = np.broadcast_shapes(part.shape, whole.shape, is_defined.shape)
    return np.asarray(np.divide(part, whole, where=is_defined, out=np.zeros(shape)))
