"""Kaplan-Meier, medians, follow-up and restricted means against R."""

import numpy as np
import polars as pl
import pytest

from sql.statistics.survival import (
    at,
    completeness,
    empty_curve,
    follow_up,
    kaplan_meier,
    landmarks,
    log_rank,
    median,
    reverse_kaplan_meier,
    rmst,
)
from sql.validation import references

GROUP = {"lung": "sex", "veteran": "trt", "ovarian": "rx"}
EDGES = references.answers("refs.json")["km_edge"]
LIFELINES = references.answers("oracles.json")["lifelines"]
ROWS = references.table("survival_refs.csv").filter(pl.col("dataset").is_in(list(GROUP)))
YEAR = 365.25


def observed(dataset, group):
    data = references.table(f"data/{dataset}.csv")
    chosen = data if group == "all" else data.filter(pl.col(GROUP[dataset]) == int(group))
    return chosen["time"].to_numpy(), chosen["ev"].to_numpy()


@pytest.mark.parametrize(
    "row", ROWS.filter(pl.col("stat") == "km_loglog").to_dicts(), ids=lambda r: str(r["time"])
)
def test_landmarks_equal_r_and_never_run_past_the_last_follow_up(row):
    found = at(kaplan_meier(*observed(row["dataset"], row["group"])), [row["time"]]).row(
        0, named=True
    )
    assert found["at_risk"] == row["n_risk"]
    if row["note"] == "beyond last follow-up":
        assert found["estimate"] is None
        return
    for name, reference in (
        ("estimate", "estimate"),
        ("se", "se"),
        ("lower", "lo"),
        ("upper", "hi"),
    ):
        assert found[name] == pytest.approx(row[reference], abs=1e-10)


def test_limits_are_log_log_and_not_those_that_r_gives_by_default():
    for stat in ("km_log_(R default)", "km_plain"):
        rows = ROWS.filter(pl.col("stat") == stat)
        assert rows.height == 9
        for row in rows.iter_rows(named=True):
            curve = kaplan_meier(*observed(row["dataset"], row["group"]))
            found = at(curve, [row["time"]]).row(0, named=True)
            assert found["se"] == pytest.approx(row["se"], abs=1e-10)
            assert max(abs(found["lower"] - row["lo"]), abs(found["upper"] - row["hi"])) > 1e-3


@pytest.mark.parametrize("stat", ["median_loglog", "reverse_km_median_fu"])
def test_medians_and_follow_up_equal_r_not_reached_included(stat):
    rows = ROWS.filter(pl.col("stat") == stat)
    assert rows.height == 9
    for row in rows.iter_rows(named=True):
        times, events = observed(row["dataset"], row["group"])
        found = (
            median(kaplan_meier(times, events))
            if stat == "median_loglog"
            else follow_up(times, events)
        )
        assert (found.estimate, found.lower, found.upper) == (
            row["estimate"],
            row["lo"],
            row["hi"],
        ), row


def test_restricted_means_and_their_errors_equal_r():
    rows = ROWS.filter(pl.col("stat") == "rmst")
    assert rows.height == 18
    for row in rows.iter_rows(named=True):
        found = rmst(kaplan_meier(*observed(row["dataset"], row["group"])), row["time"])
        assert found.estimate == pytest.approx(row["estimate"], abs=1e-10), row
        assert found.se == pytest.approx(row["se"], abs=1e-10), row


def test_the_log_rank_test_equals_r():
    rows = ROWS.filter(pl.col("stat") == "logrank_chi2")
    assert rows.height == 3
    for row in rows.iter_rows(named=True):
        data = references.table(f"data/{row['dataset']}.csv")
        found = log_rank(data["time"], data["ev"], data[GROUP[row["dataset"]]])
        said = dict(part.split("=") for part in row["note"].split(";"))
        assert found.statistic == pytest.approx(row["estimate"], abs=1e-10)
        assert found.degrees == int(said["df"])
        assert found.p == pytest.approx(float(said["p"]), rel=1e-10)


def test_lifelines_agrees_where_it_is_right_and_not_on_a_flat_half():
    curve, expected = kaplan_meier(*observed("lung", "all")), LIFELINES["lung_365.25"]
    found = at(curve, [YEAR]).row(0, named=True)
    for name in ("estimate", "lower", "upper"):
        assert found[name] == pytest.approx(expected[name], abs=1e-10)
    assert rmst(curve, YEAR).estimate == pytest.approx(expected["rmst"], abs=1e-10)
    assert LIFELINES["veteran_2_median"] == 52
    assert median(kaplan_meier(*observed("veteran", "2"))).estimate == 52.5


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
def test_edge_cases_equal_r(edge):
    curve = kaplan_meier(edge["t"], edge["e"])
    assert curve["time"].to_list() == edge["time"]
    assert curve["at_risk"].to_list() == edge["n_risk"]
    assert curve["estimate"].to_list() == pytest.approx(edge["surv"], abs=1e-10)
    for name in ("lower", "upper"):
        for found, expected in zip(curve[name], edge[name], strict=True):
            assert (found is None) == (expected is None)
            assert found is None or found == pytest.approx(expected, abs=1e-10)
    found = median(curve)
    assert (found.estimate, found.lower, found.upper) == (
        edge["median"],
        edge["median_lo"],
        edge["median_hi"],
    )


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
def test_an_edge_case_gives_no_nan_and_nothing_infinite(edge):
    for curve in (kaplan_meier(edge["t"], edge["e"]), reverse_kaplan_meier(edge["t"], edge["e"])):
        numbers = curve.select(pl.col(pl.Float64).is_finite().all())
        assert all(numbers.row(0))


