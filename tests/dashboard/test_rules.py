"""Rules: what every export is checked for, in words, and what each rule rests on."""

from __future__ import annotations

from dashboard.pages.rules import SEVERITIES, TO_BE_VERIFIED, WHOLE_EXPORT, rules_frame
from expectations.rules import catalogue
from tests.dashboard.conftest import said


def shown(page):
    return page.dataframe[0].value


def test_every_rule_is_shown_with_what_it_does_and_from_when():
    frame = rules_frame()
    assert frame["rule"].to_list() == sorted(catalogue())
    assert set(frame["severity"]) == set(SEVERITIES.values())
    for column in ("message", "fix", "source", "provenance", "version", "effective_from"):
        assert not frame[column].null_count()
        assert "" not in set(frame[column])


def test_what_rests_on_general_knowledge_is_marked():
    frame = rules_frame()
    marks = dict(frame.select("rule", "verified").iter_rows())
    assert marks["P04"] == TO_BE_VERIFIED
    assert marks["P05"] == "[P], [S22]"
    assert not any("[M]" in mark for mark in marks.values())


def test_the_rules_are_counted_by_what_they_do(open_page):
    text = said(open_page("rules", "uploader"))
    total = len(catalogue())
    fatal = sum(rule.severity == "F" for rule in catalogue().values())
    assert f"{total} rules: {fatal} refuse the submission, " in text
    assert f"To be verified: {sum(rules_frame()['verified'] == TO_BE_VERIFIED)}." in text


def test_a_word_a_severity_and_a_table_narrow_the_list(open_page):
    page = open_page("rules", "lead", search="sign-off", severity="B", table="procedure")
    assert shown(page)["Rule"].tolist() == ["P04"]
    assert shown(page)["What it does"].tolist() == ["breach, counted"]
    assert "1 rule found: 1 counts a breach" in said(page).lower()


def test_a_rule_that_stands_in_several_tables_is_found_by_each(open_page):
    for table in ("lesion", "complication"):
        page = open_page("rules", "lead", search="K05a", table=table)
        assert "K05a" in shown(page)["Rule"].tolist()


def test_rules_about_an_export_as_a_whole_stand_together(open_page):
    rules = shown(open_page("rules", "team", table=WHOLE_EXPORT))["Rule"].tolist()
    assert {"K01", "K07", "K10", "K11", "K12", "D19", "READ.NUL"} <= set(rules)
    assert not {"P04", "K05a"} & set(rules)


def test_a_choice_changes_the_list_and_the_address(open_page):
    page = open_page("rules", "commissioner")
    page.selectbox(key="picked severity").set_value("F").run()
    assert set(shown(page)["What it does"]) == {"refuses the submission"}
    assert page.query_params["severity"] == "F"


def test_a_choice_that_there_is_not_shows_all(open_page):
    page = open_page("rules", "lead", severity="Z", table="none")
    assert not page.exception
    assert f"{len(catalogue())} rules:" in said(page)


def test_nothing_found_is_said(open_page):
    text = said(open_page("rules", "lead", search="zzyzx"))
    assert "No rule with this word, this effect and this table." in text
    assert "No rule found. To be verified: 0." in text


def test_a_rule_begins_with_what_it_asks_on_the_narrowest_screen(open_page):
    assert shown(open_page("rules", "lead")).columns[0] == "What"
    page = open_page("definitions", "lead")
    first = [frame.value.columns[0] for frame in page.dataframe]
    assert first[:1] == ["What it is"]
