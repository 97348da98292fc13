"""Funnel limits against R and the published vectors."""

import numpy as np
import polars as pl
import pytest

from sql.statistics.funnel import verdict
from sql.statistics.funnel_limits import chi_square, interpolated, normal, poisson_interpolated
from sql.validation import references


def differences(found, table: pl.DataFrame, prefix: str, level: str) -> float:
    names = (f"{prefix}_lo{level}", f"{prefix}_hi{level}")
    return max(
        np.abs(limit - table[name].cast(pl.Float64).to_numpy()).max()
        for limit, name in zip(found, names, strict=True)
    )


@pytest.mark.parametrize(("level", "confidence"), [("95", 0.95), ("998", 0.998)])
def test_limits_of_a_proportion_equal_the_96_reference_rows(level, confidence):
    table = references.table("funnel_binomial_limits.csv")
    assert table.height == 96
    for method, prefix in ((interpolated, "ex"), (normal, "norm")):
        found = method(table["n"], table["theta"], confidence)
        assert differences(found, table, prefix, level) < 1e-9


@pytest.mark.parametrize(("level", "confidence"), [("95", 0.95), ("998", 0.998)])
def test_limits_of_a_ratio_equal_the_16_reference_rows(level, confidence):
    table = references.table("funnel_smr_limits.csv")
    assert table.height == 16
    for method, prefix in ((poisson_interpolated, "sp"), (chi_square, "chi")):
        found = method(table["E"], confidence)
        assert differences(found, table, prefix, level) < 1e-9


def test_interpolated_limits_equal_the_published_vectors():
    sizes = [5, 20, 100]
    lower, upper = interpolated(sizes, 0.05)
    assert lower == pytest.approx([0, 0, 0.00612293143607189], abs=1e-12)
    assert upper == pytest.approx(
        [0.197635377260764, 0.142364765016904, 0.0919073440237], abs=1e-12
    )


def test_interpolated_limits_would_flag_what_the_tails_do_not():
    assert interpolated(1, 0.05, 0.998)[1] < 1 / 1
    assert interpolated(5, 0.05)[1] < 1 / 5
    assert verdict([1, 1], [1, 5], 0.05).tolist() == ["within", "within"]


def test_limits_stay_finite_at_the_ends():
    for target in (0.0, 1.0):
        assert np.isfinite([*interpolated([1, 500], target), *normal([1, 500], target)]).all()
    expected = [1e-9, 1e-3, 1e6]
    assert np.isfinite([*poisson_interpolated(expected), *chi_square(expected)]).all()


def test_limits_need_cases_an_expected_number_and_a_target():
    for method in (interpolated, normal):
        with pytest.raises(ValueError, match="n holds a number that is not above 0"):
            method(0, 0.1)
        with pytest.raises(ValueError, match="target leaves the range 0 to 1"):
            method(5, 1.5)
        with pytest.raises(ValueError, match="n holds a fraction"):
            method(5.5, 0.5)
    for method in (poisson_interpolated, chi_square):
        with pytest.raises(ValueError, match="expected holds a number that is not above 0"):
            method(0)
