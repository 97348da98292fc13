"""The order of rows changes nothing: 200 shuffles of each method, with many ties among them."""

from __future__ import annotations

import numpy as np
import pytest

from sql.statistics import adjust, competing, funnel, intervals, overdispersion, shrinkage, survival

SHUFFLES = 200
RANDOM = np.random.default_rng(20)
PATIENTS = 90
# Whole months, so that most times are shared by several patients, of all causes.
TIME = RANDOM.integers(0, 12, PATIENTS).astype(float)
CAUSE = RANDOM.integers(0, 3, PATIENTS)
EVENT = (CAUSE > 0).astype(int)
GROUP = np.array(["A", "B", "C"])[RANDOM.integers(0, 3, PATIENTS)]
SITE = np.array([f"ZZ{n}" for n in RANDOM.integers(0, 7, PATIENTS)])
POTENTIAL = TIME + RANDOM.integers(0, 5, PATIENTS)
CASES = np.array([5, 8, 8, 12, 20, 20, 31, 44, 58, 7, 9, 16])
EVENTS = np.array([0, 0, 1, 1, 2, 2, 3, 9, 4, 0, 3, 1])
EXPECTED = CASES * 0.07


def curve(order):
    return survival.kaplan_meier(TIME[order], EVENT[order])


def incidence(order):
    return competing.aalen_johansen(TIME[order], CAUSE[order])


# Frames and words must be the same to the last bit.
SAME = {
    "survival": lambda order: curve(order).rows(),
    "median": lambda order: survival.median(curve(order)),
    "follow-up": lambda order: survival.follow_up(TIME[order], EVENT[order]),
    "landmarks": lambda order: survival.landmarks(curve(order), (1, 2), year=4).rows(),
    "restricted mean": lambda order: survival.rmst(curve(order), 9),
    "log-rank": lambda order: survival.log_rank(TIME[order], EVENT[order], GROUP[order]),
    "incidence": lambda order: incidence(order).rows(),
    "Gray": lambda order: competing.gray(TIME[order], CAUSE[order], GROUP[order]),
    "completeness": lambda order: survival.completeness(
        TIME[order], EVENT[order], POTENTIAL[order]
    ),
}


@pytest.fixture
def random():
    """The same shuffles whichever tests ran before."""
    return np.random.default_rng(200)


@pytest.mark.parametrize("what", SAME)
def test_200_shuffles_of_patients_give_the_same_to_the_last_bit(random, what):
    expected = SAME[what](np.arange(PATIENTS))
    for _ in range(SHUFFLES):
        assert SAME[what](random.permutation(PATIENTS)) == expected


def test_200_shuffles_of_patients_give_the_same_ratios_by_site(random):
    def ratios(order):
        risk = adjust.stratum_risk(EVENT[order], GROUP[order].tolist())
        return adjust.indirect(SITE[order].tolist(), EVENT[order], risk)

    expected = ratios(np.arange(PATIENTS))
    numbers = ["n", "observed", "expected", "ratio", "lower", "upper"]
    for _ in range(SHUFFLES):
        found = ratios(random.permutation(PATIENTS))
        assert found["site"].equals(expected["site"])
        assert np.abs((found.select(numbers) - expected.select(numbers)).to_numpy()).max() < 1e-12


def verdicts(order):
    return funnel.verdict(EVENTS[order], CASES[order], 0.07)


def dispersed(scale, order):
    size = CASES if scale in ("PR", "plain") else EXPECTED
    found = overdispersion.estimate(scale, EVENTS[order], size[order])
    return found, overdispersion.additive_limits(found, 0.998)


def test_200_shuffles_of_sites_give_each_its_own_verdict_and_one_target(random):
    expected, target = verdicts(np.arange(CASES.size)), funnel.pooled_target(EVENTS, CASES)
    without = funnel.leave_one_out(EVENTS, CASES)
    for _ in range(SHUFFLES):
        order = random.permutation(CASES.size)
        assert (verdicts(order) == expected[order]).all()
        assert funnel.pooled_target(EVENTS[order], CASES[order]) == target
        assert (funnel.leave_one_out(EVENTS[order], CASES[order]) == without[order]).all()


@pytest.mark.parametrize("scale", ["CQC", "PR", "RC", "plain"])
def test_200_shuffles_of_sites_give_one_overdispersion_and_each_its_limits(random, scale):
    expected, (lower, upper) = dispersed(scale, np.arange(CASES.size))
    for _ in range(SHUFFLES):
        order = random.permutation(CASES.size)
        found, limits = dispersed(scale, order)
        assert (found.phi, found.tau2) == (
            pytest.approx(expected.phi, rel=1e-12),
            pytest.approx(expected.tau2, rel=1e-11, abs=1e-15),
        )
        assert np.abs(limits - np.array([lower[order], upper[order]])).max() < 1e-12


def test_200_shuffles_of_sites_give_one_prior(random):
    prior, shape = shrinkage.fit_beta(EVENTS, CASES), shrinkage.fit_gamma(EVENTS, EXPECTED)
    for _ in range(SHUFFLES):
        order = random.permutation(CASES.size)
        again = shrinkage.fit_beta(EVENTS[order], CASES[order])
        # Found by an optimiser, whose steps follow the last bits of a sum.
        assert (again.a, again.b) == (
            pytest.approx(prior.a, rel=1e-4),
            pytest.approx(prior.b, rel=1e-4),
        )
        assert shrinkage.fit_gamma(EVENTS[order], EXPECTED[order]) == pytest.approx(shape, rel=1e-5)


def test_200_shuffles_of_strata_give_one_standardised_rate(random):
    standard = np.arange(1, CASES.size + 1)
    expected = [
        intervals.standardised_rate(EVENTS, CASES, standard),
        *intervals.dobson(EVENTS, CASES, standard),
    ]
    for _ in range(SHUFFLES):
        order = random.permutation(CASES.size)
        strata = EVENTS[order], CASES[order], standard[order]
        found = [intervals.standardised_rate(*strata), *intervals.dobson(*strata)]
        assert np.abs(np.array(found) - expected).max() < 1e-14


def test_tied_events_are_one_step_whatever_stands_between_them():
    # Two events and a censoring at one time, in every order: 4 at risk.
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        time = np.array([2.0, 2.0, 2.0])[order].tolist()
        event = np.array([1, 1, 0])[order].tolist()
        found = survival.kaplan_meier([1.0, *time, 3.0], [0, *event, 1]).row(1, named=True)
        assert (found["at_risk"], found["estimate"]) == (4, pytest.approx(1 / 2))
        found = competing.aalen_johansen([1.0, *time, 3.0], [0, *(2 * np.array(event)), 1])
        assert found.filter(cause=2)["estimate"].to_list() == pytest.approx([0, 0.5, 0.5])
