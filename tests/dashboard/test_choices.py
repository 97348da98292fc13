"""Choices that stand in the address: each holds, and an address from elsewhere takes its place."""

import pytest

from tests.dashboard.conftest import said

# Each control of a page whose choice stands in the address: page, key, name, two choices.
PICKED = [
    ("compliance", "picked rule", "rule", ["C2", "C4"]),
    ("complications", "picked outcome", "outcome", ["S7_90", "S2_30"]),
    ("outcomes", "picked cohort", "cohort", ["all"]),
    ("equity", "picked indicator", "indicator", ["S5_30", "E1"]),
    ("rules", "picked severity", "severity", ["F", "B"]),
    ("data-quality", "governance lead_site", "site", ["ZZ301", "ZZ302"]),
]


@pytest.mark.parametrize(("path", "key", "name", "chosen"), PICKED)
def test_each_of_several_choices_in_a_row_holds_and_is_said(open_page, path, key, name, chosen):
    page = open_page(path, "governance")
    for value in chosen:
        page.selectbox(key=key).set_value(value).run()
        assert page.selectbox(key=key).value == value
        assert page.query_params[name] == value
    page.run()
    assert page.selectbox(key=key).value == chosen[-1]


@pytest.mark.parametrize(("path", "key", "name", "chosen"), PICKED)
def test_an_address_from_elsewhere_is_followed_on_the_page_that_is_open(
    open_page, path, key, name, chosen
):
    page = open_page(path, "governance", **{name: chosen[0]})
    assert page.selectbox(key=key).value == chosen[0]
    page.selectbox(key=key).set_value(chosen[-1]).run()
    page.query_params[name] = chosen[0]
    page.run()
    assert page.selectbox(key=key).value == chosen[0]
    assert page.query_params[name] == chosen[0]


def test_what_a_page_begins_with_leaves_no_trace_in_the_address(open_page):
    page = open_page("outcomes", "governance", cohort="all")
    page.selectbox(key="picked cohort").set_value("period").run()
    assert "cohort" not in page.query_params
    assert "period" not in page.query_params


@pytest.mark.parametrize("name", ["outcome", "follow"])
def test_what_a_page_begins_with_by_its_data_is_said_in_the_address(open_page, name):
    page = open_page("complications", "governance")
    assert page.query_params[name] == page.selectbox(key=f"picked {name}").value


def test_an_address_that_no_option_has_begins_as_the_page_does(open_page):
    page = open_page("outcomes", "governance", cohort="nobody")
    assert page.selectbox(key="picked cohort").value == "period"
    assert not page.exception


def test_each_of_several_words_typed_in_a_row_holds(open_page):
    page = open_page("definitions", "governance")
    for word in ("spacing", "death"):
        page.text_input(key="typed search").set_value(f" {word} ").run()
        assert page.query_params["search"] == word
        assert "with this word" in said(page)
    page.query_params["search"] = "spacing"
    page.run()
    assert page.text_input(key="typed search").value == "spacing"
    page.text_input(key="typed search").set_value("").run()
    assert "search" not in page.query_params


@pytest.mark.parametrize(
    ("path", "first", "other"),
    [
        ("cases", "Outlier cases", "Sentinel events"),
        ("methods", "How figures are made", "Validation"),
        ("definitions", "Fields", "Indicators"),
    ],
)
def test_the_open_tab_stands_in_the_address(open_page, path, first, other):
    page = open_page(path, "governance", tab=other)
    assert page.query_params["tab"] == other
    (shown,) = page.get("tab_container")
    opened = shown.proto.tab_container.default_tab_index
    assert page.tabs[opened].label.startswith(other)
    page = open_page(path, "governance", tab="none of them")
    assert "tab" not in page.query_params
    assert page.tabs[0].label.startswith(first)
