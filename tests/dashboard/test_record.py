"""The page Record: what it says of a procedure, and of one that is not there."""

import pytest

from dashboard.pages.record import AGAINST, OTHER, UNKNOWN, place_of, rank, result_text
from sql.catalog import indicators
from tests.dashboard.conftest import said


def test_a_record_says_where_it_counts_and_what_was_sent(open_page, demo_home):
    asked = {"site": "ZZ102", "procedure": "ZZ102-P0015-1"}
    page = open_page("record", "lead", at_home=demo_home, **asked)
    assert not page.exception
    text = said(page)
    assert "ZZ102-P0015-1, 6 Jan 2025, Brackenholt Hospital (ZZ102)." in text
    assert '"Damage to an adjacent structure, 90 days",procedure,yes' in text
    assert "The MDT met at most 90 days before the procedure." in text
    assert "Date of the procedure,2025-01-06" in text
    page.selectbox(key="record-table").select("vital_status").run()
    assert "Vital status" in said(page)
    assert not page.exception


@pytest.mark.parametrize(("site", "procedure"), [("ZZ102", "nobody"), ("ZZ101", "ZZ101-P0001-1")])
def test_a_procedure_that_the_site_does_not_have_is_not_shown(
    open_page, demo_home, site, procedure
):
    page = open_page("record", "lead", at_home=demo_home, site=site, procedure=procedure)
    assert "This site has no current procedure of this id." in said(page)
    assert not page.dataframe


def test_without_a_procedure_the_page_asks_for_one(open_page, demo_home):
    page = open_page("record", "team", at_home=demo_home)
    assert "Give the id of a procedure" in said(page)


def unit(value, **said_of):
    of = {"kind": "rate", "time_days": None, "amount": None, "measured_in": None}
    return of | {"value": value} | said_of


@pytest.mark.parametrize(
    ("units", "text"),
    [
        ([unit(1)], "yes"),
        ([unit(None)], "not known"),
        ([unit(0, kind="compliance")], "not met"),
        ([unit(None, kind="compliance")], "cannot tell"),
        ([unit(1), unit(1), unit(0)], "2 yes, 1 no"),
        ([unit(1, time_days=412.0)], "ended, day 412"),
        ([unit(0, time_days=90.5)], "followed, day 90"),
        ([unit(1, amount=35.44, measured_in="km")], "35.4 km"),
    ],
)
def test_a_result_is_said_in_words(units, text):
    assert result_text(units) == text


@pytest.mark.parametrize("name", ["C2", "S5_30", "E6_OS", "D5_M1", "S8A_90", "Env1_KM", "C7_PAIR"])
def test_an_indicator_is_opened_where_it_stands(open_page, demo_home, name):
    entry = indicators()[name]
    row = {"indicator_id": name, "kind": entry.kind, "title": entry.title}
    path, query = place_of(row)
    text = said(open_page(path, "team", at_home=demo_home, **query))
    wanted = "Overall survival" if name == "E6_OS" else entry.title
    assert wanted in text


@pytest.mark.parametrize(
    ("kind", "direction", "values", "comes"),
    [
        ("rate", "lower", [1], AGAINST),
        ("rate", "lower", [0], OTHER),
        ("rate", "higher", [1, 0], AGAINST),
        ("compliance", "higher", [0], AGAINST),
        ("compliance", "higher", [1, None], UNKNOWN),
        ("survival", "higher", [0], OTHER),
        ("survival", "higher", [1], AGAINST),
        ("share", "higher", [0], OTHER),
        ("measure", "lower", [1], OTHER),
    ],
)
def test_what_counts_against_a_procedure_comes_first(kind, direction, values, comes):
    assert rank(kind, direction, values) == comes
