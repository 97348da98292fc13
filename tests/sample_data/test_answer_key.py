"""The answer key says of every submission what a second opinion says."""

from collections import Counter

import pytest

from expectations.dictionary import tables
from sample_data._faults_files import FILES
from sample_data._play import FAULTS
from tests.sample_data.catalogue import BREACHES, HOLDING, QUERIES, severity
from tests.sample_data.oracle import severity_of

COLUMN_KINDS = (
    "REQUIRED", "CODE", "PATTERN", "TYPE", "NUMBER", "DATE_FORMAT", "DATE_IMPOSSIBLE",
    "DATE_FUTURE", "HARD", "PLAUSIBLE",
)  # fmt: skip


def findings_of(key):
    return [finding for export in key["exports"] for finding in export["findings"]]


def places(findings):
    names = ("rule", "severity", "table", "file", "line", "column")
    return Counter(tuple(finding[name] for name in names) for finding in findings)


def test_every_finding_of_the_key_and_no_other_is_there(key, replayed):
    for export in key["exports"]:
        if export["path"] in replayed:
            found = Counter(replayed[export["path"]].found)
            assert places(export["findings"]) == found, export["path"]


def test_no_submission_breaks_a_rule_at_a_row_of_another(replayed):
    assert {path: each.elsewhere for path, each in replayed.items() if each.elsewhere} == {}


def test_every_declared_fault_is_planted_once(key):
    declared = [fault.id for fault in (*FILES, *FAULTS)]
    assert len(declared) == len(set(declared))
    assert sorted(fault["id"] for fault in key["faults"]) == sorted(declared)


def test_every_fault_is_found_by_the_rules_that_it_declares(key):
    found = Counter((f["fault"], f["rule"]) for f in findings_of(key) if "fault" in f)
    for fault in key["faults"]:
        for rule in fault["rules"]:
            assert found[fault["id"], rule] >= 1, (fault["id"], rule)


def test_the_readme_counts_what_the_key_holds(key, sample_data):
    found = findings_of(key)
    counts = (
        f"There are {len(key['faults'])} of them in {len(key['exports'])} exports,"
        f" and {len(found)} findings of {len({f['rule'] for f in found})} rules;"
    )
    assert counts in (sample_data / "README.md").read_text("utf-8").replace("\n", " ")


@pytest.mark.parametrize("kind", COLUMN_KINDS)
def test_each_kind_of_column_rule_is_broken_at_least_twice(key, kind):
    assert sum(f["rule"].endswith(f".{kind}") for f in findings_of(key)) >= 2


@pytest.mark.parametrize("rule", ["K01", "K07", "K11", "K12", "D19"])
def test_each_rule_of_whole_files_is_broken(key, rule):
    assert any(f["rule"] == rule for f in findings_of(key))


@pytest.mark.parametrize("rule", sorted(BREACHES | QUERIES | HOLDING))
def test_each_cross_rule_is_broken_at_least_twice(key, rule):
    assert sum(f["rule"] == rule for f in findings_of(key)) >= 2


def test_every_finding_has_the_severity_of_its_rule(key):
    for finding in findings_of(key):
        rule = finding["rule"]
        told = severity_of(rule) if "." in rule else severity(rule)
        assert finding["severity"] == told, rule


def test_every_finding_stands_in_a_column_of_its_table(key):
    for finding in findings_of(key):
        column = finding["column"]
        assert column is None or column in tables()[finding["table"]].columns


def test_faults_stand_in_every_format_and_at_every_site(key):
    faulty = {(fault["path"].split("/")[1], fault["path"][-4:]) for fault in key["faults"]}
    assert {site for site, _ in faulty} == {
        "ZZ101", "ZZ102", "ZZ201", "ZZ301", "ZZ302", "ZZ401", "ZZ501", "ZZ601",
    }  # fmt: skip
    assert {suffix for _, suffix in faulty} == {".zip", "xlsx"}


def test_only_held_submissions_have_findings_that_hold(key):
    for export in key["exports"]:
        severities = {finding["severity"] for finding in export["findings"]}
        verdict = "refused" if "F" in severities else "held" if "R" in severities else "accepted"
        assert export["verdict"] == verdict, export["path"]


def test_each_state_occurs(key):
    states = Counter(export["state"] for export in key["exports"])
    assert states["held"] == states["withdrawn"] == 1
    assert states["refused"] == 2
    assert states["superseded"] == 5
    assert states["accepted"] > 70
    decided = [e for e in key["exports"] if e["verdict"] == "held" and e["state"] == "accepted"]
    assert len(decided) == 2
    for export in decided:
        left_out = export["excluded"] + export["duplicates"] + export["emptied"]
        assert left_out == sum(f["severity"] == "R" for f in export["findings"])


def test_a_full_submission_supersedes_every_earlier_one_of_its_site(key):
    of_site = [export for export in key["exports"] if export["site"] == "ZZ601"]
    full = next(n for n, e in enumerate(of_site) if e["submission_type"] == "FULL")
    assert {export["state"] for export in of_site[:full]} == {"superseded"}
    assert {export["state"] for export in of_site[full:]} == {"accepted"}


def test_nil_returns_are_accepted_and_hold_no_procedure(key):
    nil_returns = [export for export in key["exports"] if export["nil_return"]]
    assert [export["state"] for export in nil_returns] == ["accepted", "accepted"]
    assert all("procedure" not in export["records"] for export in nil_returns)


def test_no_exclusion_touches_a_complication_or_a_death(key, replayed):
    for export in key["exports"]:
        if export["verdict"] != "held" or export["state"] != "accepted":
            continue
        rows = {(row.table, row.line): row.cells for row in replayed[export["path"]].sent}
        sent = replayed[export["path"]].sent
        complicated = {r.cells["patient_pseudo_id"] for r in sent if r.table == "complication"}
        dead = {r.cells["patient_pseudo_id"] for r in sent if r.cells.get("death_date")}
        for finding in export["findings"]:
            if finding["severity"] == "R":
                cells = rows[finding["table"], finding["line"]]
                assert cells.get("patient_pseudo_id") not in complicated | dead
                assert finding["table"] not in {"complication", "vital_status"}


def test_a_rule_has_one_severity():
    assert len(BREACHES | QUERIES | HOLDING) == len(BREACHES) + len(QUERIES) + len(HOLDING)
