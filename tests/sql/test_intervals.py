"""Intervals of a proportion against R."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sql.statistics.intervals import clopper_pearson, wilson

REFERENCES = Path(__file__).parents[1] / "references"


@pytest.fixture(scope="module")
def expected() -> pl.DataFrame:
    return pl.read_csv(REFERENCES / "proportion_ci.csv", infer_schema_length=None)


@pytest.mark.parametrize(
    ("method", "prefix"), [(wilson, "wilson"), (clopper_pearson, "cp")], ids=["wilson", "exact"]
)
def test_intervals_equal_r_at_both_levels(expected, method, prefix):
    assert expected.height == 48
    for (confidence,), rows in expected.group_by("conf"):
        lower, upper = method(rows["x"].to_numpy(), rows["n"].to_numpy(), float(confidence))
        assert np.abs(lower - rows[f"{prefix}_lo"].to_numpy()).max() < 1e-9
        assert np.abs(upper - rows[f"{prefix}_hi"].to_numpy()).max() < 1e-9


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


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_no_event_starts_at_exactly_0_and_all_events_end_at_exactly_1(method):
    sizes = np.arange(1, 500)
    assert (method(np.zeros_like(sizes), sizes)[0] == 0).all()
    assert (method(sizes, sizes)[1] == 1).all()


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_nothing_observed_has_no_interval(method):
    lower, upper = method([0, 1], [0, 2])
    assert np.isnan(lower).tolist() == [True, False]
    assert np.isnan(upper).tolist() == [True, False]


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_more_events_than_observations_are_an_error(method):
    with pytest.raises(ValueError, match="between 0 and n"):
        method(3, 2)


def test_wilson_covers_95_per_cent_on_average_in_small_samples():
    rates = np.linspace(0.02, 0.5, 25)
    from scipy.stats import binom

    for n in (5, 10, 20, 40, 60):
        counts = np.arange(n + 1)
        lower, upper = wilson(counts, n)
        covers = (lower[:, None] <= rates) & (rates <= upper[:, None])
        mean = (binom.pmf(counts[:, None], n, rates) * covers).sum(axis=0).mean()
        assert 0.94 <= mean <= 0.97, n
