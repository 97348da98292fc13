"""Every seeded fault is found at its row by its rule, and nothing else is found."""

import json
from collections import Counter
from pathlib import Path

import pytest

from expectations.rules import link_rules, sql_rules
from ingest import inbox

ROOT = Path(__file__).parent.parent.parent
KEY = json.loads((ROOT / "sample_data" / "answer_key.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def outcomes(demo_home):
    """Site and file name of each export, with its submission and report."""
    rows = inbox.submissions(demo_home, None).iter_rows(named=True)
    return {
        (row["site_ods_code"], row["filename"]): (
            row,
            inbox.report(demo_home, row["submission_id"]),
        )
        for row in rows
    }


def outcome(outcomes, export):
    return outcomes[export["site"], Path(export["path"]).name]


@pytest.mark.parametrize("export", KEY["exports"], ids=lambda export: export["path"])
def test_an_export_ends_in_its_state_with_exactly_the_findings_of_the_key(outcomes, export):
    row, report = outcome(outcomes, export)
    # Signing is the lead's word on what is accepted; the play list of exports has none.
    assert row["state"].replace("signed", "accepted") == export["state"]
    assert report.verdict == export["verdict"]
    place = ("rule", "severity", "table", "file", "line", "column")
    expected = Counter(tuple(finding[name] for name in place) for finding in export["findings"])
    found = Counter(report.findings.select(place).iter_rows())
    assert found == expected


@pytest.mark.parametrize("export", KEY["exports"], ids=lambda export: export["path"])
def test_every_record_of_an_export_was_counted(outcomes, export):
    _, report = outcome(outcomes, export)
    if export["verdict"] != "refused":
        assert {n: c for n, c in report.records.items() if c} == export["records"]


def test_the_key_holds_over_two_hundred_faults_and_every_state():
    faults = [f for e in KEY["exports"] for f in e["findings"] if f["origin"] == "fault"]
    assert len(faults) > 200
    assert {e["state"] for e in KEY["exports"]} == {
        "accepted",
        "held",
        "refused",
        "superseded",
        "withdrawn",
    }
    assert any(e["nil_return"] and e["state"] == "accepted" for e in KEY["exports"])
    assert any(e["verdict"] == "held" and e["state"] == "accepted" for e in KEY["exports"])


def test_every_rule_across_columns_or_tables_is_broken_somewhere():
    broken = {finding["rule"] for export in KEY["exports"] for finding in export["findings"]}
    assert {cross.rule.id for cross in (*sql_rules(), *link_rules())} - broken == set()


def test_read_is_accepted_plus_excluded_plus_duplicates(demo_home):
    for folder in sorted((demo_home / "submissions").iterdir()):
        told = json.loads((folder / "manifest.json").read_text("utf-8"))
        stored = sum(table["rows"] for table in told["tables"].values())
        assert told["records_read"] == stored + told["records_excluded"] + told["duplicates"]
