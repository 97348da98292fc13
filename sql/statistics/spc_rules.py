"""Which points of a control chart are special causes, and the two icons that sum a chart up.

Rules in order of precedence: outside limits; a trend; two of three near a limit; a shift.

Source: NHS England, Making Data Count (2019 to 2024), as coded in NHSRplotthedots 0.2
(ptd_calculate_point_type.R, ptd_calculate_assurance_type.R).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sql.statistics.inputs import Floats

RULE_SET = (
    "Making Data Count: outside limits, 7 rising or falling, 2 of 3 near a limit, 7 on a side"
)
RUN_LENGTH = 7  # points of a trend and of a shift; other tools take 6 or 8
NEAR = 2 / 3  # of the way from the centre to a limit
ROUNDING = 1e-13  # of the largest value: the mean of equal values can miss them by that much

Better = Literal["high", "low"]
Rule = Literal["common cause", "outside limits", "trend", "two in three", "shift"]
PointType = Literal[
    "common cause",
    "special cause: improvement",
    "special cause: concern",
    "special cause: high",
    "special cause: low",
]
Variation = Literal[
    "common cause",
    "improvement high",
    "improvement low",
    "concern high",
    "concern low",
    "special cause high",
    "special cause low",
]
Assurance = Literal["consistently pass", "consistently fail", "inconsistent"]
Sides = NDArray[np.int64]
Line = Floats | float | None
Words = NDArray[np.object_]


def signalled(
    value: Floats,
    centre: Line,
    lower: Line,
    upper: Line,
    rules: Collection[Rule] = get_args(Rule),
) -> pl.DataFrame:
    """The points of a chart, each with the rule that it breaks and the way it points.

    Every point of a run is marked. A point breaks the first of `rules` that it can, in their
    order of precedence.

    Args:
        value: in order of time; nan is no point, and no gap in a run.
        centre, lower, upper: one for all points or one each; None: no limit, no signal.

    Returns:
        value, centre, lower, upper (null where nan), rule (see `Rule`), direction ("high" or
        "low"; null for common cause), one row per value.
    """
    middle, low, high = (
        np.broadcast_to(np.asarray(line, np.float64), value.shape)
        for line in (centre, lower, upper)
    )
    is_seen = ~np.isnan(value)
    rule = np.full(value.size, "common cause", dtype=object)
    direction = np.full(value.size, None, dtype=object)
    rule[is_seen], direction[is_seen] = _signals(
        value[is_seen], middle[is_seen], low[is_seen], high[is_seen], rules
    )
    names = ("value", "centre", "lower", "upper")
    columns: dict[str, object] = dict(zip(names, (value, middle, low, high), strict=True))
    schema = dict.fromkeys(names, pl.Float64) | {"rule": pl.String, "direction": pl.String}
    columns |= {"rule": rule.tolist(), "direction": direction.tolist()}
    return pl.DataFrame(columns, schema=schema).with_columns(pl.col(names).fill_nan(None))


def sides(value: Floats, line: Floats) -> Sides:
    """1 above the line, -1 below, 0 on it to within rounding, or where there is no line."""
    size = float(np.max(np.abs(value), initial=0.0))
    beyond = np.abs(value - line) > ROUNDING * size
    return np.where(beyond, np.sign(np.nan_to_num(value - line)), 0).astype(np.int64)


def shift(side: Sides) -> Sides:
    """Every point of a run of RUN_LENGTH or more on one side; a point on the line breaks it."""
    marked = np.zeros(side.size, dtype=np.int64)
    for first, last in _stretches(side):
        if side[first] != 0 and last - first + 1 >= RUN_LENGTH:
            marked[first : last + 1] = side[first]
    return marked


def trend(value: Floats) -> Sides:
    """Every point of a run of RUN_LENGTH or more, each above (below) the one before.

    A tie breaks it. Where a rise turns into a fall the turning point belongs to the later run.
    """
    marked = np.zeros(value.size, dtype=np.int64)
    step = sides(value[1:], value[:-1])
    for first, last in _stretches(step):
        if step[first] != 0 and last - first + 2 >= RUN_LENGTH:
            marked[first : last + 2] = step[first]
    return marked


def two_in_three(is_near: NDArray[np.bool_], side: Sides) -> Sides:
    """Every point of three neighbours on one side of which two or more are near the limit."""
    marked = np.zeros(side.size, dtype=np.int64)
    for first in range(side.size - 2):
        three = slice(first, first + 3)
        if abs(side[three].sum()) == 3 and is_near[three].sum() >= 2:
            marked[three] = side[first]
    return marked


def point_types(points: pl.DataFrame, better: Better | None) -> pl.Series:
    """What each point is called, in the words of Making Data Count.

    Args:
        points: of a chart, with rule and direction.
        better: the direction of improvement; None where neither is.
    """
    _known(better)
    words: list[PointType] = [_point_type(way, better) for way in points["direction"]]
    return pl.Series("point_type", words, dtype=pl.String)


def variation(points: pl.DataFrame, better: Better | None) -> Variation:
    """The variation icon: what the last point is."""
    _known(better)
    way = points["direction"][-1]
    if way is None:
        return "common cause"
    if better is None:
        return "special cause high" if way == "high" else "special cause low"
    if way == better:
        return "improvement high" if way == "high" else "improvement low"
    return "concern high" if way == "high" else "concern low"


def assurance(points: pl.DataFrame, target: float, better: Better) -> Assurance | None:
    """The assurance icon: whether the process, as it is, can be expected to meet the target.

    Judged by the limits at the last point; None where they cannot be given. A target on a
    limit, or between the two, is met now and then: inconsistent.
    """
    _known(better)
    if not np.isfinite(target):
        raise ValueError("target must be a number")
    lower, upper = points["lower"][-1], points["upper"][-1]
    if lower is None or upper is None:
        return None
    if lower <= target <= upper:
        return "inconsistent"
    is_above = target > upper
    return "consistently fail" if is_above == (better == "high") else "consistently pass"


def _signals(
    value: Floats, centre: Floats, lower: Floats, upper: Floats, rules: Collection[Rule]
) -> tuple[Words, Words]:
    side, over, under = sides(value, centre), sides(value, upper) > 0, sides(value, lower) < 0
    near_upper = sides(value, centre + NEAR * (upper - centre)) > 0
    near_lower = sides(value, centre - NEAR * (centre - lower)) < 0
    is_near = np.where(side > 0, near_upper, near_lower) & ~over & ~under
    marks: dict[Rule, Sides] = {  # what comes later takes precedence
        "shift": shift(side),
        "two in three": two_in_three(is_near, side) * is_near,
        "trend": trend(value),
        "outside limits": over.astype(np.int64) - under,
    }
    rule = np.full(value.size, "common cause", dtype=object)
    direction = np.full(value.size, None, dtype=object)
    for name in (name for name in marks if name in rules):
        rule[marks[name] != 0] = name
        direction[marks[name] > 0] = "high"
        direction[marks[name] < 0] = "low"
    return rule, direction


def _known(better: Better | None) -> None:
    if better is not None and better not in get_args(Better):
        raise ValueError('better must be "high", "low" or None')


def _point_type(way: str | None, better: Better | None) -> PointType:
    if way is None:
        return "common cause"
    if better is None:
        return "special cause: high" if way == "high" else "special cause: low"
    return "special cause: improvement" if way == better else "special cause: concern"


def _stretches(values: Sides) -> list[tuple[int, int]]:
    """(first, last) of every stretch of equal values."""
    if values.size == 0:
        return []
    starts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist()]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), values.size - 1], strict=True))
