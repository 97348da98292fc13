"""What rules on questionnaires, withdrawals and the extract's day do to a submission."""

import csv
import json
import zipfile
from datetime import datetime, timedelta
from io import StringIO

import pytest

from ingest import inbox
from tests.ingest.test_journey import FIRST, Registry, cell, changed, zipped

SENT_AGAIN = ("research_enrolment", "procedure")


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def records(table):
    with zipfile.ZipFile(FIRST) as archive:
        return list(csv.DictReader(StringIO(archive.read(f"{table}.csv").decode())))


def manifest():
    with zipfile.ZipFile(FIRST) as archive:
        return json.loads(archive.read("manifest.json"))


def found(registry, sent):
    findings = inbox.report(registry.home.path, sent).findings
    return set(findings.select("rule", "table", "column").iter_rows())


def test_of_a_questionnaire_the_answer_alone_goes_that_cannot_be_one(registry):
    first_eq5d = [row["instrument"] for row in records("prom")].index("EQ-5D-5L") + 1
    sent = registry.send(changed(FIRST, prom=cell("item_03", first_eq5d, "6")))
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    told = inbox.report(registry.home.path, sent).exclusions
    assert told.select("rule", "table", "column", "is_protected").rows() == [
        ("O12a", "prom", "item_03", False)
    ]


def test_a_living_status_is_old_or_not_by_the_day_of_the_extract(registry):
    extract = datetime.fromisoformat(manifest()["extract_datetime"]).date()
    known = extract - timedelta(days=170)
    stale = extract - timedelta(days=190)
    for day, is_found in ((known, False), (stale, True)):
        sent = registry.send(changed(FIRST, vital_status=cell("status_date", 1, f"{day}")))
        registry.worker.check(sent)
        assert (("D17", "vital_status", "status_date") in found(registry, sent)) is is_found


def test_a_withdrawal_from_further_data_reaches_what_was_accepted_before(registry, tmp_path):
    first = registry.send(FIRST.read_bytes())
    registry.worker.check(first)
    assert registry.state(first) == "accepted"
    enrolled = records("research_enrolment")[0]
    patient = enrolled["patient_pseudo_id"]
    later = [row for row in records("followup_imaging") if row["patient_pseudo_id"] == patient]
    day = next(
        row["procedure_date"]
        for row in records("procedure")
        if row["enrolment_id"] == enrolled["enrolment_id"]
    )
    assert later
    assert all(row["imaging_date"] > day for row in later)
    sent = registry.send(withdrawn(tmp_path / "again.zip", day))
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    report = inbox.report(registry.home.path, sent)
    scans = report.exclusions.filter(table="followup_imaging")
    assert set(scans["rule"]) == {"O17"}
    assert scans["column"].to_list() == [None] * len(later)
    assert report.exclusions.filter(table="procedure").is_empty()


def withdrawn(path, day):
    """The procedures and the enrolments again, the first withdrawn; no other table."""
    with zipfile.ZipFile(FIRST) as archive:
        files = {f"{name}.csv": archive.read(f"{name}.csv") for name in SENT_AGAIN}
    listed = [one for one in manifest()["files"] if one["name"] in files]
    extract = datetime.fromisoformat(manifest()["extract_datetime"]) + timedelta(hours=1)
    told = manifest() | {"files": listed, "extract_datetime": extract.isoformat()}
    path.write_bytes(zipped(files | {"manifest.json": json.dumps(told).encode()}))

    def withdraw(text):
        dated = cell("withdrawal_date", 1, day)(text)
        return cell("withdrawal_scope", 1, "NO_FURTHER_DATA")(dated)

    return changed(path, research_enrolment=withdraw)
