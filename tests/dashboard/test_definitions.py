"""Definitions: every field, rule and indicator, found by a word."""

from __future__ import annotations

from dashboard.pages.definitions import dictionary_frame
from dashboard.pages.rules import TO_BE_VERIFIED, rules_frame
from expectations.dictionary import tables
from expectations.rules import catalogue
from tests.dashboard.conftest import said


def test_every_field_of_the_dictionary_is_listed():
    fields = {(one.name, column) for one in tables().values() for column in one.columns}
    assert set(dictionary_frame().select("table", "field").iter_rows()) == fields


def test_every_rule_is_listed():
    assert set(rules_frame()["rule"]) == set(catalogue())


def test_what_rests_on_general_knowledge_is_shown_as_to_be_verified():
    shown = {
        (table, field): provenance
        for table, field, provenance in dictionary_frame()
        .select("table", "field", "provenance")
        .iter_rows()
    }
    assert shown["complication", "sir_grade"] == TO_BE_VERIFIED
    assert not any("[M]" in provenance for provenance in shown.values())


def test_a_word_finds_fields_rules_and_indicators(open_page):
    page = open_page("definitions", "commissioner", search="bleeding")
    assert "S2_30" in "".join(expander.label for expander in page.expander)
    assert "with this word" in said(page)


def test_a_word_that_is_nowhere_says_so(open_page):
    page = open_page("definitions", "lead", search="zzyzx")
    assert "no field, no rule and no indicator with this word" in said(page).lower()
