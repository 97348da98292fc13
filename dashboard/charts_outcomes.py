"""Charts of outcomes: what ended the time without progression, best responses, courses."""

from __future__ import annotations

from typing import Any, cast

import altair as alt
import polars as pl

from dashboard.charts import parts
from dashboard.charts_grid import end_of_curve, years_axis
from dashboard.layers import Layered, layered
from dashboard.theme import (
    ACCENT,
    GREEN,
    GREY,
    INK,
    MUTED,
    PERCENT,
    PURPLE,
    SKY,
    VERMILION,
)

# The letter stands beside each band: colour is never the only cue.
FIRST = "local progression"
CAUSES = {FIRST: "L", "death": "D", "transplant": "T"}
BANDS = {FIRST: "#8DB4DE", "death": "#B9C0C5", "transplant": "#E3C4D6"}
SHARES = {"better": GREEN, "no change": "#DCE6F2", "worse": VERMILION}
SIGN = 0.028  # of the longest bar on a phone: a letter, digit or space of what is written in it
LANE = 15  # pixels: the height of one patient's lane

# Responses and events: colour and shape say the same.
MARKS = {
    "CR": (GREEN, "circle"),
    "PR": (SKY, "triangle-down"),
    "SD": (GREY, "square"),
    "PD": (VERMILION, "triangle-up"),
    "not evaluable": (MUTED, "stroke"),
    "IRE": (ACCENT, "diamond"),
    "transplant": (PURPLE, "M0,-1.3L0.4,-0.4L1.3,-0.3L0.6,0.3L0.8,1.2L0,0.7L-0.8,1.2L-0.6,0.3"
                   "L-1.3,-0.3L-0.4,-0.4Z"),
    "other treatment": ("#7A5B00", "cross"),
    "death": (INK, "M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6"
              "L-0.4,0Z"),
    "alive": (MUTED, "triangle-right"),
}  # fmt: skip


def incidence(frame: pl.DataFrame, /, *, at_risk: str, is_cut: bool, axis: str) -> Layered:
    """Cumulative incidence of every cause, stacked; of the first its interval, dotted.

    Args:
        frame: years, cause, estimate, lower, upper; each cause at each time, ascending.
        at_risk: JSON object of whole year to number at risk, written under the axis.
        is_cut: True where the curves end before the last follow-up; a mark says so.
    """
    causes = occurred(frame)
    stacked = _stacked(frame.filter(pl.col("cause").is_in(list(causes))))
    tops = [value for name in ("top", "upper") for value in stacked[name].drop_nulls()]
    most = min(1.0, max([0.25, *(1.15 * value for value in tops)]))
    ends = _ends(stacked, most)
    last = max([0.0, *ends["years"]])
    x = years_axis(at_risk, until=1.35 * max(1.0, last), since="the first effective session")
    until = cast(dict[str, Any], x.to_dict())["scale"]["domain"][1]
    # Whole where the chart is wide enough: its width is known to the browser alone.
    said = f"width * {1 - last / until:.3f} > {LONGEST_CAUSE} ? datum.name : datum.letter"
    y = alt.Y(
        "top:Q",
        title=axis,
        axis=alt.Axis(labelExpr=PERCENT, tickCount=5),
        scale=alt.Scale(domain=[0, most], nice=False),
    )
    base = alt.Chart(stacked).encode(x=x)
    first = base.transform_filter(f"datum.cause === '{FIRST}'")
    names = [f"{letter} {cause}" for cause, letter in causes.items()]
    colours = alt.Scale(domain=names, range=[BANDS[cause] for cause in causes])
    legend = alt.Legend(title=None, columns=3)
    layers = [
        base.mark_area(interpolate="step-after").encode(
            y=y, y2=alt.Y2("bottom:Q"), color=alt.Color("name:N", scale=colours, legend=legend)
        ),
        base.mark_line(color=MUTED, strokeWidth=0.8, interpolate="step-after").encode(
            y=y, detail=alt.Detail("name:N")
        ),
        first.mark_line(color=ACCENT, strokeWidth=2.5, interpolate="step-after").encode(y=y),
        *(
            first.transform_filter(f"isValid(datum.{limit})")
            .mark_line(color=ACCENT, strokeDash=[3, 3], interpolate="step-after")
            .encode(y=alt.Y(f"{limit}:Q"))
            for limit in ("lower", "upper")
        ),
        alt.Chart(ends)
        .mark_text(align="left", dx=8, fontWeight="bold", text=alt.ExprRef(said))
        .encode(x=x, y=alt.Y("label_at:Q")),
    ]
    if is_cut and frame.height:
        above = alt.Y("above:Q")
        layers += end_of_curve(ends.tail(1), x, y, dy=-14, said_at=above)
    return layered(*layers, height=320)


