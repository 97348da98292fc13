"""The charts of case selection and technique, with no unit, one, five and five hundred."""

from __future__ import annotations

import json
from dataclasses import replace

import altair as alt
import polars as pl
import pytest
import vl_convert

from dashboard import charts_selection
from dashboard.charts_selection import BOTH, INSIDE, NOT_BOTH, OUTSIDE
from dashboard.pages.selection_cases import judged_lesions, points, reading
from dashboard.pages.selection_completion import margin_cells
from dashboard.pages.selection_technique import stacked
from sql import technique

SIZES = (0, 1, 5, 500)
CHARTS = ("size_and_distance", "margins", "distribution")
SPACING = technique.recommended()["spacing_mm"]


def lesions(number):
    """Sizes from 10.0 mm and distances from 0.0 mm on, each in its own steps."""
    return pl.DataFrame(
        [
            {
                "is_under_30_mm": 10 + n % 40 < 30,
                "max_diameter_mm": 10.0 + n % 40,
                "dist_vessel_mm": float(n % 23),
                "nearest_vessel": "IVC",
                "dist_bile_duct_mm": None,
                "nearest_duct": "NONE",
                "nearest_mm": float(n % 23),
                "planned_margin_mm": 5.0 + n % 6,
                "achieved_min_margin_mm": -1.0 + n % 9,
            }
            for n in range(number)
        ],
        schema={
            "is_under_30_mm": pl.Boolean,
            **dict.fromkeys(("max_diameter_mm", "dist_vessel_mm"), pl.Float64),
            "nearest_vessel": pl.String,
            "dist_bile_duct_mm": pl.Float64,
            "nearest_duct": pl.String,
            "nearest_mm": pl.Float64,
            **dict.fromkeys(("planned_margin_mm", "achieved_min_margin_mm"), pl.Float64),
        },
    )


def spec(name, number):
    drawn = lesions(number)
    chart = getattr(charts_selection, name)
    frame, options = {
        "size_and_distance": (points(judged_lesions(drawn, 10)), {"within": 10.0}),
        "margins": (margin_cells(drawn), {}),
        "distribution": (
            stacked(technique.bars(drawn["max_diameter_mm"], SPACING)),
            {
                "axis": "Distance, mm",
                "low": SPACING.low,
                "high": SPACING.high,
                "said": SPACING.said,
                "unit": "Pairs",
            },
        ),
    }[name]
    return chart(frame, **options).to_dict()


@pytest.mark.parametrize("number", [0, 5])
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_valid_by_the_schema_that_pages_do_not_check_again(name, number):
    assert alt.TopLevelSpec.from_dict(spec(name, number), validate=True)


@pytest.mark.parametrize("number", SIZES)
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_whatever_the_number(name, number):
    made = spec(name, number)
    svg = vl_convert.vegalite_to_svg(made | {"width": 400})
    assert "NaN" not in svg
    assert "Infinity" not in svg


def test_both_limits_are_named_where_lesions_are_drawn():
    text = json.dumps(spec("size_and_distance", 5))
    assert "30 mm: under is small" in text
    assert "10 mm: near" in text


def test_small_and_near_differs_from_the_others_in_shape():
    made = json.dumps(spec("size_and_distance", 500))
    assert f'"domain": ["{BOTH}", "{NOT_BOTH}"], "range": ["circle", "square"]' in made


def test_the_range_is_named_and_what_is_outside_it_is_hollow():
    made = json.dumps(spec("distribution", 5))
    assert "ideal 15 to 20 mm" in made
    assert f'"domain": ["{INSIDE}", "{OUTSIDE}"]' in made
    assert '"white"]' in made


def test_points_are_not_drawn_across_a_line_that_parts_them():
    close = lesions(1).with_columns(
        pl.Series("max_diameter_mm", [29.99]),
        *(pl.Series(name, [10.01]) for name in ("dist_vessel_mm", "nearest_mm")),
    )
    row = points(judged_lesions(close, 10)).row(0, named=True)
    assert row["size_mm"] < 30
    assert row["distance_mm"] > 10
    assert row["state"] == NOT_BOTH


def test_every_lesion_of_known_size_and_distance_is_in_a_point():
    assert points(judged_lesions(lesions(500), 10))["lesions"].sum() == 500
    assert margin_cells(lesions(500))["lesions"].sum() == 500


def test_lesions_of_which_nothing_is_known_are_told_without_a_count_of_none():
    unknown = lesions(2).with_columns(is_under_30_mm=pl.lit(None, pl.Boolean))
    unknown = unknown.with_columns(dist_vessel_mm=pl.lit(None, pl.Float64))
    assert reading(judged_lesions(unknown, 10), 10) == (
        "Size and distance tell in none of 2 lesions."
    )


def test_few_lesions_have_no_per_cent():
    assert "%" not in reading(judged_lesions(lesions(9), 10), 10)
    assert "95 % interval" in reading(judged_lesions(lesions(10), 10), 10)


def test_two_bars_of_one_step_stand_upon_each_other():
    parted = replace(SPACING, high=20.2)
    bars = stacked(technique.bars(pl.Series([20.0, 20.1, 20.5]), parted))
    assert bars.select("state", "from_count", "to_count").rows() == [
        (INSIDE, 0, 2),
        (OUTSIDE, 2, 3),
    ]
