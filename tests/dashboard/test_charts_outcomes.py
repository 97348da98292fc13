"""The charts of outcomes, drawn with no event, one, five and five hundred."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import altair as alt
import polars as pl
import pytest
import vl_convert

from dashboard import charts_grid, charts_outcomes
from dashboard.charts_outcomes import MARKS
from sql.reader_incidence import _incidence
from sql.reader_survival import TOLD, _survival

SIZES = {"no event": (0, 30), "one": (1, 30), "five": (5, 40), "five hundred": (500, 900)}


def followed(events: int, units: int) -> pl.DataFrame:
    """Units followed for up to three years, in the order of their ends: the causes in turn."""
    causes = ["local progression", "death", "transplant"]
    ended = [causes[n % 3] if n < events else None for n in range(units)]
    return pl.DataFrame(
        {
            "site_id": ["ZZ101"] * units,
            "time_days": [30.0 + 1000 * n / units for n in range(units)],
            "value": [int(end is not None) for end in ended],
            "ended_by": pl.Series(ended, dtype=pl.String),
        }
    )


def drawn(name: str, frame: pl.DataFrame, **options: object) -> dict[str, object]:
    chart = getattr(charts_outcomes, name, None) or getattr(charts_grid, name)
    return chart(frame, **options).to_dict()


def svg(spec: dict[str, object], width: int = 600) -> str:
    return vl_convert.vegalite_to_svg(spec | {"width": width})


def incidence(events: int, units: int, indicator: str = "E4_LTP") -> dict[str, object]:
    found = _incidence(followed(events, units), indicator, None, None)
    numbers = json.dumps({str(year): n for year, n in found.at_risk.iter_rows()})
    frame = found.curve.select("years", "cause", "estimate", "lower", "upper")
    shown = {"at_risk": numbers, "is_cut": found.is_cut, "axis": "Share of patients"}
    return drawn("incidence", frame, **shown)


def survival(events: int, units: int) -> dict[str, object]:
    found = _survival(followed(events, units), None, None, TOLD["E5_PFS"])
    numbers = json.dumps({str(year): n for year, n in found.at_risk.iter_rows()})
    shown = {"at_risk": numbers, "is_cut": found.is_cut, "axis": "Alive"}
    return drawn("survival_curve", found.curve, **shown)


def waterfall(patients: int) -> dict[str, object]:
    classes = ["PD", "SD", "PR", "CR", "not evaluable"]
    frame = pl.DataFrame(
        {
            "rank": range(1, patients + 1),
            "change_percent": [60.0 - 160.0 * n / max(1, patients) for n in range(patients)],
            "response": [classes[n % 5] for n in range(patients)],
        },
        schema={"rank": pl.Int64, "change_percent": pl.Float64, "response": pl.String},
    )
    return drawn("waterfall", frame, unit=f"{patients} patients, a bar each")


def life(answers: int) -> list[dict[str, object]]:
    """Mean change and shares of so many answers at month 3, and of one at month 12."""
    frame = pl.DataFrame(
        {
            "visit": ["month 3", "month 12"],
            "mean": [-4.0, 2.0],
            "lower": [-9.0, None],
            "upper": [1.0, None],
            "said": [f"n = {answers}", "n = 1"],
        }
    )
    shares = pl.DataFrame(
        {
            "visit": ["month 3"] * 3,
            "state": list(charts_outcomes.SHARES),
            "count": [answers // 2, 0, answers - answers // 2],
            "position": [0, 1, 2],
            "letter": [f"+ {answers // 2}", "= 0", f"− {answers - answers // 2}"],
        }
    )
    axis = "Mean change, points (up is better)"
    return [
        drawn("mean_change", frame, axis=axis, smallest=10.0),
        drawn("better_or_worse", shares),
    ]


def swimmer(events: int) -> dict[str, object]:
    kinds = list(MARKS)
    frame = pl.DataFrame(
        {
            "lane": ["P1", "P2", *(f"P{1 + n % 2}" for n in range(events))],
            "months": [12.0, 20.0, *(12 * n / max(1, events) for n in range(events))],
            "event": [None, None, *(kinds[n % len(kinds)] for n in range(events))],
        },
        schema={"lane": pl.String, "months": pl.Float64, "event": pl.String},
    )
    return drawn("swimmer", frame)


def every_chart(size: str) -> list[dict[str, object]]:
    events, units = SIZES[size]
    return [
        incidence(events, units),
        incidence(events, units, "E4_LTPL"),
        survival(events, units),
        waterfall(max(1, events)),
        swimmer(events),
        *life(max(1, events)),
    ]


@pytest.mark.parametrize("size", ["one", "five"])
def test_a_chart_is_valid_by_the_schema_that_pages_do_not_check_again(size):
    for spec in every_chart(size):
        assert alt.TopLevelSpec.from_dict(spec, validate=True)


@pytest.mark.parametrize("size", SIZES)
def test_every_number_of_events_can_be_drawn(size):
    for spec in every_chart(size):
        assert svg(spec).startswith("<svg")
        assert "NaN" not in svg(spec, 300)
        assert "url" not in json.dumps(spec["datasets"])


def test_the_bands_are_stacked_and_their_ends_named_without_a_number():
    spec = incidence(5, 40)
    found = _incidence(followed(5, 40), "E4_LTP", None, None).curve
    wide, narrow = bold(svg(spec, 800)), bold(svg(spec, 260))
    assert wide == [f"{letter} {cause}" for cause, letter in charts_outcomes.CAUSES.items()]
    assert narrow == ["L", "D", "T"]
    tops = charts_outcomes._stacked(found).group_by("years").agg(pl.col("top").max())
    sums = found.group_by("years").agg(pl.col("estimate").sum())
    both = tops.join(sums, on="years")
    assert both["top"].to_list() == pytest.approx(both["estimate"].to_list())


def bold(drawn: str) -> list[str]:
    """What stands at the ends of the bands."""
    return re.findall(r'font-weight="bold"[^>]*>([^<]*)<', drawn)


def test_what_did_not_happen_is_not_named():
    drawn = svg(incidence(0, 30), 800)
    assert bold(drawn) == ["L local progression"]
    assert "transplant" not in drawn


def test_labels_of_thin_bands_do_not_lie_on_each_other():
    stacked = charts_outcomes._stacked(_incidence(followed(3, 300), "E4_LTP", None, None).curve)
    ends = charts_outcomes._ends(stacked, 0.25)
    places = ends["label_at"].to_list()
    assert len(places) == 3
    assert all(later - one > 0.015 for one, later in pairwise(places))
    assert ends["above"][-1] >= max(places)  # where the curve's end is told, a line higher


def test_a_curve_that_ends_early_says_why():
    assert "ends: fewer than 10 at risk" in svg(incidence(5, 40))
    assert "ends: fewer than 10 at risk" in svg(survival(5, 40))


def test_the_axis_reaches_to_the_end_of_the_curve():
    frame = pl.DataFrame(
        {
            "years": [0.0, 2.9],
            "estimate": [1.0, 0.5],
            "lower": [None, 0.3],
            "upper": [None, 0.7],
            "censored": [0, 1],
        }
    )
    shown = {"at_risk": json.dumps({"0": 40, "1": 30, "2": 20}), "is_cut": False, "axis": "Alive"}
    spec = json.dumps(drawn("survival_curve", frame, **shown))
    assert '"domain": [0, 2.9' in spec


def test_every_mark_has_a_shape_of_its_own_beside_its_colour():
    shapes = [shape for _, shape in MARKS.values()]
    assert len(set(shapes)) == len(shapes)
    words = svg(waterfall(5))
    for response in ("CR", "PR", "SD", "PD"):
        assert f">{response}<" in words
    assert "5 patients, a bar each" in words
    assert "Best change of the sum of viable diameters" in words


def test_better_and_worse_are_told_by_a_sign_and_a_number():
    change, shares = (svg(spec) for spec in life(5))
    assert ">+ 2<" in shares
    assert ">− 3<" in shares
    assert ">= 0<" not in shares
    assert ">n = 5<" in change
    assert "Mean change, points (up is better)" in change


def test_every_number_stands_in_its_own_part_of_the_bar():
    counts = {"month 1": [1, 13, 18], "month 3": [0, 21, 7], "month 12": [3, 6, 4], "late": [0] * 3}
    names = list(charts_outcomes.SHARES)
    frame = pl.DataFrame(
        [
            (visit, names[n], count, n, f"{'+=−'[n]} {count}")
            for visit, found in counts.items()
            for n, count in enumerate(found)
        ],
        schema=["visit", "state", "count", "position", "letter"],
        orient="row",
    )
    words = svg(drawn("better_or_worse", frame), 400)
    bars = re.findall(
        r'd="M([\d.]+),([\d.]+)h([\d.]+)v20[^"]*" fill="(#\w+)"', words.replace("L", "h")
    )
    said = re.findall(r'translate\(([\d.]+),([\d.]+)\)"[^>]*bold[^>]*>([+=−]) (\d+)<', words)
    assert [f"{sign} {count}" for *_, sign, count in said] == [
        "+ 3", "= 13", "= 21", "= 6", "− 18", "− 7", "− 4"
    ]  # fmt: skip
    colours = dict(zip("+=−", charts_outcomes.SHARES.values(), strict=True))
    widest = max(float(wide) for *_, wide, _ in bars)
    for x, y, sign, count in said:
        (of,) = [
            (float(left), float(wide))
            for left, up, wide, fill in bars
            if fill == colours[sign] and float(up) < float(y) < float(up) + 20
        ]
        reach = 3.4 * len(f"{sign} {count}")  # pixels, half the width of the words
        assert of[0] <= float(x) - reach
        assert float(x) + reach <= of[0] + of[1]
        assert of[1] == pytest.approx(widest * int(count) / 21, abs=0.01)


@pytest.mark.parametrize(("end", "side"), [(1.0, "left"), (2.0, "right")])
def test_the_word_at_the_end_of_a_curve_stands_where_there_is_room(end, side):
    frame = pl.DataFrame(
        {
            "years": [0.0, end],
            "estimate": [1.0, 0.5],
            "lower": [None, 0.3],
            "upper": [None, 0.7],
            "censored": [0, 1],
        }
    )
    numbers = json.dumps({"0": 40, "1": 30, "2": 9})
    spec = drawn("survival_curve", frame, at_risk=numbers, is_cut=True, axis="Alive")
    under, said = [one for one in spec["layer"] if one["mark"].get("dy") == 22]
    assert under["encoding"] == said["encoding"]
    assert said["mark"]["align"] == side
