"""Methods: how figures are made, what outlier rules flag, and the validation's result."""

from __future__ import annotations

import inspect
import json
import shutil
from datetime import UTC, datetime
from importlib import import_module

import pytest

from dashboard.pages.methods import comparison_frame
from sql.catalog import indicators
from sql.methods import flagged_from, methods, thresholds
from sql.statistics.funnel import judge
from sql.validation.validate import KEPT, SECTIONS, Validation, as_json, fingerprint, kept
from tests.dashboard.conftest import said

AT = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def made():
    return Validation(AT, fingerprint(), {"Intervals": list(SECTIONS["Intervals"]())})


@pytest.fixture
def validated(home, made, tmp_path):
    """A home that keeps a result, changed as asked."""

    def keep(**changed):
        copy = tmp_path / "home"
        shutil.copytree(home, copy)
        told = json.loads(as_json(made)) | changed
        (copy / KEPT).write_text(json.dumps(told), "utf-8")
        return copy

    return keep


def test_the_page_opens_with_the_result_of_the_validation_and_its_day(open_page, validated):
    text = said(open_page("methods", "governance", at_home=validated()))
    numbers = sum(one.numbers for one in SECTIONS["Intervals"]())
    assert f"● All {numbers} numbers in 9 comparisons agree with their references." in text
    assert "Validated 16 Nov 2026, 09:30, statistics " + fingerprint() in text
    assert "● Checked: " in text
    assert "another version" not in text


def test_a_disagreement_stands_at_the_top_and_names_the_method(open_page, validated, made):
    sections = json.loads(as_json(made))["sections"]
    sections["Intervals"][0] |= {"disagreements": 1, "first": "0, 1, 0.95: 0.5, recorded 0.6"}
    page = open_page("methods", "governance", at_home=validated(sections=sections))
    assert "1 of 9 comparisons" in page.error[0].value
    text = said(page)
    assert "Wilson interval of a proportion: 1 of 96 numbers; the first: 0, 1, 0.95: 0.5" in text
    assert "■ Checked: 1 of 1 comparisons disagree" in text


def test_a_result_of_other_statistics_is_said_to_be_that(open_page, validated):
    text = said(open_page("methods", "team", at_home=validated(fingerprint="older")))
    assert "of another version than those validated" in text


def test_without_a_result_the_page_says_how_to_get_one(open_page):
    text = said(open_page("methods", "team"))
    assert "have not been validated on this server yet" in text
    assert "● Checked" not in text
    assert "Used by: " in text


@pytest.mark.parametrize("persona", ["uploader", "lead", "governance", "commissioner", "team"])
def test_every_persona_reads_rule_and_measured_rates(open_page, persona):
    text = said(open_page("methods", persona))
    assert "alert (▲) below 2.5 %, *alarm* (■) below 0.1 %, and at least 2 events" in text.replace(
        "*alert*", "alert"
    ).replace("\n", " ")
    assert "Used here: exact tail, two events" in text
    assert "Measured 29 Nov 2026 on 20,000 drawn registries of 8 sites" in text


def test_another_target_and_window_change_the_tables(open_page):
    page = open_page("methods", "lead")
    before = said(page)
    page.selectbox(key="methods_rate").set_value(0.10).run()
    assert "Against 10 %, of 30 procedures 8 events are an alert and 10 an alarm" in said(page)
    page.selectbox(key="methods_window").set_value(12).run()
    assert "At 2 to 27 procedures a site in 12 months" in said(page)
    assert said(page) != before
    page.selectbox(key="methods_level").set_value("alarm").run()
    assert "CUSUM over the window" not in said(page)


def test_counts_and_chances_are_those_of_the_judgement():
    for row in flagged_from(0.069).iter_rows(named=True):
        judged = judge(0, row["n"], 0.069)
        assert (row["alert_count"], row["alarm_count"]) == (judged.alert_count, judged.alarm_count)
        assert row["doubled"] == pytest.approx(judged.power, abs=1e-12)
        assert row["false_alert"] < 0.025
        assert row["is_judged"] is (judge(0, row["n"], 0.069).level != "too few to judge")


def test_every_kind_of_indicator_has_a_method_and_every_function_there_is():
    named = methods()
    kinds = {one.kind for one in indicators().values()}
    assert kinds <= {kind for method in named for kind in method.kinds}
    for method in named:
        for name in method.functions:
            module, function = name.split(".")
            assert inspect.isfunction(getattr(import_module(f"sql.statistics.{module}"), function))
        assert method.source


def test_a_method_is_checked_by_the_comparisons_that_name_its_functions(made):
    found = {method.title: method.checked(made.comparisons) for method in methods()}
    rates = [one.reference.what for one in found["Rate with its 95 % interval"]]
    assert rates == ["Wilson interval of a proportion"]
    assert len(found["Counts, and ratios of observed to expected"]) == 2


def test_what_disagrees_is_listed_first(validated, made):
    sections = json.loads(as_json(made))["sections"]
    sections["Intervals"][-1] |= {"disagreements": 2}
    frame = comparison_frame(kept(validated(sections=sections)))
    assert frame["result"].to_list() == ["■ disagrees", *["● agrees"] * 8]


def test_thresholds_say_which_are_proposals():
    found = dict(thresholds().select("what", "value").iter_rows())
    assert found["Events that a flag needs"] == "2"
    assert found["Alarm: chance of so many events, one side"] == "0.1 %"
    assert thresholds().filter(source="this registry [P]").height > 5
