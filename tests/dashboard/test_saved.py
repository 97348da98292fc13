"""Saved views: what a page keeps of itself, how it is opened again, and for whom."""

import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.words import plain
from ingest.inbox import Desk
from sql.access import DEMO_VIEWERS
from sql.saved_views import MOST
from tests.dashboard.conftest import said
from tests.hostile_strings import SHOWN
from tests.sql.test_ledger import AT

NAME = "Bleeds of a year"


@pytest.fixture
def own_home(home, tmp_path):
    return shutil.copytree(home, tmp_path / "home")


def desk(home, persona="governance"):
    return Desk(home, DEMO_VIEWERS[persona], AT)


def main(home, persona, monkeypatch):
    """The whole dashboard with its navigation, at Home."""
    st.cache_data.clear()
    monkeypatch.setenv("IRE_HOME", str(home))
    monkeypatch.setenv("IRE_DEMO", "1")
    page = AppTest.from_function(_main, default_timeout=180)
    page.session_state["persona"] = persona
    return page.run()


def _main():
    from dashboard.app import main

    main()


def press(page, label):
    next(one for one in page.button if one.label == label).click()
    return page.run()


def keep(page, name):
    next(one for one in page.text_input if one.label.startswith("Name of this view")).input(name)
    return press(page, "Save this view")


def links(page):
    return [(one.proto.label, one.proto.query_string) for one in page.get("page_link")]


def test_a_page_keeps_its_address_and_not_who_looked(open_page, own_home):
    chosen = {"period": "12 months", "site": "ZZ302", "outcome": "S2_30"}
    page = open_page("complications", "governance", at_home=own_home, **chosen)
    assert "No view is saved yet." in said(page)
    page.query_params["persona"] = "governance"
    page.query_params["embed"] = "true"
    page = keep(page, NAME)
    assert "Saved." in said(page)
    (view,) = desk(own_home).saved_views()
    assert (view.name, view.page, view.query) == (NAME, "complications", chosen)
    assert desk(own_home, "team").saved_views() == []


def test_what_refuses_a_name_is_said_and_nothing_is_kept(open_page, own_home):
    page = keep(open_page("rules", "admin", at_home=own_home), " ")
    assert "Give the view a name." in said(page)
    assert desk(own_home, "admin").saved_views() == []


def test_a_view_that_is_opened_takes_the_place_of_what_the_session_remembers(open_page):
    page = open_page("data-quality", "governance", site="ZZ302")
    page.session_state["as_of"] = "2025-26"
    page.query_params["saved"] = "7"
    del page.query_params["site"]
    page.run()
    assert page.selectbox(key="governance lead_site").value == ""
    assert page.session_state["as_of"] == ""
    assert set(page.query_params) & {"saved", "site", "as_of"} == set()


def test_without_one_the_session_goes_on_remembering(open_page):
    page = open_page("data-quality", "governance", site="ZZ302")
    del page.query_params["site"]
    page.run()
    assert page.selectbox(key="governance lead_site").value == "ZZ302"


def test_home_lists_renames_and_deletes_them(own_home, monkeypatch):
    mine = desk(own_home)
    first = mine.save_view("Deaths", "outcomes", {"period": "12 months"})
    mine.save_view("Zeroes", "home", {})
    page = main(own_home, "governance", monkeypatch)
    assert not page.exception
    listed = [("Deaths", f"period=12+months&saved={first}"), ("Zeroes", f"saved={first + 1}")]
    assert [one for one in links(page) if "saved=" in one[1]] == 2 * listed  # at the top, and here
    *_, change = [one for one in page.text_input if one.label == "New name"]
    change.input("Mortality")
    *_, button = [one for one in page.button if one.label == "Rename"]
    button.click().run()
    assert [one.name for one in mine.saved_views()] == ["Mortality", "Zeroes"]
    assert "Mortality" in [label for label, _ in links(page)]
    *_, button = [one for one in page.button if one.label == "Delete"]
    button.click().run()
    assert [one.name for one in mine.saved_views()] == ["Zeroes"]
    assert "Mortality" not in [label for label, _ in links(page)]


def test_a_view_of_a_page_that_is_not_open_any_more_leads_nowhere(own_home, monkeypatch):
    desk(own_home, "commissioner").save_view("Rows", "submissions", {"submission": "x"})
    page = main(own_home, "commissioner", monkeypatch)
    assert [label for label, query in links(page) if "saved=" in query] == []
    assert {"Rows", "Not open to this account."} <= set(said(page).splitlines())


def test_a_name_is_shown_as_typed_and_nothing_in_it_is_live(own_home, monkeypatch):
    names = [text for text in SHOWN if len(text) <= 60 and text.isprintable()][:MOST]
    assert len(names) > 20
    mine = desk(own_home)
    for name in names:
        mine.save_view(name, "compliance", {})
    page = main(own_home, "governance", monkeypatch)
    shown = {label for label, query in links(page) if "saved=" in query}
    assert shown == {plain(" ".join(name.split())) for name in names}