LONGEST_CAUSE = 125  # pixels: "L local progression" beside the end of its band


def occurred(curve: pl.DataFrame) -> dict[str, str]:
    """The causes that are drawn, with their letters: the first, a line, and those there were."""
    ever = {FIRST, *curve.filter(pl.col("estimate") > 0)["cause"]}
    return {cause: letter for cause, letter in CAUSES.items() if cause in ever}


def _stacked(frame: pl.DataFrame) -> pl.DataFrame:
    """Every cause on top of those before it, under the name of the legend."""
    order = pl.col("cause").replace_strict(
        {cause: n for n, cause in enumerate(CAUSES)}, return_dtype=pl.Int64
    )
    name = pl.col("cause").replace_strict(
        {cause: f"{letter} {cause}" for cause, letter in CAUSES.items()}, return_dtype=pl.String
    )
    top = pl.col("estimate").cum_sum().over("years")
    return (
        frame.with_columns(order.alias("order"), name.alias("name"))
        .sort("years", "order")
        .with_columns(top.alias("top"), (top - pl.col("estimate")).alias("bottom"))
    )


def _ends(stacked: pl.DataFrame, most: float) -> pl.DataFrame:
    """Each band's last point, and a place for its label that no other takes: letter, label_at,
    above (what must clear both). Of an empty band only the first, which is drawn as a line."""
    ends = stacked.filter(
        pl.col("years") == pl.col("years").max(),
        (pl.col("estimate") > 0) | (pl.col("order") == 0),
    )
    least = 0.065 * most  # a line of text at the chart's height
    places: list[float] = []
    for row in ends.iter_rows(named=True):
        middle = (row["top"] + row["bottom"]) / 2
        places.append(max(middle, places[-1] + least) if places else max(middle, least / 2))
    return ends.with_columns(
        pl.Series("label_at", places, dtype=pl.Float64),
        pl.col("name").str.head(1).alias("letter"),
    ).with_columns(pl.max_horizontal("top", "label_at").alias("above"))


def waterfall(frame: pl.DataFrame, /, *, unit: str) -> Layered:
    """The best change of each patient, worst first; class by colour and by shape.

    Args:
        frame: rank, change_percent, response (a name of MARKS).
    """
    highest = max([40.0, *frame["change_percent"].to_list()])
    x = alt.X("rank:O", title=unit, axis=alt.Axis(labels=False, ticks=False, grid=False))
    y = alt.Y(
        "change_percent:Q",
        title="Best change of the sum of viable diameters",
        axis=alt.Axis(
            labelExpr="(datum.value > 0 ? '+' : '') + format(datum.value, 'd') + ' %'", tickCount=7
        ),
        scale=alt.Scale(domain=[-110, 1.1 * highest], nice=False),
    )
    base = alt.Chart(frame).encode(x=x)
    colour, shape = _marks("response", frame)
    limits = pl.DataFrame({"at": [-30, 20]})
    size = 60 if frame.height <= 60 else 20
    return layered(
        base.mark_bar(opacity=0.75).encode(y=y, color=colour),
        base.mark_point(size=size, opacity=1).encode(y=y, color=colour, shape=shape),
        alt.Chart(limits).mark_rule(strokeDash=[4, 3], color=INK).encode(y=alt.Y("at:Q")),
        height=320,
    )


