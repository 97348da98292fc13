"""Cumulative incidence with competing causes, and Gray's test, against R."""

import numpy as np
import polars as pl
import pytest

from sql.statistics.competing import aalen_johansen, gray
from sql.statistics.survival import at, kaplan_meier, landmarks
from sql.validation import references

ORACLE = references.answers("oracles.json")["gray"]
ROWS = references.table("survival_refs.csv").filter(dataset="mgus2")
MGUS2 = references.table("data/mgus2_cr.csv")


def incidence(time, cause, of=1):
    return aalen_johansen(time, cause).filter(pl.col("cause") == of)


def observed(group):
    chosen = MGUS2 if group == "all" else MGUS2.filter(sex=group)
    return chosen["time"], chosen["cause"]


@pytest.mark.parametrize("of", [1, 2])
def test_incidence_its_error_and_its_limits_equal_r_ties_included(of):
    rows = ROWS.filter(stat=f"aj_cause{of}_loglog")
    assert rows.height == 15
    for row in rows.iter_rows(named=True):
        found = at(incidence(*observed(row["group"]), of), [row["time"]]).row(0, named=True)
        assert found["at_risk"] == row["n_risk"]
        assert found["estimate"] == pytest.approx(row["estimate"], abs=1e-10)
        assert found["se"] == pytest.approx(row["se"], abs=1e-10)
        assert found["lower"] == pytest.approx(row["lo"], abs=1e-10)
        assert found["upper"] == pytest.approx(row["hi"], abs=1e-10)


def test_one_less_survival_is_what_r_calls_it_and_always_more_than_the_incidence():
    rows = ROWS.filter(stat="naive_1_minus_km_cause1_WRONG")
    assert rows.height == 15
    for row in rows.iter_rows(named=True):
        time, cause = observed(row["group"])
        naive = 1 - at(kaplan_meier(time, cause == 1), [row["time"]])["estimate"][0]
        assert naive == pytest.approx(row["estimate"], abs=1e-10)
        assert at(incidence(time, cause), [row["time"]])["estimate"][0] < naive - 5e-4


@pytest.mark.parametrize("of", [1, 2, 3])
def test_incidence_of_three_causes_on_tied_times_equals_greenwood(of):
    found = incidence(ORACLE["time"], ORACLE["cause"], of).row(-1, named=True)
    for name, expected in ORACLE["incidence_at_13"][str(of)].items():
        assert found[name] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("of", [1, 2])
def test_grays_test_equals_cmprsk(of):
    expected = ROWS.filter(stat=f"gray_chi2_cause{of}").row(0, named=True)
    found = gray(MGUS2["time"], MGUS2["cause"], MGUS2["sex"], of)
    assert found.statistic == pytest.approx(expected["estimate"], abs=1e-10)
    assert (found.degrees, expected["note"][:4]) == (1, "df=1")
    assert found.p == pytest.approx(float(expected["note"].split("p=")[1]), rel=1e-10)


@pytest.mark.parametrize("of", [1, 2, 3])
def test_grays_test_of_three_groups_with_ties_equals_greenwood(of):
    found = gray(ORACLE["time"], ORACLE["cause"], ORACLE["group"], of)
    expected = ORACLE["of"][str(of)]
    assert found.statistic == pytest.approx(expected["statistic"], abs=1e-10)
    assert (found.degrees, found.p) == (expected["degrees"], pytest.approx(expected["p"]))


def test_200_shuffles_of_the_patients_change_nothing():
    time, cause, group = (np.array(ORACLE[name]) for name in ("time", "cause", "group"))
    curves, compared = aalen_johansen(time, cause), gray(time, cause, group)
    random = np.random.default_rng(2)
    for _ in range(200):
        order = random.permutation(time.size)
        assert aalen_johansen(time[order], cause[order]).equals(curves)
        assert gray(time[order], cause[order], group[order]) == compared


def test_grays_test_does_not_depend_on_what_the_groups_are_called():
    renamed = [{"A": "Z", "B": "Y", "C": "X"}[name] for name in ORACLE["group"]]
    again = gray(ORACLE["time"], ORACLE["cause"], renamed)
    assert again.statistic == pytest.approx(ORACLE["of"]["1"]["statistic"], abs=1e-10)


def test_causes_and_event_free_survival_add_up_to_1_in_random_groups():
    random = np.random.default_rng(3)
    for _ in range(60):
        size = int(random.integers(1, 40))
        time, cause = random.integers(0, 9, size), random.integers(0, 4, size)
        free = kaplan_meier(time, cause > 0)
        total = aalen_johansen(time, cause).group_by("time").agg(pl.sum("estimate")).sort("time")
        assert (total["estimate"] + free["estimate"]).to_list() == pytest.approx(
            [1.0] * free.height
        )


def test_with_one_cause_incidence_is_one_less_survival_with_the_same_error():
    random = np.random.default_rng(4)
    for _ in range(60):
        size = int(random.integers(1, 40))
        time, event = random.integers(0, 9, size), random.integers(0, 2, size)
        one, survival = aalen_johansen(time, event), kaplan_meier(time, event)
        assert (1 - one["estimate"]).to_list() == pytest.approx(survival["estimate"].to_list())
        assert one["se"].to_list() == pytest.approx(
            survival["se"].fill_null(0).to_list(), abs=1e-12
        )


