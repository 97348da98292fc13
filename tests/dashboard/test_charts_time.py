"""The time line of a site: drawn with nothing, with one, and with many."""

from datetime import date, timedelta

import altair as alt
import polars as pl
import pytest
import vl_convert

from dashboard.charts_time import rows_of, time_line

SINCE, UNTIL = date(2024, 1, 1), date(2026, 9, 30)
SPANS = pl.DataFrame(
    [
        ("Specialist centre", "designated", date(2010, 1, 1), None),
        ("Governance approval", "approval A1", date(2023, 1, 1), date(2025, 1, 31)),
        ("Governance approval", "approval A0", date(2019, 1, 1), date(2021, 1, 31)),
        ("Operator signed off", "Operator 1", date(2027, 1, 1), None),
    ],
    schema={"lane": pl.String, "named": pl.String, "first_day": pl.Date, "last_day": pl.Date},
    orient="row",
)


def treated(number):
    results = ("met", "not met", "cannot tell")
    days = [SINCE + timedelta(days=2 * n) for n in range(number)]
    return pl.DataFrame(
        {"procedure_date": days, "result": [results[n % 3] for n in range(number)]},
        schema={"procedure_date": pl.Date, "result": pl.String},
    )


def test_a_span_is_cut_to_the_axis_and_left_out_beyond_it():
    found = rows_of(SPANS, treated(0), SINCE, UNTIL)
    assert found.rows() == [
        ("Specialist centre", SINCE, UNTIL, None),
        ("Approval A1", SINCE, date(2025, 1, 31), None),
    ]


def test_what_was_not_met_is_drawn_over_its_neighbours():
    found = rows_of(SPANS.clear(), treated(6), SINCE, UNTIL)
    assert found["result"].to_list()[-2:] == ["not met", "not met"]


@pytest.mark.parametrize(
    ("number", "spans"),
    [(0, SPANS), (1, SPANS), (5, SPANS), (500, SPANS), (1, SPANS.clear())],
    ids=["none", "one", "five", "five hundred", "one without a span"],
)
def test_every_number_can_be_drawn_and_is_valid(number, spans):
    spec = time_line(rows_of(spans, treated(number), SINCE, UNTIL)).to_dict()
    assert alt.TopLevelSpec.from_dict(spec, validate=True)
    svg = vl_convert.vegalite_to_svg(spec | {"width": 600})
    assert ("Approval A1" in svg) is not spans.is_empty()
    assert ("cannot tell" in svg) is (number > 2)
