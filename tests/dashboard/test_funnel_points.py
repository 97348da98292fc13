"""Where a site stands in the funnel is what it was judged to be."""

import polars as pl
import pytest

from dashboard.tiles import funnel_points
from sql.statistics.funnel import boundary, judge


@pytest.mark.parametrize("target", [0.02, 0.069, 0.12])
def test_a_point_stands_above_the_line_exactly_where_the_site_is_flagged(target):
    lines = {n: (alert, alarm) for n, alert, alarm, _ in boundary(60, target)}
    sites = [
        {"site_id": "ZZ101", "eligible": n, "events": events, "unknown": unknown,
         "verdict": judge(events, n, target, unknown=unknown).level}
        for n in range(1, 61)
        for unknown in {0, 1, n // 2, n}
        for events in range(n - unknown + 1)
    ]  # fmt: skip
    points = funnel_points(pl.DataFrame(sites))
    assert points.height == len(sites)
    for n, rate, _, level in points.iter_rows():
        alert, alarm = ((count - 0.5) / n for count in lines[n])
        stands = "alarm" if rate > alarm else "alert" if rate > alert else None
        assert stands == (level if level in ("alert", "alarm") else None)


def test_a_site_without_procedures_is_not_drawn():
    schema = {"site_id": str, "eligible": int, "events": int, "verdict": str}
    empty = pl.DataFrame([("ZZ101", 0, 0, "within")], schema=schema, orient="row")
    assert funnel_points(empty).is_empty()
