"""The charts in order of time, drawn with no event, one, five and five hundred."""

from __future__ import annotations

import json
from datetime import date, timedelta

import altair as alt
import polars as pl
import pytest
import vl_convert

from dashboard import charts_order, order_rows
from sql.in_order import InOrder
from sql.reader_sequence import follow
from sql.reader_target import Target
from sql.sequence_sentences import told

TARGET = Target(0.069, "6.9 % (drawn)", "")
SIZES = {"no event": (0, 12), "one": (1, 12), "five": (5, 60), "five hundred": (500, 4000)}


def order(events: int, procedures: int, review: int = 2) -> InOrder:
    """Events evenly among procedures of ten years; the first procedures are to review."""
    happened = {round((n + 0.5) * procedures / events) for n in range(events)}
    days = [date(2016, 4, 1) + timedelta(days=3650 * n // procedures) for n in range(procedures)]
    ids = [f"P{n:04d}" for n in range(procedures)]
    found = pl.DataFrame(
        {
            "procedure_id": ids,
            "procedure_date": days,
            "value": [int(n in happened) for n in range(procedures)],
        }
    )
    to_review = found.head(review).select(
        "procedure_id",
        "procedure_date",
        pl.col("procedure_date").alias("onset_date"),
        pl.lit("death within 90 days").alias("event"),
    )
    return told(
        follow("S5_30", "procedure", date(2026, 9, 30), found, to_review, TARGET), "Site A, drawn"
    )


def drawn(found: InOrder) -> dict[str, dict[str, object]]:
    shared = {"last": found.known, "ticks": order_rows.ticks(found), "unit": found.unit}
    gaps = shared | {"axis": "Procedures without"}
    sums = shared | {"threshold": found.threshold}
    return {
        "gaps": charts_order.gaps(order_rows.gap_rows(found), **gaps).to_dict(),
        "cusum": charts_order.cusum(order_rows.cusum_rows(found), **sums).to_dict(),
    }


@pytest.mark.parametrize("size", SIZES)
def test_every_number_of_events_can_be_drawn(size):
    for spec in drawn(order(*SIZES[size])).values():
        assert vl_convert.vegalite_to_svg(spec | {"width": 600}).startswith("<svg")
        assert "url" not in json.dumps(spec["datasets"])


def test_both_charts_are_valid_by_the_schema_that_pages_do_not_check_again():
    found = order(*SIZES["five"])
    shared = {"last": found.known, "ticks": order_rows.ticks(found), "unit": found.unit}
    gaps = charts_order.gaps(order_rows.gap_rows(found), axis="Procedures without", **shared)
    sums = charts_order.cusum(order_rows.cusum_rows(found), threshold=1.8, **shared)
    for chart in (gaps, sums):
        assert alt.TopLevelSpec.from_dict(chart.to_dict(), validate=True)


def words(found: InOrder, name: str) -> str:
    return vl_convert.vegalite_to_svg(drawn(found)[name] | {"width": 600})


def test_axes_are_named_and_the_months_stand_under_the_procedures():
    svg = words(order(5, 60), "gaps")
    for said in ("Procedure, in order of time", "Procedures without", "Apr 2016", ">no. 10<"):
        assert said in svg


def test_the_limit_the_median_and_the_open_gap_are_said_beside_their_marks():
    svg = words(order(5, 60), "gaps")
    for said in ("limit of long gaps", "median 11", "5 since"):
        assert said in svg


def test_one_event_has_no_limit_and_none_has_no_gap():
    assert "limit of" not in words(order(1, 12), "gaps")
    rows = order_rows.gap_rows(order(0, 12))
    assert rows["between"].null_count() == rows.height
    assert "12 since" in words(order(0, 12), "gaps")


def test_a_signal_is_a_square_and_the_line_starts_again_from_zero():
    found = order(6, 12, review=0)
    rows = order_rows.cusum_rows(found)
    first = rows.filter("is_signal").row(0, named=True)
    after = rows.filter(pl.col("step") == first["step"] + 1).row(0, named=True)
    assert first["up"] >= found.threshold
    assert (after["number"], after["up"]) == (first["number"], 0.0)
    assert rows.row(0, named=True) | {"event": None} == {
        "number": 0, "up": 0.0, "is_signal": False, "step": 0, "event": None
    }  # fmt: skip
    assert "signal at 1.8" in words(found, "cusum")


def test_chart_table_and_sentence_name_the_same_signals():
    found = order(6, 12)
    drawn_signals = order_rows.cusum_rows(found).filter("is_signal").height
    listed = order_rows.cusum_table(found)["signal"].to_list().count("■ signal")
    assert drawn_signals == listed == found.procedures["is_signal"].sum() > 0
    assert f"{listed} signal" in found.cusum_sentence


def test_the_gaps_drawn_are_the_gaps_listed():
    found = order(5, 60)
    charted = order_rows.gap_rows(found)["between"].drop_nulls().to_list()
    assert charted == list(reversed(order_rows.gap_table(found)["between"].to_list()))


@pytest.mark.parametrize("procedures", [1, 5, 6, 7, 30, 31, 600, 4000])
def test_few_procedures_are_named_on_the_axis(procedures):
    named = json.loads(order_rows.ticks(order(0, procedures, review=0)))
    assert 1 <= len(named) <= order_rows.TICKS + 1