# time | cause: what is drawn, and the incidence of cause 1 by hand
EDGES = {
    "no event": ([5, 8, 9], [0, 0, 0], [0, 0, 0]),
    "only the competing event": ([1, 2], [2, 2], []),
    "every patient": ([1, 2, 3, 4], [1, 1, 1, 1], [0.25, 0.5, 0.75, 1]),
    "one patient": ([3], [1], [1]),
    "event and censoring together": ([2, 2, 3, 4], [1, 0, 1, 0], [0.25, 0.625, 0.625]),
    "two causes together": ([1, 1, 2, 3], [1, 2, 0, 1], [0.25, 0.25, 0.75]),
    "event at 0": ([0, 1, 2, 3], [1, 0, 1, 0], [0.25, 0.25, 0.625, 0.625]),
}


@pytest.mark.parametrize(("time", "cause", "expected"), EDGES.values(), ids=EDGES)
def test_edge_cases_are_right_and_give_no_nan(time, cause, expected):
    curves = aalen_johansen(time, cause)
    assert curves.filter(pl.col("cause") == 1)["estimate"].to_list() == pytest.approx(expected)
    assert all(curves.select(pl.col(pl.Float64).is_finite().all()).row(0))
    undefined = curves.filter(pl.col("lower").is_null())["estimate"].to_list()
    assert set(undefined) <= {0.0, 1.0}


def test_an_incidence_of_1_is_1_whatever_the_rounding_and_has_no_limits():
    for size in range(1, 61):
        curve = incidence(range(size), [1] * size)
        last = curve.row(-1, named=True)
        assert last["estimate"] == pytest.approx(1, abs=1e-12)
        assert curve["estimate"].max() <= 1
        assert (last["lower"], last["upper"]) == (None, None)


def test_a_cause_asked_for_is_given_though_it_did_not_occur():
    found = aalen_johansen([1, 2], [2, 0], causes=[1, 2])
    assert found.filter(pl.col("cause") == 1)["estimate"].to_list() == [0, 0]


def test_incidence_is_0_before_the_first_time_and_never_carried_past_follow_up():
    read = landmarks(incidence([13, 20, 30], [1, 2, 0]), year=12)
    assert read["estimate"].to_list() == [0, pytest.approx(1 / 3), None, None]
    assert read["at_risk"].to_list() == [3, 1, 0, 0]
    # everybody failed: nothing is left to happen
    assert at(incidence([13, 20], [1, 2]), [60])["estimate"].to_list() == [0.5]


def test_a_transplant_competes_or_censors_as_the_caller_codes_it():
    time, progressed, transplanted = [2, 4, 6, 8], [0, 1, 0, 1], [1, 0, 0, 0]
    competing = [1 if p else 2 if t else 0 for p, t in zip(progressed, transplanted, strict=True)]
    as_competing = at(incidence(time, competing), [5])["estimate"][0]
    as_censored = at(incidence(time, progressed), [5])["estimate"][0]
    assert (as_competing, as_censored) == (pytest.approx(1 / 4), pytest.approx(1 / 3))


def test_ties_in_groups_too_small_for_a_variance_are_not_compared():
    # The allowance for ties takes more than there is: the statistic would be -19.2.
    time = [7, 0, 5, 8, 1, 5, 9, 1, 6, 6, 8, 1, 7, 9, 9, 7, 8, 4, 6, 0]
    cause = [0, 0, 1, 0, 1, 0, 1, 2, 1, 0, 0, 2, 1, 1, 1, 0, 0, 1, 2, 1]
    group = [1, 0, 4, 4, 3, 2, 3, 5, 2, 0, 2, 4, 4, 0, 0, 2, 0, 4, 2, 3]
    found = gray(time, cause, group)
    assert (found.statistic, found.degrees, found.p) == (None, 5, None)
    # Without the three deaths at 9 in those groups there is a variance again.
    kept = [place for place in range(20) if time[place] != 9]
    again = gray(*(np.array(one)[kept] for one in (time, cause, group)))
    assert again.statistic > 0


def test_nothing_to_compare_is_said_and_not_invented():
    assert gray([1, 2], [2, 0], ["a", "b"]).p is None
    assert gray([1, 1], [1, 1], ["a", "b"]).statistic is None


@pytest.mark.parametrize(
    ("time", "cause", "message"),
    [
        ([1], [1.5], "whole number"),
        ([1], [-1], "whole number"),
        ([1], [None], "whole number"),
        ([1], ["death"], "numbers only"),
        ([1, 2], [1], "same length"),
        ([-1], [1], "not negative"),
        ([float("nan")], [1], "finite"),
        ([], [], "empty"),
    ],
)
def test_impossible_observations_are_an_error(time, cause, message):
    with pytest.raises(ValueError, match=message):
        aalen_johansen(time, cause)
