"""Control charts against R (NHSRplotthedots, qicharts2) and Montgomery's tables."""

import numpy as np
import polars as pl
import pytest

from sql.statistics.spc import (
    chance_of_short_gap,
    drawn,
    g_chart,
    gaps,
    p_chart,
    p_prime_chart,
    t_chart,
    u_chart,
    xmr,
)
from sql.validation import references

REFS = references.answers("refs.json")
XMR, NHSR = REFS["xmr"], REFS["xmr_nhsr"]
P, U, G, T = (REFS[name] for name in ("pchart", "uchart", "gchart", "tchart"))
WORDS = {"common": "common cause", "outside": "outside limits", "trend7": "trend"}
NINE = 1e-9


def near(expected):
    return pytest.approx(expected, abs=NINE)


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (xmr(XMR["y"]), XMR["plain"]),
        (xmr(XMR["y"], is_screened=True), XMR["screened"]),
        (xmr(XMR["y"], baseline=12), XMR["frozen12"]),
        (xmr([5] * 8), XMR["constant"]),
        (xmr([3, 7]), XMR["two"]),
        (xmr(NHSR["y"]), NHSR["unscreened"]),
        (xmr(NHSR["y"], is_screened=True), NHSR["screened"]),
    ],
    ids=["plain", "screened", "baseline", "constant", "two values", "unscreened", "NHS screened"],
)
def test_xmr_limits_equal_r(chart, expected):
    assert chart.mean == near(expected["mean"])
    assert chart.mean_range == near(expected["amr"])
    assert (chart.lower, chart.upper) == (near(expected["lpl"]), near(expected["upl"]))
    assert chart.range_limit == near(expected["url"])


def test_the_factor_is_2_66_and_not_what_it_rounds():
    chart, exact = xmr(XMR["y"]), XMR["with_3_over_1128"]
    assert chart.mean + 3 / 1.128 * chart.mean_range == near(exact["upl"])
    assert abs(chart.upper - exact["upl"]) > 1e-3


def test_the_default_does_not_screen_as_the_excel_tool_does_not():
    chart = xmr(NHSR["y"])
    assert (round(chart.upper, 2), round(chart.lower, 2)) == tuple(
        NHSR["published"]["unscreened"][i] for i in (0, 2)
    )
    assert not chart.is_screened


def test_every_point_of_the_reference_series_is_called_what_r_calls_it():
    found = xmr(XMR["y"], is_screened=True).points["rule"].to_list()
    assert found == [WORDS[flag] for flag in XMR["nhs_flags_screened"]]


