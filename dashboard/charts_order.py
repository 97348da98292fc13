"""Charts in order of time: procedures between events, and the CUSUM, on one axis."""

from __future__ import annotations

import json

import altair as alt
import polars as pl

from dashboard.layers import Layered, layered
from dashboard.theme import ACCENT, HALO, INK, MANY, MUTED, STATE_COLOURS, states

HEIGHT = 230
ROOM = 1.25  # the value axis reaches beyond the highest mark: sentinel events stand above
MOST_NUMBERED = 25
SHAPES = {
    "run of short gaps": "triangle-up",
    "run of long gaps": "cross",
    "long gap": "cross",
    "signal": "square",
}


def gaps(frame: pl.DataFrame, /, *, last: int, ticks: str, axis: str, unit: str) -> Layered:
    """Event-free procedures before each event, at the event's place; their median and limit.

    Args:
        frame: number, and for a gap between, state (its reading), centre, upper; for the
            procedures since the last event open (their count); for a sentinel event event.
            Null in the rows of the others.
        last: the last procedure's number; ticks: JSON of number to month, for the axis.
    """
    drawn = [value for name in ("between", "upper", "open") for value in frame[name].drop_nulls()]
    highest = float(max([2, *drawn]))
    base = alt.Chart(frame)
    x = _ordered(last, ticks, unit)
    y = alt.Y(
        "between:Q",
        title=axis,
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=4, minExtent=44),
        scale=alt.Scale(domain=[0, highest * ROOM], nice=False),
    )
    seen = base.transform_filter("isValid(datum.between)")
    few = seen_count(frame, "between") <= MOST_NUMBERED
    present = sorted(set(frame["state"].drop_nulls()))
    colour = alt.Color("state:N", scale=states(present), legend=None)
    shapes = alt.Scale(domain=present, range=[SHAPES.get(one, "circle") for one in present])
    layers: list[alt.Chart] = [
        seen.mark_rule(strokeWidth=1, color=MUTED, opacity=1 if few else 0.4).encode(
            x=x, y=y, y2=alt.Y2Datum(0)
        ),
        seen.mark_point(size=_size(frame, "between"), opacity=1).encode(
            x=x, y=y, color=colour, shape=alt.Shape("state:N", scale=shapes, legend=None)
        ),
        *_open(base, x, y),
        *_sentinel(base, x),
        *_line(frame, "upper", "limit of long gaps", STATE_COLOURS["alarm"], [1, 0]),
        *_line(frame, "centre", "median", INK, [4, 3]),
    ]
    if few:
        layers.append(seen.mark_text(dy=-12).encode(x=x, y=y, text=alt.Text("between:Q")))
    return layered(*layers, height=HEIGHT)


def cusum(frame: pl.DataFrame, /, *, last: int, ticks: str, threshold: float, unit: str) -> Layered:
    """The CUSUM after each procedure, from 0 again after a signal, against its threshold.

    Args:
        frame: number, step (order of the line's points), up; is_signal; for a sentinel
            event event. Null in the rows of the others.
        last, ticks: as in `gaps`.
    """
    highest = max([threshold, *(value for value in frame["up"] if value is not None)])
    x = _ordered(last, ticks, unit)
    y = alt.Y(
        "up:Q",
        title="Evidence for doubled odds",
        axis=alt.Axis(tickCount=4, minExtent=44),
        scale=alt.Scale(domain=[0, highest * ROOM], nice=False),
    )
    base = alt.Chart(frame)
    alarm = STATE_COLOURS["alarm"]
    is_few = frame.filter("is_signal").height <= MANY
    line = base.transform_filter("isValid(datum.up)").mark_line(
        color=ACCENT, strokeWidth=2 if is_few else 1
    )
    return layered(
        line.encode(x=x, y=y, order=alt.Order("step:Q")),
        base.transform_filter("datum.is_signal")
        .mark_point(size=100 if is_few else 22, shape="square", color=alarm, opacity=1)
        .encode(x=x, y=y),
        *_sentinel(base, x),
        *_level([threshold], [f"signal at {threshold:g}"], alarm, [1, 0]),
        height=HEIGHT,
    )


def seen_count(frame: pl.DataFrame, name: str) -> int:
    return frame.height - frame[name].null_count()


def _ordered(last: int, ticks: str, unit: str) -> alt.X:
    """Number of the procedure, with the month of every few below it."""
    months = json.loads(ticks)
    words = f"['no. ' + datum.label, {ticks}[datum.value] || '']"
    return alt.X(
        "number:Q",
        title=f"{unit.capitalize()}, in order of time",
        scale=alt.Scale(domain=[0, last + 1], nice=False),
        axis=alt.Axis(
            values=[int(number) for number in months],
            labelExpr=words,
            format="d",
            grid=False,
            labelFlush=NEAR_END,
            labelSeparation=8,
        ),
    )


NEAR_END = 24  # pixels from the end of an axis within which a month would run out of a phone


def _line(
    frame: pl.DataFrame, name: str, title: str, colour: str, dash: list[int]
) -> list[alt.Chart]:
    values = frame[name].drop_nulls().unique().to_list()
    return _level(values, [f"{title} {value:.3g}" for value in values], colour, dash)


def _level(values: list[float], said: list[str], colour: str, dash: list[int]) -> list[alt.Chart]:
    """Lines across the chart, each with its words at the left, readable upon other marks."""
    drawn = alt.Chart(pl.DataFrame({"level": values, "said": said}, schema=LEVEL))
    y = alt.Y("level:Q")
    return [
        drawn.mark_rule(color=colour, strokeDash=dash).encode(y=y),
        *(
            drawn.mark_text(align="left", dx=4, dy=-8, **style).encode(
                x=alt.XValue(0), y=y, text=alt.Text("said:N")
            )
            for style in (HALO, {"color": colour})
        ),
    ]


LEVEL = {"level": pl.Float64, "said": pl.String}


def _open(base: alt.Chart, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The procedures since the last event: not a gap yet, so hollow."""
    since = base.transform_filter("isValid(datum.open)")
    height = y.copy()
    height.shorthand = "open:Q"
    return [
        since.mark_rule(strokeWidth=1, color=MUTED, strokeDash=[2, 3]).encode(
            x=x, y=height, y2=alt.Y2Datum(0)
        ),
        since.mark_point(size=90, filled=False, stroke=ACCENT, opacity=1).encode(x=x, y=height),
        # Above the words of the gap before it, which may end as high.
        *(
            since.mark_text(align="right", dx=4, dy=-26, **style).encode(
                x=x, y=height, text=alt.Text("said:N")
            )
            for style in (HALO, {"color": INK})
        ),
    ]


def _sentinel(base: alt.Chart, x: alt.X) -> list[alt.Chart]:
    """Events that are reviewed singly, along the upper edge."""
    events = base.transform_filter("isValid(datum.event)")
    mark = events.mark_point(shape="diamond", size=70, color=INK, opacity=1)
    return [mark.encode(x=x, y=alt.YValue(8))]


def _size(frame: pl.DataFrame, name: str) -> int:
    return 80 if seen_count(frame, name) <= MANY else 22
