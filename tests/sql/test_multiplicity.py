"""Adjusted p-values against R, and chances of a false flag."""

import numpy as np
import pytest

from sql.statistics.multiplicity import (
    any_false_flag,
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    holm,
)
from sql.validation import references

REFERENCES = references.answers("refs.json")
METHODS = {
    "bonferroni": bonferroni,
    "holm": holm,
    "BH": benjamini_hochberg,
    "BY": benjamini_yekutieli,
}


@pytest.mark.parametrize("name", METHODS)
def test_adjusted_p_values_equal_r_in_any_order(name):
    given, expected = (np.array(REFERENCES["padjust"][key]) for key in ("p", name))
    rng = np.random.default_rng(6)
    for order in [np.arange(given.size), *(rng.permutation(given.size) for _ in range(200))]:
        assert np.abs(METHODS[name](given[order]) - expected[order]).max() < 1e-12


@pytest.mark.parametrize("name", METHODS)
def test_one_p_value_stays_and_ties_stay_tied(name):
    assert METHODS[name]([0.03]).tolist() == [0.03]
    first, second, _ = METHODS[name]([0.02, 0.02, 0.9])
    assert first == second
    assert METHODS[name]([0.0, 1.0]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("p", [[], [1.2], [-0.1], [float("nan")], 0.5])
def test_what_is_no_list_of_p_values_is_an_error(name, p):
    with pytest.raises(ValueError, match="p "):
        METHODS[name](p)


def test_chances_of_a_false_flag_equal_the_reference():
    expected = REFERENCES["false_alarms"]
    sites = np.array(expected["sites"])
    found = [
        (any_false_flag(sites, 0.05), "any_alert_2sided_p05"),
        (any_false_flag(sites, 0.002), "any_alarm_2sided_p002"),
        (any_false_flag(8 * sites, 0.002), "any_alarm_8_indicators"),
    ]
    for chance, name in found:
        assert np.abs(chance - expected[name]).max() < 1e-12


def test_no_comparison_has_no_false_flag():
    assert any_false_flag(0, 0.05) == 0
    assert any_false_flag([1, 5], 1).tolist() == [1, 1]
    with pytest.raises(ValueError, match="chance leaves the range 0 to 1"):
        any_false_flag(3, 5)
    with pytest.raises(ValueError, match="comparisons holds a fraction"):
        any_false_flag(1.5, 0.05)
