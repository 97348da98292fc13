"""Charts that are grids (states, shares), and survival curves."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import Any, cast

import altair as alt
import polars as pl

from dashboard.layers import Layered, layered
from dashboard.theme import ACCENT, GREY, HALO, INK, MUTED, PERCENT, states

CELL = 44
BARE: dict[str, Any] = {"domain": False, "ticks": False, "grid": False}
HEADING: dict[str, Any] = BARE | {"orient": "top", "labelAngle": 0, "labelOverlap": False}
# Parts a heading into lines; no name has it, and a name may have any sign that can be typed.
LINE_END = "\u001f"
IN_LINES = r"split(datum.value, '\u001f')"
# The same in one line, for a chart of so many pixels: only the browser knows its width.
IN_ONE = r"replace(replace(datum.value, '-\u001f', ''), '\u001f', ' ')"
ROOMY = 640
# The first line of a name stands at the middle of its row: two lines stand about it.
CENTRED: dict[str, Any] = {
    "condition": {"test": r"indexof(datum.value, '\u001f') >= 0", "value": -6},
    "value": 0,
}
LONGEST_NAME = 24  # letters of a row's name on one line, beside which a phone has room for cells
TWO_LINES = 17  # room for the second line of a heading, which runs towards the cells


def matrix(frame: pl.DataFrame, /) -> Layered:
    """A grid of states: the symbol, and under it what it counts.

    Args:
        frame: row, column (both may hold LINE_END), symbol, said, state; rows and columns in
            order.
    """
    is_split = frame["column"].str.contains(LINE_END, literal=True).any()
    x = alt.X(
        "column:N",
        sort=_order(frame, "column"),
        title=None,
        axis=alt.Axis(
            labelExpr=f"width > {ROOMY} ? {IN_ONE} : {IN_LINES}",
            labelFontSize=11,
            labelPadding=TWO_LINES if is_split else 4,
            **HEADING,
        ),
    )
    y = alt.Y(
        "row:N",
        sort=_order(frame, "row"),
        title=None,
        axis=alt.Axis(
            labelExpr=IN_LINES, labelOffset=CENTRED, labelFontSize=11, labelLimit=230, **BARE
        ),
    )
    base = alt.Chart(frame).encode(x=x, y=y)
    present = sorted(set(frame["state"]))
    colour = alt.Color("state:N", scale=states(present), legend=None)
    has_text = frame["said"].str.len_chars().max() not in (0, None)
    return layered(
        base.mark_rect(color="#F3F5F7", stroke="white", strokeWidth=3),
        base.mark_text(fontSize=17, dy=-8 if has_text else 0).encode(
            text=alt.Text("symbol:N"), color=colour
        ),
        base.mark_text(fontSize=11, dy=11).encode(text=alt.Text("said:N")),
        height=alt.Step(CELL if has_text else 30),
    )


def shares(frame: pl.DataFrame, /) -> Layered:
    """A grid of shares, of a deeper orange where more is missing.

    Args:
        frame: row, column, missing (0 to 1), said.
    """
    # Many sites: "ZZ" over "101", so that the headings fit on a phone.
    is_crowded = frame["column"].n_unique() > 4
    words = "[slice(datum.value, 0, 2), slice(datum.value, 2)]" if is_crowded else "datum.value"
    x = alt.X(
        "column:N",
        sort=_order(frame, "column"),
        title=None,
        axis=alt.Axis(labelExpr=words, labelPadding=TWO_LINES if is_crowded else 4, **HEADING),
    )
    lines = {name: LINE_END.join(wrap(name, LONGEST_NAME)) for name in _order(frame, "row")}
    frame = frame.with_columns(pl.col("row").replace(lines))
    y = alt.Y(
        "row:N",
        sort=_order(frame, "row"),
        title=None,
        axis=alt.Axis(
            labelExpr=IN_LINES, labelOffset=CENTRED, labelLineHeight=12, labelLimit=210, **BARE
        ),
    )
    base = alt.Chart(frame).encode(x=x, y=y)
    cell = base.mark_rect(stroke="white", strokeWidth=2)
    scale = alt.Scale(domain=[0, 0.2], range=[0, 1], clamp=True)
    return layered(
        cell.encode(color=alt.ColorValue("#F3F5F7")),
        cell.encode(
            color=alt.ColorValue("#F0A868"),
            fillOpacity=alt.FillOpacity("missing:Q", scale=scale, legend=None),
        ),
        base.mark_text(fontSize=11).encode(text=alt.Text("said:N")),
        height=alt.Step(26 if all(LINE_END not in name for name in lines.values()) else 32),
    )


def survival_curve(frame: pl.DataFrame, /, *, at_risk: str, is_cut: bool, axis: str) -> Layered:
    """Kaplan-Meier: step curve, interval band, ticks where someone was censored.

    Args:
        frame: years, estimate, lower, upper, censored; ascending.
        at_risk: JSON object of whole year to number at risk, written under the axis.
        is_cut: True where the curve ends before the last follow-up; a mark says so.
    """
    ends_at = max([0.0, *frame["years"].to_list()])
    x = years_axis(at_risk, until=ends_at + 0.05)
    y = alt.Y(
        "estimate:Q",
        title=axis,
        axis=alt.Axis(labelExpr=PERCENT, tickCount=5),
        scale=alt.Scale(domain=[0, 1]),
    )
    base = alt.Chart(frame).encode(x=x)
    layers = [
        base.transform_filter("isValid(datum.lower)")
        .mark_area(opacity=0.16, color=ACCENT, interpolate="step-after")
        .encode(y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")),
        base.mark_line(color=ACCENT, strokeWidth=2.5, interpolate="step-after").encode(y=y),
        base.transform_filter("datum.censored > 0")
        .mark_tick(color=ACCENT, orient="vertical", size=9, thickness=1.5)
        .encode(y=y),
    ]
    if is_cut and frame.height:
        layers += end_of_curve(frame.tail(1), x, y, dy=22)
    return layered(*layers, height=340)


def years_axis(at_risk: str, *, until: float = 0.0, since: str = "the first procedure") -> alt.X:
    """Years since a procedure, the number at risk under each.

    Args:
        at_risk: JSON object of whole year to number at risk.
        until: years that the axis must reach.
    """
    numbers = json.loads(at_risk)
    last = max((int(year) for year in numbers), default=1)
    words = f"[datum.label, {json.dumps(numbers)}[datum.value]]"
    return alt.X(
        "years:Q",
        title=[f"Years since {since}", "(below: number at risk)"],
        scale=alt.Scale(domain=[0, max(last + 0.25, until)], nice=False),
        axis=alt.Axis(values=list(range(last + 1)), labelExpr=words, format="d", grid=False),
    )


EARLY = 0.48  # of the axis
ENDS = alt.TextValue("ends: fewer than 10 at risk")


def end_of_curve(
    last: pl.DataFrame, x: alt.X, y: alt.Y, *, dy: int, said_at: alt.Y | None = None
) -> list[alt.Chart]:
    """What marks that a curve ends before the last follow-up, and why, beside the end itself
    or at `said_at`."""
    end = alt.Chart(last)
    # A curve that ends early has no room on its left, least of all on a phone.
    axis = cast(dict[str, Any], x.to_dict())
    is_early = last["years"][0] < EARLY * axis["scale"]["domain"][1]
    place: dict[str, Any] = {"align": "left", "dx": 8} if is_early else {"align": "right", "dx": -8}
    # Over grid lines and the edge of an interval the words stand on a halo.
    under, said = (end.mark_text(dy=dy, **place, **ink) for ink in (HALO, {"color": MUTED}))
    return [
        end.mark_point(size=60, filled=False, stroke=INK, opacity=1).encode(x=x, y=y),
        *(one.encode(x=x, y=said_at or y, text=ENDS) for one in (under, said)),
    ]


def landmarks(frame: pl.DataFrame, /, *, axis: str) -> Layered:
    """Published survival at whole years: points with intervals, no curve.

    Args:
        frame: years, rate, lower, upper, said.
    """
    x = alt.X(
        "years:O", title="Years since the first procedure", axis=alt.Axis(labelAngle=0, grid=False)
    )
    y = alt.Y(
        "rate:Q",
        title=axis,
        axis=alt.Axis(labelExpr=PERCENT, tickCount=5),
        scale=alt.Scale(domain=[0, 1]),
    )
    base = alt.Chart(frame).encode(x=x)
    return layered(
        base.mark_rule(strokeWidth=2, color=GREY).encode(y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")),
        base.mark_point(opacity=1).encode(y=y),
        base.mark_text(dx=10, align="left").encode(y=y, text=alt.Text("said:N")),
        height=220,
    )


def _order(frame: pl.DataFrame, column: str) -> list[str]:
    return frame[column].unique(maintain_order=True).to_list()
