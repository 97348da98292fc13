"""No suppressed count of a published life table can be worked out from the others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sql import published_incidence, published_survival
from sql.disclosure import SUPPRESSED, hes, text
from sql.published_life_tables import WITHHELD
from tests.sql.test_disclosure_solver import FEWEST_CANDIDATES, LARGE, Cells


def table(entered, *years):
    """The life table of true counts: years of (ends, at risk), one end or two."""
    module = published_survival if len(years[0]) == 2 else published_incidence
    rounded = [(n, *(hes(count) for count in year)) for n, year in enumerate(years, start=1)]
    return module.life_table(hes(entered), rounded)


@pytest.mark.parametrize(
    ("entered", "year"),
    [
        (22, (13, 1, 8)),  # 22 less 13 less 8, at the least and most, leave exactly one
        (22, (13, 8)),  # no count is suppressed
        (20, (2, 0, 18)),  # 20 entered and 20 at risk: at most 4 ended
        (20, (0, 2, 18)),
        (20, (2, 18)),
    ],
)
def test_a_year_is_withheld_where_it_would_show_a_suppressed_count(entered, year):
    found = table(entered, year)
    texts = [name for name in found.columns if name.endswith("_text")]
    is_withheld = None in [hes(count) for count in year]
    shown = [SUPPRESSED if is_withheld else text(hes(count)) for count in year]
    assert found.select(texts).row(0) == ("20", *shown)
    assert (found["note"][0] == WITHHELD) is is_withheld
    assert found["percent"][0] is None


def test_those_who_enter_after_a_withheld_year_are_withheld_too():
    found = table(42, (3, 39), (9, 30))
    assert found["entered_text"].to_list() == ["40", SUPPRESSED]
    assert found["at_risk_text"].to_list() == [SUPPRESSED, "30"]
    assert found["note"].to_list() == [WITHHELD, published_survival.EVENTS_SUPPRESSED]


def test_a_suppressed_count_stays_where_it_may_be_any_of_1_to_7():
    found = table(60, (3, 40))
    assert found.select("entered_text", "events_text", "at_risk_text").row(0) == ("60", "*", "40")
    assert found["note"].to_list() == [published_survival.EVENTS_SUPPRESSED]


@st.composite
def courses(draw):
    """True counts: those who entered, and years of (ends, at risk)."""
    ways = draw(st.sampled_from([1, 2]))
    entered = left = draw(st.integers(1, 45))
    years = []
    for _ in range(3):
        counts = []
        for _ in range(ways + 1):
            counts.append(draw(st.integers(0, left)))
            left -= counts[-1]
        left = counts[-1]
        years.append(tuple(counts))
    return entered, years


@settings(max_examples=120, deadline=None, derandomize=True)
@given(courses())
def test_every_suppressed_count_of_a_life_table_keeps_five_values(course):
    entered, years = course
    found = table(entered, *years)
    names = [name for name in found.columns if name.endswith("_text")][1:]
    cells, ties = Cells(), []
    cells.add("at risk 0", found["entered_text"][0])
    last = "at risk 0"
    for number, row in enumerate(found.iter_rows(named=True), start=1):
        placed = {name: f"{name} {number}" for name in names}
        for name, cell in placed.items():
            cells.add(cell, row[name], is_withheld=row["note"] == WITHHELD)
        ties.append([(last, 1), *((cell, -1) for cell in placed.values())])
        last = placed["at_risk_text"]
    for terms in ties:  # all who ended or stayed had entered
        cells.tie(terms, 0, LARGE)
    true = [entered, *(count for year in years for count in year)]
    for cell, count, low in zip(cells.names, true, cells.low, strict=True):
        if 1 <= count <= 7 and low == 1:
            assert cells.candidates(cell) >= FEWEST_CANDIDATES, (cell, count, found.rows())
