"""Each rule of the catalogue is broken once on purpose, and speaks alone.

Rules about rows are broken in one export: a patient a rule, each a case of its own, so
that what is found in a case is what its fault has done. Rules about a file or a whole
export have an export each. What must come with a fault is listed with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pytest

from expectations.rules import catalogue
from ingest import inbox
from ingest.form import Form
from ingest.pipeline import judge
from ingest.read import read_content
from ingest.submission import Registry
from ingest.worker import Worker
from sql.ledger import Ledger
from tests.ingest.clean_case import SITE, case_of_two_lesions
from tests.ingest.clean_export import export_of, home_with_register
from tests.ingest.column_faults import column_faults
from tests.ingest.cross_faults import cross_faults
from tests.ingest.faults import faulty
from tests.ingest.reading_faults import CLEAN, Sent, changed, reading_faults
from tests.ingest.submission_faults import submission_faults, without_a_complication
from tests.ingest.test_journey import AT

IN_ROWS = {fault.rule: fault for fault in (*column_faults(), *cross_faults())}
IN_EXPORTS = {sent.rule: sent for sent in (*reading_faults(), *submission_faults())}
FULL = {"submission_type": "FULL", "extract_datetime": "2026-07-21T09:30:00+01:00"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return home_with_register(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="module")
def findings(home):
    """findings(sent): the findings of the real check, each with rule, table and line."""

    def check(sent: Sent) -> list[Mapping[str, object]]:
        registry = Registry(register=home.newest_register(), is_alone=False, **sent.registry)
        return judge(
            lambda: read_content(
                sent.name,
                sent.content,
                table=sent.table,
                limits=sent.limits,
                linkage_key=sent.linkage_key,
            ),
            lambda site: registry,
            now=AT,
            form=Form(sent.table) if sent.table is not None else None,
        ).report["findings"]

    return check


@pytest.fixture(scope="module")
def found_in_case(findings):
    """By case, the rules that spoke in the one export of all faults in rows."""
    cases = [faulty(fault, number) for number, fault in enumerate(IN_ROWS.values(), 1)]
    export = export_of([*cases, case_of_two_lesions(len(cases) + 1)])
    found = defaultdict(set)
    for finding in findings(Sent("", export.zipped())):
        found[export.case_at.get((finding["table"], finding["line"]))].add(finding["rule"])
    return found


def test_a_case_without_a_fault_has_no_finding(findings):
    assert findings(Sent("", CLEAN.zipped())) == []


@pytest.mark.parametrize(("number", "rule"), list(enumerate(IN_ROWS)), ids=list(IN_ROWS))
def test_a_fault_in_a_row_is_found_by_its_rule_alone(found_in_case, number, rule):
    assert found_in_case[number] == IN_ROWS[rule].rules


def test_nothing_is_found_beside_the_faults(found_in_case):
    assert set(found_in_case) == set(range(len(IN_ROWS)))


@pytest.mark.parametrize("rule", list(IN_EXPORTS))
def test_a_fault_of_an_export_is_found_by_its_rule_alone(findings, rule):
    sent = IN_EXPORTS[rule]
    assert {finding["rule"] for finding in findings(sent)} == sent.rules


def test_a_missing_column_is_to_be_added_and_an_unknown_one_removed(findings):
    sent = Sent(
        "K02", changed("procedure.csv", lambda data: data.replace(b"anaesthesia", b"colour", 1))
    )
    told = {found["column"]: (found["code"], found["fix"]) for found in findings(sent)}
    assert told == {
        "anaesthesia": ("HEADER_MISSING", "Add the column, empty if there is nothing to say."),
        "colour": ("HEADER_UNKNOWN", "Remove the column, or name it as the template does."),
    }


def test_a_file_that_changed_on_its_way_is_to_be_exported_again(findings):
    (sent,) = [one for one in reading_faults() if one.rule == "K01"]
    assert {found["fix"] for found in findings(sent)} == {
        "Make the export again, the manifest last."
    }


def test_k06_a_complication_that_a_full_export_leaves_out_is_found_alone(home):
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: AT)
        ours = {"site": SITE, "by": "data manager", "at": AT}
        first = inbox.deposit(home.path, CLEAN.zipped(), "export.zip", **ours)
        assert worker.check(first) == "accepted"
        later = without_a_complication().zipped(**FULL)
        second = inbox.deposit(home.path, later, "export.zip", **ours)
        assert worker.check(second) == "held"
    assert inbox.report(home.path, second).findings["rule"].to_list() == ["K06"]


def test_there_is_a_fault_for_every_rule_of_the_catalogue():
    elsewhere = {"K06", "D14b"}  # above; and at the build: tests/sql/test_identity_clash.py
    assert {*IN_ROWS, *IN_EXPORTS, *elsewhere} == set(catalogue())
