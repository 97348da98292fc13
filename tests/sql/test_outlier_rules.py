"""The simulated table of outlier rules beside the exact chances, where these can be had."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from sql.validation.outlier_rules import about, table
from tests.benchmarks.outlier_rules import LEVELS, RATES, RISKS, RUNS, SEED, by_count

EXACT = ("tail", "judge", "interpolated", "normal")
ERRORS = 5  # standard errors of the simulation: 320 comparisons, none by chance
ROUNDED = 0.00005  # the table's fourth place


def test_the_table_is_of_the_simulation_as_it_is():
    told = about()
    assert (told.seed, told.registries) == (SEED, RUNS)
    assert table().height == 2 * len(RATES) * len(RISKS) * (len(EXACT) + 3)
    assert table().select("months", "rate", "relative_risk", "rule").is_unique().all()


@pytest.mark.parametrize("months", [12, 36])
@pytest.mark.parametrize("rule", EXACT)
def test_simulated_flags_are_as_many_as_the_binomial_tails_make_them(months, rule):
    sizes = about().volumes[months]
    for rate in RATES:
        flags = {level: by_count(rule, level, sizes, rate) for level in LEVELS}
        for risk in RISKS:
            found = table().filter(months=months, rule=rule, rate=rate, relative_risk=risk)
            # At a risk of 1 every site is looked at, else the one that is off target.
            looks = RUNS * len(sizes) if risk == 1 else RUNS
            for level in LEVELS:
                chance = chances(flags[level], sizes, rate * risk).mean()
                error = np.sqrt(chance * (1 - chance) / looks)
                assert abs(found[level][0] - chance) < ERRORS * error + ROUNDED


@pytest.mark.parametrize("months", [12, 36])
def test_the_chance_that_any_site_is_flagged_is_that_of_independent_sites(months):
    sizes = about().volumes[months]
    for rate in RATES:
        for rule in EXACT:
            alone = chances(by_count(rule, "alert", sizes, rate), sizes, rate)
            any_of_them = 1 - (1 - alone).prod()
            found = table().filter(months=months, rule=rule, rate=rate, relative_risk=1)
            assert found["any_alert"][0] == pytest.approx(any_of_them, abs=0.018)


def chances(flags: np.ndarray, sizes: tuple[int, ...], rate: float) -> np.ndarray:
    """By site, the exact chance of a flag."""
    mass = [binom.pmf(np.arange(flags.shape[1]), n, rate) for n in sizes]
    return (np.array(mass) * flags).sum(axis=1)


def test_the_judgement_never_flags_more_than_its_nominal_chance():
    at_target = table().filter(rule="judge", relative_risk=1)
    assert at_target["alert"].max() < 0.025
    assert at_target["alarm"].max() < 0.001


def test_limits_that_the_judgement_does_not_use_flag_more_than_they_say():
    for rule in ("interpolated", "normal"):
        assert table().filter(rule=rule, relative_risk=1)["alert"].max() > 0.05