def swimmer(frame: pl.DataFrame, /) -> Layered:
    """One lane a patient, from the first IRE to death or to when last known alive.

    Args:
        frame: lane, months, event (a name of MARKS; null: the row is the lane's length);
            lanes in order.
    """
    lanes = frame["lane"].unique(maintain_order=True).to_list()
    x = alt.X(
        "months:Q",
        title="Months since the first IRE",
        axis=alt.Axis(tickMinStep=1, tickCount=6),
        scale=alt.Scale(domain=[0, 1.04 * max([1.0, *frame["months"]])], nice=False),
    )
    y = alt.Y(
        "lane:N",
        sort=lanes,
        title=None,
        axis=alt.Axis(labelLimit=105, labelFontSize=10, labelPadding=8, ticks=False, domain=False),
    )
    base = alt.Chart(frame).encode(x=x, y=y)
    colour, shape = _marks("event", frame)
    return layered(
        base.transform_filter("!isValid(datum.event)").mark_bar(height=5, color="#D8DDE0"),
        base.transform_filter("isValid(datum.event)")
        .mark_point(size=48, opacity=1)
        .encode(color=colour, shape=shape),
        height=alt.Step(LANE),
    )


def mean_change(frame: pl.DataFrame, /, *, axis: str, smallest: float) -> Layered:
    """Mean change from before treatment by visit, with its interval; who answered above it.

    Args:
        frame: visit, mean, lower, upper (null for one answer), said; visits in order.
        smallest: points from which a change matters: dashed on either side of no change.
    """
    x = alt.X(
        "visit:N",
        sort=frame["visit"].to_list(),
        title="Visit after the first IRE",
        axis=alt.Axis(labelAngle=0, grid=False),
    )
    shown = [value for name in ("mean", "lower", "upper") for value in frame[name].drop_nulls()]
    most = 1.2 * max(abs(value) for value in [*shown, smallest])
    y = alt.Y(
        "mean:Q",
        title=axis,
        axis=alt.Axis(tickCount=7),
        scale=alt.Scale(domain=[-most, most], nice=False),
    )
    base = alt.Chart(frame).encode(x=x)
    limits = alt.Chart(pl.DataFrame({"at": [-smallest, smallest]}))
    return layered(
        limits.mark_rule(strokeDash=[4, 3], color=MUTED).encode(y=alt.Y("at:Q")),
        alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(y=alt.Y("at:Q")),
        base.mark_rule(strokeWidth=2, color=ACCENT).encode(
            y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")
        ),
        base.mark_point(opacity=1).encode(y=y),
        base.mark_text().encode(y=alt.YValue(-8), text=alt.Text("said:N")),
        height=300,
    )


def better_or_worse(frame: pl.DataFrame, /) -> Layered:
    """Patients by visit: better, without a change that matters, worse; numbers in the bars.

    Args:
        frame: visit, state (a name of SHARES), count, position (order of the states), letter
            (what is written in the bar).
    """
    visits = frame["visit"].unique(maintain_order=True).to_list()
    scale = alt.Scale(domain=list(SHARES), range=list(SHARES.values()))
    drawn = parts(frame, "visit", pl.col("letter").str.len_chars() * SIGN)
    x = alt.X(
        "start:Q",
        title="Patients",
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=6),
        scale=alt.Scale(domain=[0, max([1, *drawn["end"]])], nice=False),
    )
    base = alt.Chart(drawn).encode(y=alt.Y("visit:N", sort=visits, title=None))
    dark = alt.ColorValue("white", condition={"test": "datum.state === 'no change'", "value": INK})
    said = base.transform_filter("datum.has_room").mark_text(fontWeight="bold")
    legend = alt.Legend(title=None, columns=3)
    return layered(
        base.mark_bar(height=20).encode(
            x=x, x2=alt.X2("end:Q"), color=alt.Color("state:N", scale=scale, legend=legend)
        ),
        said.encode(x=alt.X("middle:Q"), text=alt.Text("letter:N"), color=dark),
        height=alt.Step(34),
    )


def _marks(column: str, frame: pl.DataFrame) -> tuple[alt.Color, alt.Shape]:
    present = [name for name in MARKS if name in set(frame[column])]
    legend = alt.Legend(title=None, columns=3, symbolOpacity=1)
    colour = alt.Scale(domain=present, range=[MARKS[name][0] for name in present])
    shape = alt.Scale(domain=present, range=[MARKS[name][1] for name in present])
    return (
        alt.Color(f"{column}:N", scale=colour, legend=legend),
        alt.Shape(f"{column}:N", scale=shape, legend=legend),
    )
