"""What moved a figure between two releases, as a waterfall of changes."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboard.layers import Layered, layered
from dashboard.theme import ACCENT, HALO, INK, MUTED, VERMILION
from sql.bridge_words import signed

ROW = 44  # height of one row: its words stand above its bar, so that phones fit
SIGNS = "datum.value > 0 ? '+' + datum.value : datum.value < 0 ? '−' + abs(datum.value) : '0'"
KINDS = {"first": "diamond", "more": "triangle-right", "fewer": "triangle-left", "last": "diamond"}
COLOURS = {"first": INK, "more": ACCENT, "fewer": VERMILION, "last": INK}


def waterfall_rows(steps: pl.DataFrame, measure: str, ends: tuple[str, str]) -> pl.DataFrame:
    """What `waterfall` draws: row, said, kind, start, end (changes since the first release).

    Args:
        steps: short, and the measure's change; those without one are left out.
        ends: what is said of each release.
    """
    moved = steps.filter(pl.col(measure) != 0)
    changes = moved[measure].to_list()
    after = [sum(changes[: n + 1]) for n in range(len(changes))]
    rows = [(ends[0], "first", 0, 0)]
    for short, change, end in zip(moved["short"], changes, after, strict=True):
        kind = "more" if change > 0 else "fewer"
        rows.append((f"{short}: {signed(change)}", kind, end - change, end))
    total = sum(changes)
    rows.append((ends[1], "last", total, total))
    schema = {"said": pl.String, "kind": pl.String, "start": pl.Int64, "end": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_row_index("row").cast({"row": pl.Int64})


def waterfall(frame: pl.DataFrame, /, *, axis: str) -> Layered:
    """Each step as a bar from where the one before it ended; it points where it goes.

    Zero is the first release: a change of one is as wide beside a figure of three as beside
    one of three hundred.

    Args:
        frame: as `waterfall_rows` gives it.
    """
    x = alt.X(
        "start:Q",
        title=axis,
        axis=alt.Axis(tickMinStep=1, labelExpr=SIGNS, tickCount=6),
        scale=alt.Scale(nice=False, padding=8),
    )
    y = alt.Y("row:O", axis=None)
    colour = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    shape = alt.Scale(domain=list(KINDS), range=list(KINDS.values()))
    base = alt.Chart(frame).encode(y=y)
    is_step = "datum.kind == 'more' || datum.kind == 'fewer'"
    words = base.encode(x=alt.XValue(0), text=alt.Text("said:N"))
    return layered(
        alt.Chart(frame.head(1)).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x=x),
        words.mark_text(align="left", dy=-16, **HALO),
        base.transform_filter(is_step)
        .mark_bar(height=12)
        .encode(x=x, x2=alt.X2("end:Q"), color=alt.Color("kind:N", scale=colour, legend=None)),
        base.mark_point(filled=True, size=140, opacity=1).encode(
            x=alt.X("end:Q"),
            shape=alt.Shape("kind:N", scale=shape, legend=None),
            color=alt.Color("kind:N", scale=colour, legend=None),
        ),
        words.mark_text(align="left", dy=-16),
        height=ROW * frame.height,
    )