def test_the_standard_error_is_0_before_the_first_event_and_null_once_nobody_is_left():
    curve = kaplan_meier([1, 2, 3], [0, 1, 1])
    assert curve["se"].to_list() == [0, pytest.approx(0.5 * np.sqrt(0.5)), None]


def test_the_curve_of_nobody_has_no_median_and_no_landmark():
    curve = empty_curve()
    assert median(curve).estimate is None
    assert at(curve, [YEAR]).row(0) == (YEAR, None, None, None, None, 0)
    assert rmst(curve, YEAR).estimate is None
    assert curve.schema == kaplan_meier([1], [1]).schema


def test_200_shuffles_of_the_patients_change_nothing():
    times, events = observed("veteran", "all")
    groups = np.arange(times.size) % 3
    curve, compared = kaplan_meier(times, events), log_rank(times, events, groups)
    random = np.random.default_rng(1)
    for _ in range(200):
        order = random.permutation(times.size)
        shuffled = times[order], events[order]
        assert kaplan_meier(*shuffled).equals(curve)
        assert log_rank(*shuffled, groups[order]) == compared


def test_times_a_rounding_apart_are_one_time_as_in_r():
    curve = kaplan_meier([0.3, 0.1 + 0.2, 0.3 + 1e-7], [1, 0, 0])
    assert curve["at_risk"].to_list() == [3, 1]
    assert curve["estimate"].to_list() == [pytest.approx(2 / 3), pytest.approx(2 / 3)]


def test_a_landmark_before_the_first_event_is_1_with_everyone_at_risk():
    found = at(kaplan_meier([10, 20], [1, 0]), [5]).row(0, named=True)
    assert (found["estimate"], found["at_risk"]) == (1.0, 2)


def test_survival_stays_0_after_the_last_death_and_is_unknown_after_a_last_censoring():
    assert at(kaplan_meier([1, 2], [1, 1]), [3])["estimate"].to_list() == [0]
    assert at(kaplan_meier([1, 2], [1, 0]), [2, 3])["estimate"].to_list() == [0.5, None]


def test_yearly_landmarks_show_the_numbers_at_risk_and_end_with_the_follow_up():
    in_days = landmarks(kaplan_meier([100, YEAR, 2.5 * YEAR], [1, 0, 0]))
    assert in_days["years"].to_list() == [1, 2, 3, 5]
    assert in_days["at_risk"].to_list() == [2, 1, 0, 0]
    assert in_days["estimate"].to_list() == [pytest.approx(2 / 3)] * 2 + [None, None]
    in_months = landmarks(kaplan_meier([3, 12, 30], [1, 0, 0]), year=12)
    assert in_months["at_risk"].equals(in_days["at_risk"])


def test_follow_up_is_the_reversed_curve_with_deaths_leaving_before_it_drops():
    reversed_curve = reverse_kaplan_meier([1, 2, 2, 4], [1, 0, 1, 0])
    assert reversed_curve["estimate"].to_list() == [1, pytest.approx(2 / 3), 0]
    assert reversed_curve["events"].to_list() == [0, 1, 1]


def test_a_mean_restricted_to_more_than_was_followed_is_not_given():
    assert rmst(kaplan_meier([1, 2], [1, 0]), 3).estimate is None
    assert rmst(kaplan_meier([1, 2], [1, 1]), 3).estimate == pytest.approx(1.5)
    assert rmst(kaplan_meier([1, 2], [1, 0]), 0) == rmst(kaplan_meier([9], [1]), 0)


def test_a_mean_without_an_event_is_the_horizon_and_certain():
    found = rmst(kaplan_meier([5, 8], [0, 0]), 4)
    assert (found.estimate, found.se) == (4, 0)


def test_completeness_counts_a_death_as_followed_to_the_end():
    # died at 2, lost at 3 of 5, followed for all 5
    assert completeness([2, 3, 5], [1, 0, 0], [5, 5, 5]) == pytest.approx(10 / 12)
    assert completeness([2, 5], [1, 0], [5, 5]) == 1
    assert completeness([0], [0], [0]) is None


def test_groups_without_an_event_or_never_at_risk_with_one_are_not_compared():
    assert log_rank([1, 2], [0, 0], ["a", "b"]).p is None
    # c was gone before the first death: two groups are compared
    assert log_rank([2, 3, 4, 1], [1, 1, 1, 0], ["a", "b", "a", "c"]).degrees == 1


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1, 2], [1], "same length; given 2 and 1"),
        ([-1], [1], "not negative"),
        ([float("nan")], [1], "finite"),
        ([float("inf")], [1], "finite"),
        ([], [], "empty"),
        ([1], [2], "0 or 1"),
        ([1], [None], "0 or 1"),
        (["soon"], [1], "numbers only"),
        ([[1, 2]], [[1, 0]], "one list"),
    ],
)
def test_impossible_observations_are_an_error(time, event, message):
    for function in (kaplan_meier, reverse_kaplan_meier, follow_up):
        with pytest.raises(ValueError, match=message):
            function(time, event)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: kaplan_meier([1], [1], confidence=95), "between 0 and 1"),
        (lambda: log_rank([1, 2], [1, 1], ["a", "a"]), "two groups"),
        (lambda: log_rank([1, 2], [1, 1], ["a"]), "same length"),
        (lambda: log_rank([1, 2], [1, 1], ["a", None]), "known for every patient"),
        (lambda: log_rank([1, 2], [1, 1], [1, float("nan")]), "known for every patient"),
        (lambda: completeness([3], [0], [2]), "not be shorter"),
        (lambda: completeness([3], [0], [3, 4]), "for every time"),
        (lambda: rmst(kaplan_meier([1], [1]), -1), "not negative"),
        (lambda: at(kaplan_meier([1], [1]), [-1]), "not negative"),
    ],
)
def test_a_question_that_makes_no_sense_is_an_error(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
