"""Charts: frames in, charts out, nothing fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import altair as alt
import polars as pl
import pytest
import vl_convert

from dashboard import charts, charts_grid

ROWS = pl.DataFrame(
    {
        "label": ["ZZ101", "ZZ102"],
        "said": ["ZZ101: 1/20", "ZZ102: 6/31"],
        "rate": [0.05, 0.19],
        "lower": [0.01, 0.09],
        "upper": [0.24, 0.36],
        "state": ["within", "alert"],
    }
)
QUARTERS = pl.DataFrame(
    {
        "quarter": ["2025/26 Q4", "2026/27 Q1"],
        "state": ["met", "not met"],
        "count": [4, 1],
        "position": [0, 1],
    }
)
CURVE = pl.DataFrame(
    {
        "years": [0.0, 0.5, 1.2],
        "estimate": [1.0, 0.9, 0.8],
        "lower": [None, 0.7, 0.6],
        "upper": [None, 0.97, 0.9],
        "censored": [0, 1, 0],
    }
)
DRAWN: dict[str, tuple[Any, pl.DataFrame, dict[str, Any]]] = {
    "rate_rows": (charts.rate_rows, ROWS, {}),
    "count_rows": (
        charts.count_rows,
        pl.DataFrame({"label": ["D03"], "said": ["2 D03"], "count": [2]}),
        {"axis": "Findings"},
    ),
    "funnel": (
        charts.funnel,
        pl.DataFrame(
            {
                "eligible": [10.0, 20.0, 31.0],
                "alert_line": [0.35, 0.2, None],
                "alarm_line": [None, 0.3, None],
                "rate": [None, None, 0.19],
                "label": [None, None, "ZZ102"],
                "state": [None, None, "alert"],
            }
        ),
        {"target": 0.05, "axis": "Share", "unit": "Procedures"},
    ),
    "quarters": (charts.quarters, QUARTERS, {"axis": "Procedures"}),
    "rate_quarters": (
        charts.rate_quarters,
        ROWS.with_columns(pl.Series("quarter", ["2025/26 Q4", "2026/27 Q1"])),
        {"axis": "Filled"},
    ),
    "severity": (
        charts.severity,
        pl.DataFrame({"grade": ["I"], "relatedness": ["Probable"], "count": [2], "position": [1]}),
        {},
    ),
    "matrix": (
        charts_grid.matrix,
        pl.DataFrame(
            {
                "row": ["ZZ101"],
                "column": [f"All{charts_grid.LINE_END}five"],
                "symbol": ["▲"],
                "said": ["3/4"],
                "state": ["breaches"],
            }
        ),
        {},
    ),
    "shares": (
        charts_grid.shares,
        pl.DataFrame({"row": ["Patients"], "column": ["ZZ101"], "missing": [0.1], "said": ["90"]}),
        {},
    ),
    "survival_curve": (
        charts_grid.survival_curve,
        CURVE,
        {"at_risk": json.dumps({"0": 20, "1": 12}), "is_cut": True, "axis": "Alive"},
    ),
    "landmarks": (
        charts_grid.landmarks,
        pl.DataFrame(
            {"years": [1], "rate": [0.8], "lower": [0.7], "upper": [0.9], "said": ["80 %"]}
        ),
        {"axis": "Alive"},
    ),
}


def spec(name: str) -> dict[str, Any]:
    chart, frame, options = DRAWN[name]
    return chart(frame, **options).to_dict()


def walked(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from walked(value)
    elif isinstance(node, list):
        for value in node:
            yield from walked(value)


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_fetches_nothing(name):
    assert "url" not in {key for key, _ in walked(spec(name))}


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_is_valid_by_the_schema_that_pages_do_not_check_again(name):
    chart, frame, options = DRAWN[name]
    assert alt.TopLevelSpec.from_dict(chart(frame, **options).to_dict(), validate=True)


@pytest.mark.parametrize("name", ["rate_rows", "funnel", "survival_curve", "landmarks"])
def test_an_axis_of_rates_starts_at_zero(name):
    domains = [
        value["domain"]
        for key, value in walked(spec(name))
        if (key == "scale" and isinstance(value, dict) and "nice" in value)
        or (key == "scale" and isinstance(value, dict) and value.get("domain") == [0, 1])
    ]
    assert domains
    assert all(domain[0] == 0 for domain in domains)


def test_a_number_that_its_part_of_a_bar_cannot_hold_is_left_to_the_table():
    frame = pl.DataFrame(
        {
            "quarter": ["2025/26 Q4"] * 2,
            "state": ["outcome unknown", "without the event"],
            "count": [1, 39],
            "position": [0, 1],
        }
    )
    drawn = charts.quarters(frame, axis="Procedures").to_dict()
    svg = vl_convert.vegalite_to_svg(drawn | {"width": 300})
    assert ">39<" in svg
    assert ">1<" not in svg


@pytest.mark.parametrize("first", [2, 9])
def test_a_number_stands_in_its_own_part_whatever_part_before_it_is_left_to_the_table(first):
    frame = pl.DataFrame(
        {
            "bar": ["a", "b"] * 3,
            "position": [2, 2, 0, 0, 1, 1],
            "count": [20, 3, first, 0, 30, 1],
        }
    )
    found = charts.parts(frame, "bar", 0.1)
    assert (found["start"] + found["count"]).to_list() == found["end"].to_list()
    assert (found["start"] + found["end"]).to_list() == (2 * found["middle"]).to_list()
    of_a = found.filter(bar="a")
    assert of_a["start"].to_list() == [0, first, first + 30]
    assert of_a["has_room"].to_list() == [first == 9, True, True]
    assert not found.filter(bar="b")["has_room"].any()


NAMED = {"label": pl.String, "eligible": pl.Float64, "rate": pl.Float64}


def funnel_svg(*points: tuple[str, float, float]) -> str:
    """A funnel whose alarm line leaves the frame from n = 20 to 25, and comes back."""
    numbers = [float(n) for n in range(10, 41)]
    lines = pl.DataFrame(
        {
            "eligible": numbers,
            "alert_line": [0.12] * len(numbers),
            "alarm_line": [0.9 if 20 <= n <= 25 else 0.2 for n in numbers],
        }
    )
    drawn = pl.DataFrame(points, schema=NAMED, orient="row")
    frame = pl.concat([lines, drawn.with_columns(state=pl.lit("within"))], how="diagonal")
    spec = charts.funnel(frame, target=0.05, axis="Share", unit="Procedures").to_dict()
    return vl_convert.vegalite_to_svg(spec | {"width": 400})


def test_a_limit_above_the_frame_is_drawn_at_no_other_height():
    (line,) = re.findall(r'<path[^>]* d="([^"]*)"[^>]* stroke="#8C1D18"', funnel_svg())
    heights = {round(float(y)) for y in re.findall(r"[ML][-\d.]+,([-\d.]+)", line)}
    assert heights == {60, -780}  # 20 % of a frame to 25 %; 90 % far above it
    assert 'clip-path="url(#' in funnel_svg()


def placed(*points: tuple[str, float, float]) -> dict[str, str]:
    """Where each name stands beside its point."""
    frame = pl.DataFrame(points, schema=NAMED, orient="row")
    numbers = [float(n) for n in range(2, 41)]
    line = pl.DataFrame({"eligible": numbers, "alert_line": 0.2, "alarm_line": 0.8})
    found = charts._placed(pl.concat([line, frame], how="diagonal"), 0.05, 1.0)
    sides = dict(zip(charts.PLACES, ("above", "right", "left", "below"), strict=True))
    rows = found.select("label", "align", "dx", "dy").iter_rows()
    return {name: sides[(align, dx, dy)] for name, align, dx, dy in rows}


def test_the_name_of_a_site_covers_no_limit_and_no_other_site():
    assert placed(("ZZ101", 20, 0.4)) == {"ZZ101": "above"}
    assert placed(("ZZ101", 20, 0.76)) == {"ZZ101": "right"}
    near = placed(("ZZ101", 20, 0.76), ("ZZ102", 23, 0.76))
    assert near == {"ZZ101": "left", "ZZ102": "right"}


def test_a_name_is_drawn_on_the_side_where_it_has_its_place():
    svg = funnel_svg(("ZZ101", 30, 0.105), ("ZZ102", 30, 0.17))
    assert re.findall(r'text-anchor="(\w+)"[^>]*>(ZZ10[12])<', svg) == [
        ("start", "ZZ101"), ("middle", "ZZ102")
    ] * 2  # fmt: skip


def test_numbers_at_risk_stand_under_their_years():
    words = [value for key, value in walked(spec("survival_curve")) if key == "labelExpr"]
    assert any('{"0": 20, "1": 12}[datum.value]' in word for word in words)


def test_a_curve_that_is_cut_says_where_it_ends():
    assert "ends: fewer than 10 at risk" in json.dumps(spec("survival_curve"))


def test_a_heading_breaks_where_it_is_told_to_and_at_no_sign_of_a_name():
    drawn = DRAWN["matrix"][1].with_columns(row=pl.lit(f"ZZ101{charts_grid.LINE_END}A | B, \\ 'C'"))
    svg = vl_convert.vegalite_to_svg(charts_grid.matrix(drawn).to_dict())
    told = ElementTree.fromstring(svg.replace("\x1f", "")).itertext()
    assert {"ZZ101", "A | B, \\ 'C'", "All", "five"} <= {text.strip() for text in told}


def test_a_label_of_two_lines_stands_above_its_bar_whole():
    bars = pl.DataFrame(
        {"label": ["D03", "D04"], "above": ["2 a long", ""], "said": ["title", "1 short"]}
    ).with_columns(count=pl.Series([2, 1]))
    drawn = charts.count_rows(bars, axis="Findings").to_dict()
    svg = vl_convert.vegalite_to_svg(drawn | {"width": 300})
    assert all(f">{words}<" in svg for words in ("2 a long", "title", "1 short"))
    places = [layer["mark"]["dy"] for layer in drawn["layer"] if layer["mark"]["type"] == "text"]
    assert places == [-15, -29]


def test_the_name_of_a_site_is_clear_of_the_target_that_it_stands_on():
    marks = [layer["mark"] for layer in spec("funnel")["layer"]]
    named = [mark for mark in marks if mark["type"] == "text"]
    assert [mark.get("stroke") for mark in named] == ["white", None]
    assert marks.index(named[0]) > next(n for n, one in enumerate(marks) if one["type"] == "rule")


def test_a_long_name_of_a_row_stands_whole_in_two_lines():
    name = "Response of the treated lesions"
    rows = DRAWN["shares"][1].with_columns(row=pl.lit(name))
    svg = vl_convert.vegalite_to_svg(charts_grid.shares(rows).to_dict())
    told = ElementTree.fromstring(svg.replace("\x1f", "")).itertext()
    assert {"Response of the treated", "lesions"} <= {text.strip() for text in told}
