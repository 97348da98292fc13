"""Data quality: open findings, answered queries, and what only the registry team is told."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from dashboard.finding_counts import DEFINITION
from dashboard.pages.data_quality import _least
from expectations.rules import catalogue
from tests.dashboard.conftest import TODAY, make_home, said
from tests.sql.small_release import procedures, write_release

QUERY = {
    "site_id": "ZZ102",
    "finding_id": "f",
    "rule": "D03",
    "table_name": "procedure",
    "source_file": "procedure.csv",
    "source_line": 5,
    "column_name": "mdt_id",
}
ANSWER = {"answer": "met again by telephone", "answered_by": "C. Demo", "answered_until": TODAY}
CLASH = {
    "site_id": "ZZ102",
    "procedure_id": "P-102-1",
    "procedure_date": TODAY,
    "other_site_id": "ZZ301",
    "other_procedure_id": "P-301-9",
    "source_file": "procedure.csv",
    "source_line": 7,
}
HEADING = "One patient, one day, two sites"


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A home with one query answered and one open, and with one clash of two sites."""
    other = {"site_id": "ZZ301", "other_site_id": "ZZ102"} | {
        "procedure_id": "P-301-9",
        "other_procedure_id": "P-102-1",
    }
    return write_release(
        make_home(tmp_path_factory.mktemp("answered") / "home"),
        procedures("ZZ102", 12),
        findings=[QUERY | ANSWER, QUERY | {"source_line": 9}],
        clashes=[CLASH, CLASH | other],
    )


def frames(page):
    return {tuple(frame.value.columns): frame.value for frame in page.dataframe}


@pytest.mark.parametrize("persona", ["lead", "uploader", "team"])
def test_an_answered_query_is_not_open_and_is_seen_with_its_reason(open_page, answered, persona):
    page = open_page("data-quality", persona, at_home=answered)
    text = said(page)
    assert "1 open finding on current rows" in text
    assert "Besides, 1 query answered by the site and not counted." in text
    assert "1 query answered and not counted as open" in text
    (given,) = (f for names, f in frames(page).items() if "Why it is right" in names)
    assert given[["Why it is right", "Answered by", "Line"]].to_numpy().tolist() == [
        ["met again by telephone", "C. Demo", 5]
    ]


def test_an_answer_that_has_ended_opens_the_query_again(open_page, tmp_path):
    ended = QUERY | ANSWER | {"answered_until": TODAY - timedelta(days=1)}
    home = write_release(make_home(tmp_path / "home"), procedures("ZZ102", 12), findings=[ended])
    text = said(open_page("data-quality", "lead", at_home=home))
    assert "1 open finding on current rows" in text
    assert "No query has an answer that stands." in text


def test_the_definition_says_what_an_answer_does(open_page, answered):
    text = said(open_page("data-quality", "lead", at_home=answered))
    assert DEFINITION.replace("\\", "") in text
    assert "is not counted as long as its answer stands" in DEFINITION.replace("\n", " ")


def test_home_of_site_and_governance_count_open_findings(open_page, answered):
    assert "1 open finding on current rows" in said(open_page("home", "lead", at_home=answered))
    text = said(open_page("home", "team", at_home=answered))
    assert "1 open finding on current rows" in text


def test_the_registry_team_sees_one_patient_at_two_sites_on_one_day(open_page, answered):
    page = open_page("data-quality", "team", at_home=answered)
    text = said(page)
    assert HEADING in text
    assert "1 pair of procedures on one day at two sites" in text
    (shown,) = (f for names, f in frames(page).items() if "Other site" in names)
    assert sorted(shown["Site"]) == ["ZZ102", "ZZ301"]
    assert not {"patient_key", "patient_pseudo_id", "Patient"} & set(shown.columns)


def test_where_nothing_clashes_the_registry_team_reads_so(open_page):
    text = said(open_page("data-quality", "team"))
    assert HEADING in text
    assert "No patient stands at two sites with a procedure on the same day." in text


@pytest.mark.parametrize("persona", ["lead", "uploader", "governance", "commissioner"])
def test_nobody_else_is_told_of_a_patient_at_two_sites(open_page, answered, persona):
    text = said(open_page("data-quality", persona, at_home=answered))
    assert HEADING not in text
    assert "P-301-9" not in text
    assert "P-102-1" not in text


def test_no_rule_is_named_the_most_broken_where_several_tie(open_page, tmp_path):
    rules = ["D03", "D03", "K05a", "K05a", "P04"]
    found = [QUERY | {"rule": rule, "source_line": n} for n, rule in enumerate(rules)]
    home = write_release(make_home(tmp_path / "tied"), procedures("ZZ102", 12), findings=found)
    text = said(open_page("data-quality", "lead", at_home=home))
    assert "most often: 2 rules equally, 2 findings each." in text


def test_the_chart_says_that_it_draws_the_first_rules_only(open_page, tmp_path):
    found = [QUERY | {"rule": rule} for rule in sorted(catalogue())[:12]]
    home = write_release(make_home(tmp_path / "many"), procedures("ZZ102", 12), findings=found)
    text = said(open_page("data-quality", "lead", at_home=home))
    assert "The first 10 of 12 rules, most frequent first; all are in the table." in text


def test_no_field_is_named_the_least_filled_where_several_tie():
    rows = [
        ("Stage", "ZZ102", 1, 4, 0.25),
        ("Grade", "ZZ102", 2, 8, 0.25),
        ("Sex", "ZZ102", 1, 2, 0.5),
    ]
    columns = ("title", "site_id", "filled", "expected", "rate")
    fields = pl.DataFrame(rows, schema=columns, orient="row")
    assert _least(fields) == "least often: 2 fields equally, 25.0 % each"
    assert _least(fields.tail(2)) == "least often: Grade (ZZ102), 2/8"
