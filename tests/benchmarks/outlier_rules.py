"""A registry of our volumes drawn many times: how often each outlier rule flags, rightly or not.

In a registry all sites are at the target but one, whose rate is higher by a relative risk; each
site takes its turn. At a relative risk of 1 every flag is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sql.reader_sequence import IN_CONTROL, ODDS_RATIO
from sql.statistics import funnel, funnel_limits, overdispersion
from sql.statistics.cusum import threshold_for, weights
from sql.statistics.cusum_weights import ROUNDING

RATES = (0.01, 0.02, 0.05, 0.10, 0.15)
RISKS = (1, 2, 3, 5)
LEVELS = {"alert": 0.95, "alarm": 0.998}
SEED, RUNS = 20261129, 20_000
ADJUSTED_RUNS = 1_000  # of them: phi is estimated registry by registry

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Drawn:
    """Registries at one target.

    Attributes:
        outcomes: run, site, procedure: True with the event; False beyond a site's volume.
        counts: events by run and site. deviating: the site off target in each run.
    """

    outcomes: Flags
    counts: NDArray[np.int64]
    deviating: NDArray[np.int64]


def simulated(volumes: tuple[int, ...], months: int) -> Iterator[dict[str, object]]:
    """Rows (months, rate, relative_risk, rule, alert, alarm, any_alert) of one window."""
    random = np.random.default_rng((SEED, months))
    for rate in RATES:
        for risk in RISKS:
            drawn = draw(random, volumes, rate, risk)
            for rule, level in flagged(drawn, volumes, rate):
                yield {
                    "months": months,
                    "rate": rate,
                    "relative_risk": risk,
                    "rule": rule,
                    **{name: _share(flags, drawn, risk) for name, flags in level.items()},
                    "any_alert": float(level["alert"].any(axis=1).mean()) if risk == 1 else None,
                }


def draw(random: np.random.Generator, volumes: tuple[int, ...], rate: float, risk: float) -> Drawn:
    sizes = np.array(volumes)
    deviating = np.arange(RUNS) % sizes.size
    chance = np.full((RUNS, sizes.size), rate)
    chance[np.arange(RUNS), deviating] = min(1.0, risk * rate)
    outcomes = random.random((RUNS, sizes.size, sizes.max()), dtype=np.float32) < chance[:, :, None]
    outcomes &= np.arange(sizes.max()) < sizes[:, None]
    return Drawn(outcomes, outcomes.sum(axis=2), deviating)


def flagged(
    drawn: Drawn, volumes: tuple[int, ...], rate: float
) -> Iterator[tuple[str, dict[str, Flags]]]:
    """Each rule with what it flags high: by level, run and site."""
    for rule in ("tail", "judge", "interpolated", "normal"):
        tables = {name: by_count(rule, name, volumes, rate) for name in LEVELS}
        sites = np.arange(len(volumes))
        yield rule, {name: table[sites, drawn.counts] for name, table in tables.items()}
    yield from adjusted(drawn, volumes, rate)
    yield "cusum", {"alert": signals(drawn, volumes, rate)}


def by_count(rule: str, level: str, volumes: tuple[int, ...], rate: float) -> Flags:
    """Whether a rule flags, by site and number of events: the shipped functions, asked of each."""
    table = np.zeros((len(volumes), max(volumes) + 1), dtype=np.bool_)
    for place, n in enumerate(volumes):
        counts = np.arange(n + 1)
        table[place, : n + 1] = _asked(rule, level, counts, n, rate)
    return table


def _asked(rule: str, level: str, counts: NDArray[np.int64], n: int, rate: float) -> Flags:
    levels = ("alarm",) if level == "alarm" else ("alert", "alarm")
    if rule == "tail":
        return np.isin(funnel.verdict(counts, n, rate), [f"{one} high" for one in levels])
    if rule == "judge":
        judged = [funnel.judge(int(x), n, rate).level for x in counts]
        return np.isin(judged, levels)
    limits = funnel_limits.interpolated if rule == "interpolated" else funnel_limits.normal
    return np.asarray(counts / n > limits(n, rate, LEVELS[level])[1])


def adjusted(
    drawn: Drawn, volumes: tuple[int, ...], rate: float
) -> Iterator[tuple[str, dict[str, Flags]]]:
    """Limits that allow for overdispersion, estimated from the registry's own sites."""
    sizes = np.array(volumes)
    found = [
        overdispersion.estimate("plain", counts, sizes, rate)
        for counts in drawn.counts[:ADJUSTED_RUNS]
    ]
    shares = drawn.counts[:ADJUSTED_RUNS] / sizes
    for rule, limits in (
        ("multiplicative", overdispersion.multiplicative_limits),
        ("additive", overdispersion.additive_limits),
    ):
        yield (
            rule,
            {
                name: shares > np.array([limits(one, confidence)[1] for one in found])
                for name, confidence in LEVELS.items()
            },
        )


def signals(drawn: Drawn, volumes: tuple[int, ...], rate: float) -> Flags:
    """Whether a CUSUM of each site's procedures, begun at 0, signals within the window."""
    threshold = threshold_for(rate, IN_CONTROL, ODDS_RATIO)
    none, event = weights([rate, rate], [0, 1], ODDS_RATIO)
    total = np.zeros(drawn.counts.shape)
    is_signal = np.zeros(drawn.counts.shape, dtype=np.bool_)
    for place in range(max(volumes)):
        is_there = np.array(volumes) > place
        step = np.where(drawn.outcomes[:, :, place], event, none)
        total = np.where(is_there, np.maximum(0, total + step), total)
        is_signal |= is_there & (total >= threshold - ROUNDING)
    return is_signal


def _share(flags: Flags, drawn: Drawn, risk: float) -> float:
    if risk == 1:
        return float(flags.mean())
    runs = np.arange(flags.shape[0])
    return float(flags[runs, drawn.deviating[: flags.shape[0]]].mean())
