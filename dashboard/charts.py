"""Charts of rates and counts. Each takes a frame, aggregated before, and returns a chart."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import altair as alt
import polars as pl

from dashboard.layers import Layered, layered
from dashboard.theme import (
    ACCENT,
    HALO,
    INK,
    MUTED,
    PERCENT,
    STATE_COLOURS,
    marks,
    states,
)

ROW = 46  # height of one labelled row: its label stands above its mark, so that phones fit
NEARLY_ALL = 0.9  # from which on an axis of shares ends at all


def rate_rows(frame: pl.DataFrame, /, *, axis: str = "Rate with 95 % interval") -> Layered:
    """Rates with their intervals, one a row.

    Args:
        frame: label, said (n/N and per cent), rate, lower, upper, state; in order.
    """
    largest = max([0.05, *frame["upper"].drop_nulls()])
    order = frame["label"].to_list()
    x = alt.X(
        "rate:Q",
        title=axis,
        axis=alt.Axis(labelExpr=PERCENT, tickCount=5, minExtent=0),
        scale=alt.Scale(domain=[0, largest * 1.02 if largest < NEARLY_ALL else 1.0], nice=False),
    )
    y = alt.Y("label:N", sort=order, axis=None)
    base = alt.Chart(frame)
    colour = alt.Color("state:N", scale=states(_present(frame)), legend=None)
    return layered(
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("lower:Q"), x2=alt.X2("upper:Q"), y=y, color=colour
        ),
        base.mark_point(size=90, opacity=1).encode(x=x, y=y, **_marks(frame)),
        base.mark_text(align="left", dy=-16).encode(x=alt.XValue(0), y=y, text=alt.Text("said:N")),
        height=ROW * frame.height,
    )


def count_rows(frame: pl.DataFrame, /, *, axis: str) -> Layered:
    """Counts as bars, one a row, each labelled above with its words.

    Args:
        frame: label, said (label and number), count; in order. Where one is too long for a
            line: above, its first line, else empty.
    """
    lines = ["above", "said"] if "above" in frame.columns else ["said"]
    y = alt.Y("label:N", sort=frame["label"].to_list(), axis=None)
    counted = alt.Axis(tickMinStep=1, format="d", tickCount=5)
    x = alt.X("count:Q", title=axis, axis=counted, scale=alt.Scale(zero=True))
    base = alt.Chart(frame)
    return layered(
        base.mark_bar(height=12).encode(x=x, y=y),
        *(
            base.mark_text(align="left", dy=-15 - 14 * place).encode(
                x=alt.XValue(0), y=y, text=alt.Text(f"{line}:N")
            )
            for place, line in enumerate(reversed(lines))
        ),
        height=(24 + 14 * len(lines)) * frame.height,
    )


def funnel(frame: pl.DataFrame, /, *, target: float, axis: str, unit: str) -> Layered:
    """Own points against the boundary of the tail rule.

    Args:
        frame: eligible; for the boundary alert_line and alarm_line, for a point rate,
            label and state (null in the boundary's rows).
    """
    x = alt.X(
        "eligible:Q",
        title=unit,
        axis=alt.Axis(tickMinStep=1, format="d"),
        scale=alt.Scale(zero=True),
    )
    highest = max((value for value in frame["rate"] if value is not None), default=0.0)
    top = min(1.0, max(highest * 1.2, target * 4, 0.25))
    y = alt.Y(
        "rate:Q",
        title=axis,
        axis=alt.Axis(labelExpr=PERCENT, tickCount=5),
        scale=alt.Scale(domain=[0, top], nice=False),
    )
    base = alt.Chart(frame)
    lines = [
        base.transform_filter(f"isValid(datum.{name})")
        # Clipped, not left out: a line joined across what was left out would be no limit.
        .mark_line(color=colour, strokeDash=dash, interpolate="step", clip=True)
        .encode(x=x, y=alt.Y(f"{name}:Q"))
        for name, colour, dash in (
            ("alert_line", STATE_COLOURS["alert"], [5, 3]),
            ("alarm_line", STATE_COLOURS["alarm"], [1, 0]),
        )
    ]
    points = base.transform_filter("isValid(datum.rate)")
    names = alt.Chart(_placed(frame, target, top))
    place: dict[str, Any] = {name: alt.ExprRef(f"datum.{name}") for name in ("align", "dx", "dy")}
    goal = alt.Chart(pl.DataFrame({"target": [target]}))
    return layered(
        goal.mark_rule(color=INK, strokeDash=[2, 2]).encode(y=alt.Y("target:Q")),
        *lines,
        points.mark_point(size=110, opacity=1).encode(x=x, y=y, **_marks(frame)),
        *(
            names.mark_text(fontWeight="bold", **place, **style).encode(
                x=x, y=y, text=alt.Text("label:N")
            )
            for style in (HALO, {"color": INK})
        ),
        height=FUNNEL,
    )


Box = tuple[float, float, float, float]  # left, right, bottom, top

FUNNEL = 300  # pixels: its height, and its width where it is narrowest
NAME = (44, 16)  # pixels: the name of a site
POINT = 5  # pixels: from its middle to its edge
# Where a name may stand beside its point, the best first: align, dx, dy.
PLACES = (("center", 0, -14), ("left", 10, 0), ("right", -10, 0), ("center", 0, 14))


def _placed(frame: pl.DataFrame, target: float, top: float) -> pl.DataFrame:
    """The points of a funnel, each with the place of its name: the first that covers nothing."""
    points = frame.filter(pl.col("rate").is_not_null())
    across = max([1.0, *frame["eligible"]]) / FUNNEL
    up = top / FUNNEL
    far = math.inf
    taken: list[Box] = [(0, far, target, target), (0, far, -far, 0), (-far, 0, 0, far)]
    taken += [
        (n - POINT * across, n + POINT * across, rate - POINT * up, rate + POINT * up)
        for n, rate in points["eligible", "rate"].iter_rows()
    ]
    for name in ("alert_line", "alarm_line"):
        line = frame.filter(pl.col(name).is_not_null()).select("eligible", name)
        taken += [
            (n, after, min(limit, later), max(limit, later))
            for (n, limit), (after, later) in pairwise(line.iter_rows())
        ]
    places = []
    for n, rate in points["eligible", "rate"].iter_rows():
        boxes = {place: _box(n, rate, place, (across, up)) for place in PLACES}
        free = [place for place, box in boxes.items() if not any(_meet(box, one) for one in taken)]
        places.append(next(iter(free), PLACES[0]))
        taken.append(boxes[places[-1]])
    return points.with_columns(
        pl.Series(name, [place[n] for place in places], kind)
        for n, (name, kind) in enumerate((("align", pl.String), ("dx", pl.Int64), ("dy", pl.Int64)))
    )


def _box(n: float, rate: float, place: tuple[str, int, int], pixel: tuple[float, float]) -> Box:
    """What a name at this place covers, in the units of the axes."""
    (align, dx, dy), (across, up), (wide, high) = place, pixel, NAME
    left = n + across * (dx - {"left": 0, "center": wide / 2, "right": wide}[align])
    bottom = rate - up * (dy + high / 2)
    return left, left + across * wide, bottom, bottom + up * high


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[1] and other[0] <= one[1] and one[2] <= other[3] and other[2] <= one[3]


def quarters(frame: pl.DataFrame, /, *, axis: str) -> Layered:
    """Counts by quarter, stacked by state.

    Args:
        frame: quarter, state, count, position (order of the states); quarters in order.
    """
    present = frame.unique("state", keep="first", maintain_order=True).sort("position")
    y = alt.Y("start:Q", title=axis, axis=alt.Axis(tickMinStep=1, format="d", tickCount=5))
    base = alt.Chart(parts(frame, "quarter", 0.05)).encode(x=_quarter(frame))
    names = present["state"].to_list()
    # Short names fit on one line even on a phone.
    legend = alt.Legend(columns=3 if sum(map(len, names)) < 25 else 2, title=None)
    colour = alt.Color("state:N", scale=states(names), legend=legend)
    number = base.transform_filter("datum.has_room").mark_text(baseline="middle")
    on_light = alt.ColorValue(
        "white", condition={"test": "datum.state === 'without the event'", "value": INK}
    )
    return layered(
        base.mark_bar().encode(y=y, y2=alt.Y2("end:Q"), color=colour),
        number.encode(y=alt.Y("middle:Q"), text=alt.Text("count:Q"), color=on_light),
        height=240,
    )


def rate_quarters(frame: pl.DataFrame, /, *, axis: str) -> Layered:
    """A rate by quarter with its interval; n/N above each.

    Args:
        frame: quarter, rate, lower, upper, said; quarters in order.
    """
    shares = alt.Axis(labelExpr=PERCENT, tickCount=5)
    y = alt.Y("rate:Q", title=axis, axis=shares, scale=alt.Scale(zero=True))
    base = alt.Chart(frame).encode(x=_quarter(frame))
    return layered(
        base.mark_rule(strokeWidth=2, color=ACCENT).encode(
            y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")
        ),
        base.mark_point(opacity=1).encode(y=y),
        base.mark_text(fontSize=11, color=MUTED, baseline="bottom", dy=-5).encode(
            y=alt.Y("upper:Q"), text=alt.Text("said:N")
        ),
        height=240,
    )


def severity(frame: pl.DataFrame, /) -> Layered:
    """Complications by grade, stacked by relation to the procedure.

    Args:
        frame: grade, relatedness, count, position (order of relatedness); grades in order.
    """
    present = frame.unique("relatedness", keep="first").sort("position")
    shades = [ACCENT, "#5B94D0", "#9DB9D6", "#A3ABB1", "#C5CBCF", "#DDE1E4"][: present.height]
    scale = alt.Scale(domain=present["relatedness"].to_list(), range=shades)
    grades = frame["grade"].unique(maintain_order=True).to_list()
    y = alt.Y("grade:N", sort=grades, title=None, axis=alt.Axis(labelLimit=120))
    x = alt.X(
        "start:Q",
        title="Complications",
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=5),
    )
    base = alt.Chart(parts(frame, "grade", 0.04)).encode(y=y)
    return layered(
        base.mark_bar().encode(
            x=x,
            x2=alt.X2("end:Q"),
            color=alt.Color("relatedness:N", scale=scale, title="Relation"),
        ),
        base.transform_filter("datum.has_room")
        .mark_text(fontWeight="bold")
        .encode(
            x=alt.X("middle:Q"),
            text=alt.Text("count:Q"),
            color=alt.ColorValue(INK, condition={"test": "datum.position === 0", "value": "white"}),
        ),
        height=alt.Step(30),
    )


def parts(frame: pl.DataFrame, bar: str, share: float | pl.Expr) -> pl.DataFrame:
    """Stacked bars part by part: start, end, middle, has_room (for the part's number).

    Args:
        frame: count, position (order within a bar), and the column `bar`.
        share: of the longest bar, which a part needs to hold its number; where it holds
            none, the number is left to the table.
    """
    end = pl.col("count").cum_sum().over(bar)
    longest = pl.col("count").sum().over(bar).max()
    return frame.sort("position", maintain_order=True).with_columns(
        (end - pl.col("count")).alias("start"),
        end.alias("end"),
        (end - pl.col("count") / 2).alias("middle"),
        ((pl.col("count") >= 1) & (pl.col("count") >= share * longest)).alias("has_room"),
    )


def _quarter(frame: pl.DataFrame) -> alt.X:
    # "Q1" over "26/27", the year once: ten quarters still fit on a phone.
    order = frame["quarter"].unique(maintain_order=True).to_list()
    starts = f"split(datum.value, ' ')[1] === 'Q1' || datum.value === '{order[0]}'"
    year = f"{starts} ? slice(split(datum.value, ' ')[0], 2) : ''"
    words = f"[split(datum.value, ' ')[1], {year}]"
    return alt.X(
        "quarter:O",
        sort=order,
        title=None,
        axis=alt.Axis(labelAngle=0, labelExpr=words, labelOverlap=False, grid=False),
    )


def _present(frame: pl.DataFrame) -> list[str]:
    return sorted({state for state in frame["state"] if state is not None})


def _marks(frame: pl.DataFrame) -> dict[str, Any]:
    return marks("state:N", _present(frame))