def test_montgomerys_loan_costs_and_valve_failures_are_reproduced():
    costs = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306]
    costs += [294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
    chart = xmr(costs)
    assert chart.mean == near(300.5)
    assert chart.mean + 3 / 1.128 * chart.mean_range == pytest.approx(321.2167, abs=5e-5)
    failures = [286, 948, 536, 124, 816, 729, 4, 143, 431, 8]
    failures += [2837, 596, 81, 227, 603, 492, 1199, 1214, 2831, 96]
    rare = t_chart(failures)
    assert (round(rare.centre, 3), round(rare.upper, 3), rare.lower) == (430.041, 6937.933, 0)


def test_one_value_has_no_limits_and_no_signal():
    chart = xmr([4])
    assert (chart.mean, chart.lower, chart.upper, chart.mean_range) == (4, None, None, None)
    assert chart.points.row(0) == (4, 4, None, None, "common cause", None)


def test_a_constant_series_has_nothing_outside_its_limits_whatever_the_rounding():
    for value in (0.1, 1 / 3, 1e9 + 0.1):
        assert set(xmr([value] * 11).points["rule"]) == {"common cause"}
        assert xmr([value] * 11, is_screened=True).mean_range == 0


@pytest.mark.parametrize(("size", "expected"), [(12, True), (13, False)])
def test_limits_are_on_trial_under_13_points(size, expected):
    assert xmr(range(size)).is_trial is expected
    assert p_chart([1] * size, [9] * size).is_trial is expected


def test_a_limit_below_0_is_drawn_at_0():
    chart = xmr(NHSR["y"])
    assert chart.points["lower"][0] < 0
    assert drawn(chart.points)["lower"].to_list() == [0] * 18
    assert drawn(chart.points, most=5)["upper"].to_list() == [5] * 18


def test_p_chart_limits_equal_r_normal_and_exact():
    normal = p_chart(P["x"], P["n"], limits="normal")
    assert normal.centre == near(P["cl"])
    assert normal.points["value"].to_list() == near(P["p"])
    assert normal.points["upper"].to_list() == near(P["ucl"])
    assert normal.points["lower"].to_list() == near(P["lcl"])
    exact = p_chart(P["x"], P["n"])
    assert exact.points["upper"].to_list() == near(P["exact_ucl"])
    assert exact.points["is_exact"].all()


def test_laneys_limits_equal_r():
    chart = p_prime_chart(P["x"], P["n"])
    assert chart.sigma_z == near(P["laney_sigma_z"])
    assert chart.points["upper"].to_list() == near(P["laney_ucl"])
    assert chart.points["lower"].to_list() == near(P["laney_lcl"])


def test_exact_limits_serve_under_5_expected_events_or_non_events():
    chart = p_chart([10, 10, 5], [100, 50, 100])  # 10 % of 250
    assert chart.points["is_exact"].to_list() == [False, False, False]
    few = p_chart([10, 5, 5], [101, 50, 49])
    assert few.points["is_exact"].to_list() == [False, False, True]
    mostly = p_chart([91, 45, 44], [101, 50, 49])
    assert mostly.points["is_exact"].to_list() == [False, False, True]


def test_a_count_outside_exact_limits_is_rarer_than_3_sigma():
    # 7 cases at 12.7 %: 4 events are within, 5 outside
    rest_events, rest = [25, 25], [196, 197]
    rules = [p_chart([*rest_events, x], [*rest, 7]).points["rule"][2] for x in (0, 1, 4, 5)]
    assert rules == ["common cause", "common cause", "common cause", "outside limits"]


def test_runs_of_empty_months_are_no_signal_where_few_events_are_expected():
    chart = p_chart([0] * 9 + [1], [6] * 10)
    assert set(chart.points["rule"]) == {"common cause"}
    plenty = p_chart([6] * 7 + [14] * 7, [60] * 14)
    assert set(plenty.points["rule"]) == {"shift"}


def test_a_period_without_a_procedure_has_no_point_and_breaks_no_run():
    busy = p_chart([6] * 4 + [0] + [6] * 3 + [14] * 7, [60] * 4 + [0] + [60] * 10)
    empty = busy.points.row(4, named=True)
    assert (empty["value"], empty["lower"], empty["upper"]) == (None, None, None)
    assert busy.points["rule"].to_list()[:8] == ["shift"] * 4 + ["common cause"] + ["shift"] * 3
    assert busy.centre == near(140 / 840)


@pytest.mark.parametrize(("x", "limit"), [(0, 0), (12, 1)])
def test_no_event_and_every_event_give_limits_and_no_signal(x, limit):
    for kind in ("auto", "normal", "exact"):
        points = p_chart([x] * 8, [12] * 8, limits=kind).points
        assert points.select("lower", "upper").unique().rows() == [(limit, limit)]
        assert set(points["rule"]) == {"common cause"}


def test_u_chart_limits_equal_r():
    chart = u_chart(U["x"], U["n"])
    assert chart.centre == near(U["cl"])
    assert chart.points["upper"].to_list() == near(U["ucl"])
    assert chart.points["lower"].to_list() == near(U["lcl"])


def test_exact_limits_of_a_rate_are_poisson_quantiles():
    # 2 expected: P(X > 7) = 0.0011, P(X > 6) = 0.0045
    chart = u_chart([2, 2, 2], [10, 10, 10], limits="exact")
    assert chart.points["upper"].to_list() == near([0.7] * 3)
    assert chart.points["lower"].to_list() == [0] * 3


def test_g_chart_equals_r():
    chart = g_chart(G["y"])
    assert (chart.mean, chart.centre) == (near(G["mean"]), G["median"])
    assert (chart.upper, chart.rate) == (near(G["ucl"]), near(G["p_mle"]))
    assert chart.probable == (G["prob_hi975"], G["prob_hi"])
    assert chart.points["lower"].to_list() == [G["lcl"]] * 16


def test_t_chart_equals_r():
    chart = t_chart(T["y"])
    assert (chart.centre, chart.upper) == (near(T["cl"]), near(T["ucl"]))
    assert chart.lower == T["lcl"]
    assert chart.probable == (near(T["exp_lo"]), near(T["exp_median"]), near(T["exp_hi"]))
    assert chart.points["value"].to_list() == T["y"]


def test_one_gap_or_nothing_but_neighbours_gives_a_chart():
    assert g_chart([4]).upper == near(4 + 3 * np.sqrt(20))
    together = g_chart([0, 0, 0])
    assert (together.rate, together.upper, together.probable) == (1, 0, (0, 0))
    assert t_chart([4]).upper is None


def test_a_long_gap_is_outside_and_short_ones_never_are():
    chart = g_chart([*G["y"], 150, 0, 0])
    rules = chart.points["rule"].to_list()
    assert rules[16] == "outside limits"
    assert set(rules[17:]) == {"common cause"}


def test_gaps_that_stay_on_one_side_of_their_median_are_a_shift_and_rising_ones_are_nothing():
    points = g_chart([20] * 7 + [2] * 7).points
    assert set(points["rule"]) == {"shift"}
    assert points["direction"].to_list() == ["high"] * 7 + ["low"] * 7
    assert set(g_chart([2, 4, 6, 8, 10, 12, 14]).points["rule"]) == {"common cause"}


def test_gaps_count_the_procedures_between_events_and_those_since_the_last():
    assert gaps([0, 0, 1, 0, 1, 1, 0]) == ([2, 1, 0], 1)
    assert gaps([1]) == ([0], 0)
    assert gaps([0, 0]) == ([], 2)


def test_two_events_close_together_have_a_small_chance():
    assert chance_of_short_gap(0, 0.02) == near(0.02)
    assert chance_of_short_gap([1, 2], 0.02).tolist() == near([0.0396, 0.058808])
    assert chance_of_short_gap(5, [0, 1]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: xmr([]), "values is empty"),
        (lambda: xmr([1, None]), "missing"),
        (lambda: xmr([[1, 2]]), "one list"),
        (lambda: xmr(range(20), baseline=11), "at least 12"),
        (lambda: p_chart([2], [1]), "between 0 and n"),
        (lambda: p_chart([-1], [1]), "negative"),
        (lambda: p_chart([0.5], [1]), "fraction"),
        (lambda: p_chart([0], [0]), "above 0"),
        (lambda: p_chart([0, 0], [1]), "same length"),
        (lambda: p_chart([0], [1], limits="3 sigma"), "one of auto"),
        (lambda: p_prime_chart([0, 0], [5, 5]), "some with the event"),
        (lambda: u_chart([1], [0]), "above 0"),
        (lambda: u_chart([1], [-2]), "negative"),
        (lambda: g_chart([1.5]), "fraction"),
        (lambda: g_chart([]), "empty"),
        (lambda: t_chart([3, 0]), "half a day apart"),
        (lambda: t_chart([float("nan")]), "missing"),
        (lambda: gaps([0, 2]), "between 0 and n"),
        (lambda: chance_of_short_gap(3, 1.2), "range 0 to 1"),
    ],
)
def test_input_that_makes_no_sense_is_an_error(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_1000_charts_of_random_series_give_no_nan_and_nothing_infinite():
    random = np.random.default_rng(7)
    for _ in range(250):
        size = int(random.integers(2, 12))
        n = random.integers(0, 9, size) + (np.arange(size) == 0)
        x = random.binomial(n, 0.1)
        for chart in (
            xmr(x, is_screened=True),
            p_chart(x, n),
            u_chart(x, n, limits="auto"),
            g_chart(x),
        ):
            assert all(chart.points.select(pl.col(pl.Float64).is_finite().all()).row(0))
