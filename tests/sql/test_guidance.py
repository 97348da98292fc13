"""The guidance of a day, what a verdict rests on, and what would make it met."""

import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from sql import guidance
from sql.catalog import models
from sql.reader_compliance import FACTS
from sql.remedies import remedies, remedy
from tests.sql.drawing import values

# A verdict's reasons are the texts of these models that follow `then` or `else`.
JUDGING = re.compile(r"int_(research|mdt|centre|operator|governance|anaesthesia)|ind_spacing.*"
                     r"_per_procedure|ind_ecg_synchronised.*")  # fmt: skip
RESULTS = {"met", "not met", "cannot tell"}


def test_each_publication_follows_the_one_before_without_a_gap():
    found = guidance.guidance()
    assert [one.number for one in found] == ["IPG444", "IPG664", "HTG532"]
    assert found[1].since == date(2019, 11, 27)
    assert found[-1].until is None
    for before, after in pairwise(found):
        assert before.until + timedelta(days=1) == after.since


def test_publications_out_of_order_are_our_own_mistake(tmp_path, monkeypatch):
    text = guidance.DECLARED.read_text("utf-8").replace("2026-01-01", "2012-01-01")
    monkeypatch.setattr(guidance, "DECLARED", tmp_path / "guidance.toml")
    Path(guidance.DECLARED).write_text(text, "utf-8")
    guidance.guidance.cache_clear()
    with pytest.raises(guidance.GuidanceError, match="must come after"):
        guidance.guidance()
    guidance.guidance.cache_clear()


def test_a_procedure_is_read_against_the_guidance_of_its_day(warehouse):
    connection = warehouse(
        procedure="""
        procedure_id | procedure_date
        before       | 2013-01-31
        first        | 2013-02-01
        last_444     | 2019-11-26
        first_664    | 2019-11-27
        last_664     | 2025-12-31
        first_532    | 2026-01-01
        """
    )
    assert values(connection, "fct_procedure", "nice_guidance") == {
        "before": None,
        "first": "IPG444",
        "last_444": "IPG444",
        "first_664": "IPG664",
        "last_664": "IPG664",
        "first_532": "HTG532",
    }
    assert values(connection, "fct_procedure", "is_under_guidance") == {
        "before": False,
        **dict.fromkeys(("first", "last_444", "first_664", "last_664", "first_532"), True),
    }


def test_a_verdict_comes_with_the_dated_facts_behind_it(warehouse):
    connection = warehouse(
        site_designation="""
        designation_start | designation_end
        2015-01-01        | 2016-12-31
        2020-04-03        |
        """,
        research_study="""
        study_id | rec_reference | rec_favourable_opinion_date | study_open | study_close
        S        | 21/LO/0123    | 2021-02-01                  | 2021-03-01 | 2025-02-28
        """,
        study_site="study_id | site_confirmation_date\nS | 2021-04-01",
        research_enrolment="""
        enrolment_id | study_id | patient | consent_date | consent_scope
        E            | S        | p       | 2023-12-20   | DATA_REGISTRY;TREATMENT
        """,
        mdt_review="""
        mdt_id | patient | meeting_date | mdt_level | recommendation | attended_oncology
        M      | p       | 2023-12-10   | LOCAL     | TACE           | N
        """,
        operator_training="""
        training_id | operator_pseudo_id | training_type  | training_date | expiry_date
        1           | O                  | SIGN_OFF       | 2020-01-01    | 2022-01-01
        2           | O                  | SIGN_OFF       | 2022-01-02    |
        3           | O                  | PROCTORED_CASE | 2024-01-01    |
        """,
        governance_approval="""
        approval_id | decision | valid_from | valid_to
        A           | APPROVED | 2023-01-01 | 2024-12-31
        """,
        procedure="""
        procedure_id | patient | procedure_date | enrolment_id | mdt_id | approval_id | primary_operator_pseudo_id
        whole        | p       | 2024-01-01     | E            | M      | A           | O
        second       | p       | 2024-02-01     |              |        |             | O
        """,  # noqa: E501 (a drawn table: a line a row)
    )

    def fact(name):
        return values(connection, "fct_compliance_fact", name)

    assert fact("research")["whole"] == (
        "study S; REC reference 21/LO/0123; favourable opinion 1 Feb 2021; study open 1 Mar 2021 "
        "to 28 Feb 2025; site confirmed 1 Apr 2021, without an end; consent 20 Dec 2023; consent "
        "to data registry, treatment"
    )
    assert fact("mdt")["whole"].startswith("MDT on 10 Dec 2023; local MDT; recommended another")
    assert "oncology" not in fact("mdt")["whole"]
    designated = "designated 1 Jan 2015 to 31 Dec 2016 and 3 Apr 2020, without an end"
    assert fact("centre") == {"whole": designated, "second": designated}
    signed = "signed off 1 Jan 2020 to 1 Jan 2022 and 2 Jan 2022, without an end"
    assert fact("operator")["whole"].startswith(f"{signed}; proctored case on the day")
    assert fact("operator")["whole"].endswith("case 1 of the operator at this site")
    assert fact("operator")["second"].startswith(signed)
    assert "proctored" not in fact("operator")["second"]
    assert fact("governance")["whole"] == ("approval A; approved; valid 1 Jan 2023 to 31 Dec 2024")
    assert fact("research")["second"] == fact("governance")["second"] == ""


def test_every_reason_has_a_remedy_and_every_remedy_a_reason():
    texts = [m.select for m in models() if JUDGING.fullmatch(m.name)]
    assert len(texts) == 8
    told = {t for text in texts for t in re.findall(r"(?:then|else)\s+'([^']+)'", text)}
    assert told - RESULTS == set(remedies())


def test_what_two_reasons_ask_for_is_said_once():
    assert remedy("not quorate: no oncology; local MDT only") == remedy("local MDT only")


def test_each_compliance_rule_has_its_facts(warehouse):
    connection = warehouse(procedure="procedure_id\none")
    rules = connection.sql("select id from indicator where kind = 'compliance'").fetchall()
    assert {rule for (rule,) in rules} == {*FACTS, "C11"}
