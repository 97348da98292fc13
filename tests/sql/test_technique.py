"""Ranges that are recommended, distributions against them, and small-and-near lesions."""

import polars as pl
import pytest

from expectations.dictionary import tables
from sql.technique import INSIDE, MOST_BARS, OUTSIDE, bars, reading, recommended, small_and_near

SPACING = recommended()["spacing_mm"]


def lesions(**columns):
    usual = {
        "is_under_30_mm": True,
        "dist_vessel_mm": None,
        "nearest_vessel": None,
        "dist_bile_duct_mm": None,
        "nearest_duct": None,
    }
    kinds = {
        "is_under_30_mm": pl.Boolean,
        "dist_vessel_mm": pl.Float64,
        "dist_bile_duct_mm": pl.Float64,
        "nearest_vessel": pl.String,
        "nearest_duct": pl.String,
    }
    return pl.DataFrame([usual | columns], schema_overrides=kinds)


@pytest.mark.parametrize(
    ("drawn", "within", "is_both"),
    [
        ({"dist_vessel_mm": 10.0}, 10, True),
        ({"dist_vessel_mm": 10.1, "nearest_duct": "NONE"}, 10, False),
        ({"dist_vessel_mm": 10.1}, 10, None),
        ({"dist_vessel_mm": 10.0, "nearest_duct": "NONE"}, 5, False),
        ({"dist_bile_duct_mm": 5.0}, 5, True),
        ({"dist_vessel_mm": 2.0, "is_under_30_mm": False}, 10, False),
        ({"is_under_30_mm": False}, 10, False),
        ({"dist_vessel_mm": 2.0, "is_under_30_mm": None}, 10, None),
        ({"nearest_vessel": "NONE", "nearest_duct": "NONE"}, 10, False),
    ],
)
def test_a_lesion_is_small_and_near_by_the_chosen_distance(drawn, within, is_both):
    assert small_and_near(lesions(**drawn), within)["is_small_and_near"].to_list() == [is_both]


def test_a_limit_itself_is_within_the_range():
    found = bars(pl.Series([14.9, 15.0, 20.0, 20.1, None]), SPACING)
    assert found.select("start", "end", "pairs", "state").rows() == [
        (14.0, 15.0, 1, OUTSIDE),
        (15.0, 16.0, 1, INSIDE),
        (19.0, 20.0, 1, INSIDE),
        (20.0, 21.0, 1, OUTSIDE),
    ]


def test_every_value_is_counted_in_at_most_so_many_steps():
    found = bars(pl.Series([float(value) for value in range(500)]), SPACING)
    assert found["pairs"].sum() == 500
    assert found["start"].n_unique() <= MOST_BARS


def test_nothing_recorded_gives_no_bar_and_says_so():
    empty = pl.Series([None, None], dtype=pl.Float64)
    assert bars(empty, SPACING).is_empty()
    assert reading(empty, SPACING) == "Distance between two electrodes: not recorded in 2 pairs."


def test_the_reading_counts_what_is_within_and_what_is_missing():
    values = pl.Series([14.0, *[16.0] * 8, 21.0, None])
    assert reading(values, SPACING) == (
        "Distance between two electrodes: median 16.0 mm (quartiles 16.0 and 16.0); 8 of "
        "10 pairs within 15 to 20 mm, 80.0 %; not recorded in 1 of 11 pairs."
    )
    assert "%" not in reading(values.head(9), SPACING)


def test_what_has_no_range_is_not_scored():
    rise = recommended()["current_rise_a"]
    assert (rise.low, rise.said) == (None, "")
    assert "within" not in reading(pl.Series([13.0]), rise)
    assert bars(pl.Series([13.0, 40.0]), rise)["state"].unique().to_list() == [INSIDE]


def test_a_range_that_is_not_declared_is_the_one_of_the_dictionary():
    columns = tables()["pulse_delivery"].columns
    for name in ("angle_deg", "current_max_a", "pulses_delivered"):
        assert (recommended()[name].low, recommended()[name].high) == columns[name].plausible


def test_every_range_names_its_source():
    assert all(one.source for one in recommended().values())
