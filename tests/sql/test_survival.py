"""Kaplan-Meier, medians and follow-up against R."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sql.statistics.survival import at, follow_up, kaplan_meier, median

REFERENCES = Path(__file__).parents[1] / "references"
GROUP = {"lung": "sex", "veteran": "trt", "ovarian": "rx"}
EDGES = json.loads((REFERENCES / "refs.json").read_text())["km_edge"]
ROWS = pl.read_csv(REFERENCES / "survival_refs.csv", infer_schema_length=None).filter(
    pl.col("dataset").is_in(list(GROUP))
)


def observed(dataset, group):
    data = pl.read_csv(REFERENCES / "data" / f"{dataset}.csv")
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


def test_no_patient_gives_an_empty_curve_and_no_median():
    curve = kaplan_meier([], [])
    assert curve.is_empty()
    assert median(curve).estimate is None
    assert at(curve, [365.25]).row(0) == (365.25, None, None, None, None, 0)


def test_the_order_of_patients_does_not_matter():
    times, events = observed("lung", "all")
    order = np.random.default_rng(1).permutation(times.size)
    assert kaplan_meier(times, events).equals(kaplan_meier(times[order], events[order]))


def test_a_landmark_before_the_first_event_is_1_with_everyone_at_risk():
    found = at(kaplan_meier([10, 20], [1, 0]), [5]).row(0, named=True)
    assert (found["estimate"], found["at_risk"]) == (1.0, 2)


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1, 2], [1], "same length"),
        ([-1], [1], "not negative"),
        ([float("nan")], [1], "finite"),
        ([1], [2], "0 or 1"),
    ],
)
def test_impossible_observations_are_an_error(time, event, message):
    with pytest.raises(ValueError, match=message):
        kaplan_meier(time, event)
