"""What a site was allowed to do, and what it did, on one axis of days."""

from __future__ import annotations

from datetime import date

import altair as alt
import polars as pl

from dashboard.layers import Layered, layered
from dashboard.theme import ACCENT, marks

TREATED = "Procedures"
LAYERS = {"met": 0, "cannot tell": 1, "not met": 2}
SPAN_COLOUR = "#A9C8E8"


def rows_of(spans: pl.DataFrame, treated: pl.DataFrame, since: date, until: date) -> pl.DataFrame:
    """What `time_line` draws: row, first_day, last_day, result (null for a span).

    Args:
        spans: lane, named, first_day, last_day (null: open); cut to `since` and `until`.
        treated: procedure_date, result.
    """
    row = pl.when(pl.col("named") == "designated").then("lane").otherwise("named")
    return pl.concat(
        [
            # What was met is drawn first, what was not last: the many hide none of the few.
            treated.sort(pl.col("result").replace_strict(LAYERS), maintain_order=True).select(
                pl.lit(TREATED).alias("row"),
                pl.col("procedure_date").alias("first_day"),
                pl.col("procedure_date").alias("last_day"),
                "result",
            ),
            spans.select(
                row.str.replace("^[a-z]", row.str.slice(0, 1).str.to_uppercase()).alias("row"),
                pl.max_horizontal("first_day", pl.lit(since)),
                pl.min_horizontal(pl.col("last_day").fill_null(until), pl.lit(until)),
                pl.lit(None, pl.String).alias("result"),
            ).filter(pl.col("first_day") <= pl.col("last_day")),
        ]
    )


def time_line(frame: pl.DataFrame, /) -> Layered:
    """Spans as bars, procedures as marks whose shape and colour say what was met.

    Args:
        frame: as `rows_of` gives it.
    """
    order = frame["row"].unique(maintain_order=True).to_list()
    present = [name for name in LAYERS if name in frame["result"]]
    x = alt.X("first_day:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=True))
    y = alt.Y(
        "row:N",
        sort=order,
        title=None,
        axis=alt.Axis(
            labelLimit=170, labelPadding=8, domain=False, ticks=False, grid=False, labelFontSize=12
        ),
    )
    base = alt.Chart(frame).encode(x=x, y=y)
    spans = base.transform_filter("datum.result == null").mark_bar(
        height=14, color=SPAN_COLOUR, stroke=ACCENT, strokeWidth=0.5
    )
    treated = base.transform_filter("datum.result != null").mark_point(
        size=60, opacity=1, strokeWidth=1.5
    )
    return layered(
        spans.encode(x2=alt.X2("last_day:T")),
        treated.encode(**marks("result:N", present, alt.Legend(title="All five"))),
        height=alt.Step(30),
    )
