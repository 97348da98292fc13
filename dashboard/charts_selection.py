"""Charts of case selection and technique: lesions as points, pairs as bars, margins as cells.

Channels are written as their classes: a shorthand costs Altair 10 to 20 ms each to look up.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from dashboard.layers import Layered, layered
from dashboard.theme import ACCENT, BAND, GREY, HALO, INK, MANY, MUTED

HEIGHT = 230
BOTH, NOT_BOTH, OPEN = "under 30 mm and near", "not both", "cannot tell"
REACHED, SHORT = "planned margin reached", "less than planned"
INSIDE, OUTSIDE = "within the range", "outside it"


def size_and_distance(frame: pl.DataFrame, /, *, within: float) -> Layered:
    """Lesions by distance and size; the lines part what is small and what is near.

    Args:
        frame: distance_mm, size_mm, state (one of three), lesions (how many lie there).
    """
    widest = max([2.0 * within, *frame["distance_mm"]]) * 1.03
    highest = max([50.0, *frame["size_mm"]]) * 1.05
    x = alt.X(
        "distance_mm:Q",
        title="Distance to the nearest vessel or bile duct, mm",
        scale=alt.Scale(domain=[0, widest], nice=False),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    y = alt.Y(
        "size_mm:Q",
        title="Largest diameter, mm",
        scale=alt.Scale(domain=[0, highest], nice=False),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    corner = alt.Chart(pl.DataFrame({"x": [0.0], "x2": [within], "y": [0.0], "y2": [30.0]}))
    points = alt.Chart(frame).mark_point(
        size=60 if frame.height <= MANY else 28, opacity=0.75, filled=False, strokeWidth=1.8
    )
    return layered(
        corner.mark_rect(color=BAND).encode(
            x=alt.X("x:Q"), x2=alt.X2("x2:Q"), y=alt.Y("y:Q"), y2=alt.Y2("y2:Q")
        ),
        *_line(30.0, "30 mm: under is small", is_upright=False),
        *_line(within, f"{within:g} mm: near", is_upright=True),
        points.encode(x=x, y=y, **_cues(frame, LESION_CUES)),
        height=330,
    )


def distribution(
    frame: pl.DataFrame,
    /,
    *,
    axis: str,
    low: float | None,
    high: float | None,
    said: str,
    unit: str,
) -> Layered:
    """Bars of counts over the recommended range, named above it.

    Args:
        frame: start, end, from_count, to_count, state (within the range, outside it).
        axis: what is measured, with its unit. low, high, said: the range, None without one.
    """
    most = max([1, *frame["to_count"]])
    limits = [value for value in (low, high) if value is not None]
    ends = [*frame["start"], *frame["end"], *limits] or [0.0, 1.0]
    room = (max(ends) - min(ends)) / 40  # so that a limit at the edge is seen as one
    left, right = min(ends) - room if min(ends) > 0 else min(ends), max(ends) + room
    # A label near an end would else be cut where the chart is narrow.
    x = alt.X(
        "start:Q",
        title=axis,
        scale=alt.Scale(domain=[left, right], nice=False, zero=False),
        axis=alt.Axis(
            tickCount=7, grid=False, labelFlush=12, labelOverlap="greedy", labelSeparation=8
        ),
    )
    y = alt.Y(
        "from_count:Q",
        title=unit,
        scale=alt.Scale(domain=[0, most * 1.25], nice=False),
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=4, minExtent=36),
    )
    layers: list[alt.Chart] = []
    if low is not None and high is not None:
        band = alt.Chart(pl.DataFrame({"low": [low], "high": [high], "said": [said]}))
        layers.append(band.mark_rect(color=BAND).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")))
    bars = alt.Chart(frame).mark_bar(stroke=ACCENT, strokeWidth=1)
    fill = alt.Scale(domain=[INSIDE, OUTSIDE], range=[ACCENT, "white"])
    layers.append(
        bars.encode(
            x=x,
            x2=alt.X2("end:Q"),
            y=y,
            y2=alt.Y2("to_count:Q"),
            fill=alt.Fill("state:N", scale=fill, legend=None),
        )
    )
    if low is not None and high is not None:
        layers.append(_named(band, (low + high) / 2, left, right))
    return layered(*layers, height=HEIGHT)


def margins(frame: pl.DataFrame, /) -> Layered:
    """Planned by achieved margin in whole mm; on the line and above, what was planned is there.

    Args:
        frame: planned_mm, achieved_mm, lesions, state.
    """
    most = max([10.0, *frame["planned_mm"]]) + 1
    low = min([0.0, *frame["achieved_mm"]]) - 1
    high = max([10.0, *frame["achieved_mm"]]) + 1
    x = alt.X(
        "planned_mm:Q",
        title="Planned margin, mm",
        scale=alt.Scale(domain=[0, most], nice=False),
        axis=alt.Axis(tickMinStep=1, tickCount=8, grid=False),
    )
    y = alt.Y(
        "achieved_mm:Q",
        title="Smallest margin achieved, mm",
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(tickMinStep=1, tickCount=8, grid=False),
    )
    reach = min(most, high)
    even = alt.Chart(pl.DataFrame({"at": [0.0, reach], "same": [0.0, reach]}))
    largest = max([1, *frame["lesions"]])
    area = alt.Scale(domain=[1, max(2, largest)], range=[40, 420])
    size = alt.Size("lesions:Q", scale=area, legend=None)
    base = alt.Chart(frame)
    return layered(
        even.mark_line(color=INK, strokeDash=[4, 3], strokeWidth=1).encode(
            x=alt.X("at:Q"), y=alt.Y("same:Q")
        ),
        *_line(0.0, "0 mm: edge of the tumour", is_upright=False),
        base.mark_point(opacity=1, filled=False, strokeWidth=1.8).encode(
            x=x, y=y, size=size, **_cues(frame, MARGIN_CUES)
        ),
        base.transform_filter("datum.lesions > 1")
        .mark_text(fontSize=11)
        .encode(x=x, y=y, text=alt.Text("lesions:Q")),
        height=330,
    )


LESION_CUES = {BOTH: (ACCENT, "circle"), NOT_BOTH: (MUTED, "square"), OPEN: (GREY, "diamond")}
MARGIN_CUES = {REACHED: (ACCENT, "circle"), SHORT: (MUTED, "square")}


def _cues(frame: pl.DataFrame, known: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Colour and shape of the states that are there, in one legend."""
    present = [state for state in known if state in set(frame["state"])]
    if not present:
        return {}  # a legend of nothing is drawn at infinity
    legend = alt.Legend(title=None, columns=2, symbolOpacity=1)
    colours = alt.Scale(domain=present, range=[known[state][0] for state in present])
    shapes = alt.Scale(domain=present, range=[known[state][1] for state in present])
    return {
        "color": alt.Color("state:N", scale=colours, legend=legend),
        "shape": alt.Shape("state:N", scale=shapes, legend=legend),
    }


