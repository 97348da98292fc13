"""Intervals of proportions, counts, ratios and rates against R, and their coverage."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, binomtest, poisson

from sql.statistics.intervals import (
    byar,
    clopper_pearson,
    count,
    dobson,
    newcombe_difference,
    poisson_exact,
    standardised_rate,
    standardised_ratio,
    wilson,
)
from sql.validation import references

OF_A_PROPORTION = [wilson, clopper_pearson]
OF_A_COUNT = [poisson_exact, byar, count]
# The published examples (a) to (h) of Newcombe 1998, table II, method 10.
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0000),
    (10, 10, 0, 10, 0.6075, 1.0000),
]


def rows(name: str) -> pl.DataFrame:
    return references.table(name)


def largest_difference(found, table: pl.DataFrame, prefix: str) -> float:
    """Over both limits; undefined limits must be undefined in both."""
    differences = []
    for limit, name in zip(found, ("lo", "hi"), strict=True):
        expected = table[f"{prefix}_{name}"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        assert (np.isnan(limit) == np.isnan(expected)).all()
        differences.append(np.nanmax(np.abs(limit - expected)))
    return max(differences)


@pytest.mark.parametrize(
    ("method", "prefix"), [(wilson, "wilson"), (clopper_pearson, "cp")], ids=["wilson", "exact"]
)
def test_intervals_equal_r_at_both_levels(method, prefix):
    expected = rows("proportion_ci.csv")
    assert expected.height == 48
    for (confidence,), table in expected.group_by("conf"):
        found = method(table["x"], table["n"], float(confidence))
        assert largest_difference(found, table, prefix) < 1e-9


@pytest.mark.parametrize(
    ("method", "prefix"), [(poisson_exact, "exact"), (byar, "byar"), (count, "ukhsa")]
)
def test_intervals_of_a_count_equal_r_at_both_levels(method, prefix):
    expected = rows("poisson_ci.csv")
    assert expected.height == 36
    for (confidence,), table in expected.group_by("conf"):
        found = method(table["x"], float(confidence))
        assert largest_difference(found, table, prefix) < 1e-9


def test_standardised_ratios_equal_r_at_both_levels():
    expected = rows("isr_ci.csv")
    assert expected.height == 24
    for (confidence,), table in expected.group_by("conf"):
        found = standardised_ratio(table["O"], table["E"], float(confidence))
        assert largest_difference(found, table, "ukhsa") < 1e-9
        exact = [limit / table["E"].to_numpy() for limit in poisson_exact(table["O"], confidence)]
        assert largest_difference(exact, table, "exact") < 1e-9


def test_a_directly_standardised_rate_and_its_interval_equal_r():
    reference = references.answers("refs.json")["dsr"]
    bands = [reference["input"][name] for name in ("count", "pop", "std")]
    for confidence, name in ((0.95, "dobson95"), (0.998, "dobson998")):
        expected = [reference[name][key] / reference["mult"] for key in ("value", "lo", "hi")]
        found = [standardised_rate(*bands), *dobson(*bands, confidence)]
        assert np.abs(np.array(found) - expected).max() < 1e-12


@pytest.mark.parametrize(
    ("events", "n", "lower", "upper"),
    [
        (0, 8, 0.0, 0.324407564883880),
        (1, 5, 0.0362241086324301, 0.624465370237475),
        (1, 100, 0.00176743206414065, 0.0544861961787053),
    ],
)
def test_wilson_gives_the_published_vectors(events, n, lower, upper):
    assert wilson(events, n) == (pytest.approx(lower, abs=1e-12), pytest.approx(upper, abs=1e-12))


def test_newcombe_gives_the_published_differences():
    for first, m, second, n, *expected in NEWCOMBE:
        found = newcombe_difference((first, second), (m, n))
        assert [round(float(limit), 4) for limit in found] == expected
        back = newcombe_difference((second, first), (n, m))
        assert back == (pytest.approx(-found[1]), pytest.approx(-found[0]))


def test_a_difference_takes_many_pairs_at_once():
    first, m, second, n, lower, upper = np.array(NEWCOMBE).T
    found = newcombe_difference((first, second), (m, n))
    assert np.abs(found[0] - lower).max() < 5e-5
    assert np.abs(found[1] - upper).max() < 5e-5


@pytest.mark.parametrize("method", OF_A_PROPORTION)
def test_no_event_starts_at_exactly_0_and_all_events_end_at_exactly_1(method):
    sizes = np.arange(1, 500)
    assert (method(np.zeros_like(sizes), sizes)[0] == 0).all()
    assert (method(sizes, sizes)[1] == 1).all()


def test_no_event_has_a_lower_limit_of_0_and_a_finite_upper_limit():
    for confidence, upper in ((0.95, 3.68887945411394), (0.998, 6.90775527898214)):
        assert count(0, confidence) == (0, pytest.approx(upper))
        assert standardised_ratio(0, 0.88, confidence) == (0, pytest.approx(upper / 0.88))


@pytest.mark.parametrize("method", OF_A_PROPORTION)
def test_nothing_observed_has_no_interval(method):
    lower, upper = method([0, 1], [0, 2])
    assert np.isnan(lower).tolist() == [True, False]
    assert np.isnan(upper).tolist() == [True, False]


def test_a_difference_from_a_group_without_cases_has_no_interval():
    lower, upper = newcombe_difference((0, 1), (0, 5))
    assert np.isnan(lower)
    assert np.isnan(upper)


def test_a_count_is_exact_at_9_events_and_byars_at_10():
    assert count([9, 10])[1].tolist() == [poisson_exact(9)[1], byar(10)[1]]
    assert byar(1, 0.998)[0] < 0 < count(1, 0.998)[0]


def test_a_rate_on_9_events_has_no_interval_and_one_on_10_has():
    cases, standard = [300, 500], [60, 40]
    assert np.isnan(dobson([4, 5], cases, standard)).all()
    assert np.isfinite(dobson([4, 6], cases, standard)).all()
    assert standardised_rate([0, 0], cases, standard) == 0


def test_a_standard_equal_to_the_cases_gives_the_crude_rate_with_byars_limits():
    events, cases = np.array([7, 9, 4]), np.array([310, 520, 640])
    assert standardised_rate(events, cases, cases) == pytest.approx(20 / 1470)
    found = np.array(dobson(events, cases, cases))
    assert found == pytest.approx(np.array(byar(20)) / 1470)


@pytest.mark.parametrize("method", OF_A_PROPORTION)
@pytest.mark.parametrize(
    ("events", "n", "said"),
    [
        (3, 2, "events must lie between 0 and n"),
        (-1, 2, "events holds a negative number; allowed: whole numbers from 0 on"),
        (1.5, 2, "events holds a fraction; allowed: whole numbers from 0 on"),
        (1, 2.5, "n holds a fraction"),
        (1, -2, "n holds a negative number"),
        (float("nan"), 2, "events holds a missing or infinite value"),
        (1, float("inf"), "n holds a missing or infinite value"),
        ([1, None], 2, "events holds a missing or infinite value"),
        ([], [], "events is empty; allowed: at least one number"),
        ("one", 2, "events holds something that is no number"),
        ([1, 2], [3, 4, 5], "events, n must have one shape"),
    ],
)
def test_counts_that_make_no_sense_are_an_error(method, events, n, said):
    with pytest.raises(ValueError, match=said):
        method(events, n)


@pytest.mark.parametrize("method", OF_A_COUNT)
@pytest.mark.parametrize("events", [-1, 0.5, float("nan"), [], None])
def test_a_count_that_makes_no_sense_is_an_error(method, events):
    with pytest.raises(ValueError, match=r"events .*; allowed: "):
        method(events)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, float("nan")])
def test_a_level_of_confidence_outside_0_to_1_is_an_error(confidence):
    calls = [(method, (1, 2)) for method in OF_A_PROPORTION]
    calls += [(method, (1,)) for method in OF_A_COUNT]
    calls += [(standardised_ratio, (1, 2)), (dobson, (20, 100, 1))]
    calls += [(newcombe_difference, ((1, 1), (2, 2)))]
    for method, arguments in calls:
        with pytest.raises(ValueError, match="confidence must lie strictly between 0 and 1"):
            method(*arguments, confidence)


@pytest.mark.parametrize("expected", [0, -1, float("nan"), []])
def test_an_expected_number_must_be_above_0(expected):
    with pytest.raises(ValueError, match=r"expected .*; allowed: "):
        standardised_ratio(1, expected)


def test_strata_without_cases_or_weight_are_an_error():
    with pytest.raises(ValueError, match="cases holds a number that is not above 0"):
        dobson([1, 0], [10, 0], [1, 1])
    with pytest.raises(ValueError, match="standard must weigh at least one stratum"):
        dobson([1, 0], [10, 5], [0, 0])


def test_limits_hold_the_estimate_and_widen_with_confidence():
    events, n = np.tril_indices(61)[::-1]
    for method in OF_A_PROPORTION:
        (low, high), (lower, upper) = (method(events, n, level) for level in (0.95, 0.998))
        some = n > 0
        estimate = events[some] / n[some]
        assert (lower[some] <= low[some]).all()
        assert (upper[some] >= high[some]).all()
        assert (low[some] <= estimate).all()
        assert (high[some] >= estimate).all()


def coverage_of_a_proportion(method, n: int, rates: np.ndarray) -> np.ndarray:
    """The exact chance, at each rate, that the interval of n cases holds the rate."""
    counts = np.arange(n + 1)[:, None]
    lower, upper = method(counts, n)
    return (binom.pmf(counts, n, rates) * ((lower <= rates) & (rates <= upper))).sum(axis=0)


def coverage_of_a_count(method, means: np.ndarray) -> np.ndarray:
    counts = np.arange(400)[:, None]
    lower, upper = method(counts)
    is_held = (np.nan_to_num(lower) <= means) & (means <= upper)
    return (poisson.pmf(counts, means) * is_held).sum(axis=0)


def test_wilson_covers_95_per_cent_on_average_from_5_to_60_cases():
    rates = np.linspace(0.0025, 0.9975, 200)
    means = [coverage_of_a_proportion(wilson, n, rates).mean() for n in range(5, 61)]
    assert min(means) >= 0.94
    assert max(means) <= 0.97


def test_clopper_pearson_never_covers_less_than_95_per_cent():
    rates = np.linspace(0.0005, 0.9995, 1000)
    for n in range(5, 61):
        assert coverage_of_a_proportion(clopper_pearson, n, rates).min() >= 0.95 - 1e-12


def test_the_exact_interval_of_a_count_never_covers_less_than_95_per_cent():
    assert coverage_of_a_count(poisson_exact, np.linspace(0.01, 120, 3000)).min() >= 0.95 - 1e-12


def test_byar_covers_at_least_95_per_cent_of_means_from_10_to_120():
    counts = np.arange(10, 140)
    # Coverage falls where a limit passes: the means just beside each are the worst.
    limits = np.concatenate(count(counts))
    beside = np.concatenate([limits * (1 - 1e-9), limits * (1 + 1e-9)])
    means = np.concatenate([np.linspace(10, 120, 1000), beside[(beside > 10) & (beside < 120)]])
    coverage = coverage_of_a_count(count, means)
    assert coverage.min() >= 0.95
    assert coverage.mean() <= 0.96


@pytest.mark.parametrize(("method", "name"), [(wilson, "wilson"), (clopper_pearson, "exact")])
def test_intervals_equal_scipys_as_a_second_library(method, name):
    for n in (1, 2, 5, 9, 20, 60):
        lower, upper = method(np.arange(n + 1), n, 0.998)
        for events in range(n + 1):
            oracle = binomtest(events, n).proportion_ci(0.998, method=name)
            assert lower[events] == pytest.approx(oracle.low, abs=1e-9)
            assert upper[events] == pytest.approx(oracle.high, abs=1e-9)


def test_a_thousand_random_registries_have_finite_limits():
    rng = np.random.default_rng(11)
    for _ in range(1000):
        n = rng.integers(1, 60, rng.integers(1, 20))
        events = rng.binomial(n, rng.beta(1, 12))
        expected = n * rng.uniform(0.0001, 0.3, n.size)
        limits = [*wilson(events, n), *clopper_pearson(events, n), *count(events)]
        limits += standardised_ratio(events, expected, 0.998)
        limits += newcombe_difference((events, events[::-1]), (n, n[::-1]))
        assert np.isfinite(limits).all()
