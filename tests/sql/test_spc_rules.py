"""Point types and icons: NHSRplotthedots' own unit vectors, and the order of precedence."""

import numpy as np
import polars as pl
import pytest

from sql.statistics.spc_rules import (
    RULE_SET,
    RUN_LENGTH,
    assurance,
    point_types,
    shift,
    signalled,
    trend,
    two_in_three,
    variation,
)


def marks(values):
    return shift(np.array(values)).tolist()


def test_the_run_length_is_named_in_the_rule_set():
    assert RUN_LENGTH == 7
    assert RULE_SET.count(str(RUN_LENGTH)) == 2


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ([1] * 6, [0] * 6),
        ([1] * 6 + [-1], [0] * 7),
        ([1] * 8 + [-1], [1] * 8 + [0]),
        ([-1] * 8 + [1], [-1] * 8 + [0]),
        ([-1] + [1] * 8 + [-1], [0] + [1] * 8 + [0]),
        ([1] * 4 + [0] + [1] * 4, [0] * 9),
    ],
    ids=["six", "six and a turn", "eight", "eight below", "between", "a point on the mean"],
)
def test_a_shift_is_7_on_one_side_and_all_of_it_is_marked(sides, expected):
    assert marks(sides) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([1, 2, 3, 4, 5, 6], [0] * 6),
        ([1, 2, 3, 3, 4, 5, 6], [0] * 7),
        ([1, 2, 3, 4, 5, 6, 7], [1] * 7),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], [0] + [1] * 7 + [0]),
        ([7, 6, 5, 4, 3, 2, 1], [-1] * 7),
        ([2, 7, 6, 5, 4, 3, 2, 1, 3], [0] + [-1] * 7 + [0]),
        ([*range(1, 8), *range(6, 0, -1)], [1] * 6 + [-1] * 7),
    ],
    ids=["none", "six", "a tie", "seven", "between", "falling", "falling between", "a peak"],
)
def test_a_trend_is_7_rising_or_falling_and_all_of_it_is_marked(values, expected):
    assert trend(np.array(values, dtype=float)).tolist() == expected


ONE = [1] * 7
TURNS = [1, -1] * 3 + [1]


@pytest.mark.parametrize(
    ("is_near", "sides", "expected"),
    [
        ([], [], []),
        ([1, 0, 1], [1, 1, 1], [1, 1, 1]),
        ([0, 1, 1], [1, 1, 1], [1, 1, 1]),
        ([1, 1, 0], [-1, -1, -1], [-1, -1, -1]),
        ([0, 0, 1, 0, 1, 0, 0], ONE, [0, 0, 1, 1, 1, 0, 0]),
        ([0, 0, 1, 1, 0, 0, 0], ONE, [0, 1, 1, 1, 1, 0, 0]),
        ([1, 0, 0, 1], [1] * 4, [0] * 4),
        ([1, 0, 1], [1, -1, 1], [0] * 3),
        ([1, 1, 0], [1, -1, 1], [0] * 3),
        ([0, 0, 1, 0, 1, 0, 0], TURNS, [0] * 7),
        ([1, 1, 1], [1, 1, 0], [0] * 3),
    ],
)
def test_two_of_three_are_near_a_limit_with_all_three_on_one_side(is_near, sides, expected):
    found = two_in_three(np.array(is_near, dtype=bool), np.array(sides, dtype=np.int64))
    assert found.tolist() == expected


def rules(values, centre=0.0, lower=-3.0, upper=3.0):
    found = signalled(np.array(values, dtype=float), centre, lower, upper)
    return list(zip(found["rule"], found["direction"], strict=True))


def test_a_point_on_a_limit_is_within_and_one_beyond_is_outside():
    assert rules([3, 3.001, -3, -3.001]) == [
        ("common cause", None),
        ("outside limits", "high"),
        ("common cause", None),
        ("outside limits", "low"),
    ]


def test_only_the_points_near_the_limit_are_marked_by_two_of_three():
    assert rules([2.5, 1, 2.5]) == [
        ("two in three", "high"),
        ("common cause", None),
        ("two in three", "high"),
    ]
    # exactly two thirds of the way is not yet near
    assert {rule for rule, _ in rules([2, 2, 2])} == {"common cause"}


def test_a_point_outside_is_not_one_of_the_two_near_the_limit():
    assert [rule for rule, _ in rules([3.5, 2.5, 1])] == ["outside limits"] + ["common cause"] * 2


def test_outside_limits_comes_before_trend_before_two_of_three_before_shift():
    rising = rules([0.2, 0.5, 1, 1.5, 2.2, 2.5, 3.5])
    assert [rule for rule, _ in rising] == ["trend"] * 6 + ["outside limits"]
    above = rules([1, 1, 2.5, 2.5, 1, 1, 1])
    assert [rule for rule, _ in above] == ["shift"] * 2 + ["two in three"] * 2 + ["shift"] * 3


def test_a_trend_points_the_way_it_goes_on_either_side_of_the_mean():
    assert {way for _, way in rules([-2, -1, -0.5, 0.5, 1, 1.5, 1.8])} == {"high"}


def test_a_chart_without_limits_or_values_has_no_signal():
    assert rules([5, 9], lower=None, upper=None) == [("common cause", None)] * 2
    assert rules([float("nan"), 9]) == [("common cause", None), ("outside limits", "high")]


POINTS = signalled(np.array([0.0, 5.0, -5.0]), 0.0, -3.0, 3.0)


@pytest.mark.parametrize(
    ("better", "expected"),
    [
        ("high", ["improvement", "concern"]),
        ("low", ["concern", "improvement"]),
        (None, ["high", "low"]),
    ],
)
def test_a_special_cause_is_an_improvement_or_a_concern_by_the_direction_meant(better, expected):
    words = [f"special cause: {word}" for word in expected]
    assert point_types(POINTS, better).to_list() == ["common cause", *words]


@pytest.mark.parametrize(
    ("last", "better", "icon"),
    [
        (0, "high", "common cause"),
        (1, "high", "improvement high"),
        (1, "low", "concern high"),
        (2, "high", "concern low"),
        (2, "low", "improvement low"),
        (1, None, "special cause high"),
        (2, None, "special cause low"),
    ],
)
def test_the_variation_icon_is_that_of_the_last_point(last, better, icon):
    assert variation(POINTS.head(last + 1), better) == icon


@pytest.mark.parametrize(
    ("target", "better", "icon"),
    [
        (3.1, "high", "consistently fail"),
        (3.1, "low", "consistently pass"),
        (-3.1, "high", "consistently pass"),
        (-3.1, "low", "consistently fail"),
        (3, "high", "inconsistent"),
        (-3, "low", "inconsistent"),
        (0, "high", "inconsistent"),
    ],
)
def test_the_assurance_icon_compares_the_target_with_the_limits(target, better, icon):
    assert assurance(POINTS, target, better) == icon


def test_without_limits_there_is_no_assurance():
    assert assurance(signalled(np.array([1.0]), 1.0, None, None), 0, "high") is None


def test_a_direction_or_target_that_is_none_is_an_error():
    for question in (
        lambda: point_types(POINTS, "up"),
        lambda: variation(POINTS, "up"),
        lambda: assurance(POINTS, float("nan"), "high"),
        lambda: assurance(POINTS, 1, "up"),
    ):
        with pytest.raises(ValueError, match=r'"high", "low"|a number'):
            question()


def test_the_frame_names_what_every_chart_has():
    assert POINTS.columns == ["value", "centre", "lower", "upper", "rule", "direction"]
    assert POINTS.schema["direction"] == pl.String