def _line(at: float, said: str, *, is_upright: bool) -> list[alt.Chart]:
    """A line across the chart with its words at the far end, readable upon other marks."""
    drawn = alt.Chart(pl.DataFrame({"at": [at], "said": [said]}))
    styles = (HALO, {"color": INK})
    if is_upright:
        place: dict[str, Any] = {"x": alt.X("at:Q"), "y": alt.YValue(10)}
        texts = [drawn.mark_text(align="left", dx=5, **style) for style in styles]
        rule = drawn.mark_rule(color=INK, strokeDash=[4, 3]).encode(x=alt.X("at:Q"))
    else:
        place = {"x": alt.XValue("width"), "y": alt.Y("at:Q")}
        texts = [drawn.mark_text(align="right", dx=-4, dy=-8, **style) for style in styles]
        rule = drawn.mark_rule(color=INK, strokeDash=[4, 3]).encode(y=alt.Y("at:Q"))
    return [rule, *(text.encode(**place, text=alt.Text("said:N")) for text in texts)]


def _named(band: alt.Chart, middle: float, left: float, right: float) -> alt.Chart:
    """The range's words above its middle, or from the edge that the middle is near to."""
    share = (middle - left) / (right - left)
    at = alt.X("at:Q")
    style: dict[str, Any] = {"align": "center"}
    where = "(datum.low + datum.high) / 2"
    if share < 0.25:
        style, where = {"align": "left", "dx": 4}, "datum.low"
    elif share > 0.75:
        style, where = {"align": "right", "dx": -4}, "datum.high"
    text = band.transform_calculate(at=where).mark_text(fontSize=11, color=MUTED, **style)
    named: alt.Chart = text.encode(x=at, y=alt.YValue(8), text=alt.Text("said:N"))
    return named
