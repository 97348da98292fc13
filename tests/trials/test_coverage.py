"""How often each interval holds the truth, drawn 20,000 times a setting; n = 5 to 60."""

import numpy as np
import pytest

from sql.statistics.intervals import byar, clopper_pearson, poisson_exact, wilson
from tests.records import record

pytestmark = pytest.mark.trial

DRAWS = 20_000
RATES = np.linspace(0.02, 0.98, 49)
MEANS = np.linspace(10, 120, 56)
# What chance takes from a coverage of 95 % drawn so often, in the worst of 2,744 settings.
ROUNDING = 4.5 * np.sqrt(0.95 * 0.05 / DRAWS)


def of_a_proportion(method, random: np.random.Generator) -> np.ndarray:
    """Coverage by n (rows) and rate."""
    rows = []
    for n in range(5, 61):
        lower, upper = method(np.arange(n + 1), n)
        drawn = random.binomial(n, RATES, (DRAWS, RATES.size))
        rows.append(((lower[drawn] <= RATES) & (upper[drawn] >= RATES)).mean(axis=0))
    return np.array(rows)


def of_a_count(method, random: np.random.Generator) -> np.ndarray:
    """Coverage by mean, of counts from 10 on, as Byar's is used."""
    lower, upper = method(np.arange(10, 400))
    found = []
    for mean in MEANS:
        drawn = random.poisson(mean, DRAWS)
        drawn = drawn[drawn >= 10] - 10
        found.append(((lower[drawn] <= mean) & (mean <= upper[drawn])).mean())
    return np.array(found)


def test_drawn_coverage_of_each_interval():
    random = np.random.default_rng(2026)
    wilson_by_n = of_a_proportion(wilson, random).mean(axis=1)
    exact = of_a_proportion(clopper_pearson, random)
    poisson = np.array([_whole(poisson_exact, mean, random) for mean in np.linspace(0.2, 60, 56)])
    byars = of_a_count(byar, random)
    record(
        "trial-coverage",
        "Coverage of the 95 % intervals, simulated",
        [
            f"{DRAWS:,} draws a setting; rates of 2 to 98 %, n = 5 to 60",
            f"Wilson, mean over rates: {wilson_by_n.min():.4f} to {wilson_by_n.max():.4f} by n"
            " (bound 0.94 to 0.97)",
            f"Clopper-Pearson: {exact.min():.4f} at least, {exact.mean():.4f} on average",
            f"exact Poisson, means of 0.2 to 60: {poisson.min():.4f} at least,"
            f" {poisson.mean():.4f} on average",
            f"Byar's, counts from 10 on, means of 10 to 120: {byars.min():.4f} at least,"
            f" {byars.mean():.4f} on average",
        ],
    )
    assert wilson_by_n.min() >= 0.94
    assert wilson_by_n.max() <= 0.97
    assert min(exact.min(), poisson.min(), byars.min()) >= 0.95 - ROUNDING


def _whole(method, mean: float, random: np.random.Generator) -> float:
    lower, upper = method(np.arange(200))
    drawn = random.poisson(mean, DRAWS)
    return float(((lower[drawn] <= mean) & (mean <= upper[drawn])).mean())
