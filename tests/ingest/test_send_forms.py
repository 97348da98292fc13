"""A single table's file, a check without a submission, and a check that is cancelled."""

import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest import check_only, inbox, progress
from ingest.form import Form
from tests.ingest.test_journey import FIRST, cell

SECOND_QUARTER = Form("patient", date(2024, 7, 1), date(2024, 9, 30))


def patients(change=lambda text: text):
    with zipfile.ZipFile(FIRST) as archive:
        return change(archive.read("patient.csv").decode()).encode()


def deposit(registry, data, form=SECOND_QUARTER, name="patient.csv"):
    registry.now += timedelta(minutes=1)
    said = {"site": "ZZ101", "by": "data manager", "at": registry.now, "form": form}
    return inbox.deposit(registry.home.path, data, name, **said)


def test_a_form_stands_for_the_manifest_of_a_single_table(registry):
    sent = deposit(registry, patients(cell("imd_decile", 1, "3")))
    registry.worker.check(sent)
    row = registry.ledger.submission(sent)
    assert row["state"] == "accepted"
    assert (row["period_start"], row["period_end"]) == ("2024-07-01", "2024-09-30")
    assert row["submission_type"] == "INCREMENTAL"
    changed = inbox.difference(registry.home.path, registry.first, sent, today=date(2026, 11, 16))
    assert changed.cells["column"].to_list() == ["imd_decile"]


def test_a_single_table_is_checked_against_all_that_the_site_holds(registry):
    text = patients(cell("diagnosis_date", 1, "2026-01-01"))  # after its held procedure
    sent = deposit(registry, text)
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    found = inbox.report(registry.home.path, sent).findings
    assert "D01b" in found["rule"].to_list()


def test_the_same_rows_for_another_quarter_are_another_submission(registry):
    first = deposit(registry, patients(cell("imd_decile", 1, "3")))
    registry.worker.check(first)
    third = Form("patient", date(2024, 10, 1), date(2024, 12, 31))
    sent = deposit(registry, patients(cell("imd_decile", 1, "3")), third)
    registry.worker.check(sent)
    digests = {registry.ledger.submission(one)["canonical_digest"] for one in (first, sent)}
    assert len(digests) == 2


def test_a_form_names_a_table_and_a_type_that_exist():
    with pytest.raises(ValueError, match=r"no table; one of .*procedure"):
        Form("patients")
    with pytest.raises(ValueError, match=r"no type of submission; one of .*CORRECTION"):
        Form("patient", submission_type="WHOLE")


def test_a_form_is_kept_and_found_again_as_it_was():
    given = Form("lesion", date(2024, 4, 1), date(2024, 6, 30), "CORRECTION", "typed wrongly")
    assert Form.of(given.told()) == given
    assert Form.of(None) is None


def ask(registry, data=None, name="export.zip", **said):
    said = {"site": "ZZ101", "by": "data manager", "at": registry.now} | said
    return inbox.check_only(registry.home.path, data or FIRST.read_bytes(), name, **said)


def files(path):
    return {p.relative_to(path) for p in Path(path).rglob("*") if p.is_file()}


def test_check_only_says_the_verdict_and_keeps_nothing(registry):
    before, rows = files(registry.home.path), registry.ledger.submissions()
    check_id = ask(registry, name="NHS 943 476 5919.zip")
    assert inbox.is_check_waiting(registry.home.path, check_id)
    registry.worker.run_once()
    told = inbox.checked_only(registry.home.path, check_id)
    assert told.report.verdict == "refused"  # the name of the file holds an NHS number
    again = ask(registry)
    registry.worker.run_once()
    assert inbox.checked_only(registry.home.path, again).report.verdict == "accepted"
    for one in (check_id, again):
        inbox.forget_check(registry.home.path, one)
    assert registry.ledger.submissions() == rows
    event = registry.ledger.events()[-1]
    assert (event["action"], event["subject"], event["by"]) == (
        "checked only",
        "ZZ101",
        "data manager",
    )
    releases = {f for f in files(registry.home.path) - before if f.parts[0] != "releases"}
    assert releases <= {Path("walk.lock"), Path("ledger.sqlite-wal"), Path("ledger.sqlite-shm")}


def test_what_waits_to_be_checked_only_is_encrypted(registry):
    ask(registry, b"patient words")
    (waiting,) = (registry.home.path / "checks").iterdir()
    assert b"patient words" not in waiting.read_bytes()


def test_the_report_of_a_check_only_is_removed_after_an_hour(registry):
    check_id = ask(registry)
    registry.worker.run_once()
    registry.now += check_only.KEPT
    registry.worker.run_once()
    assert inbox.checked_only(registry.home.path, check_id) is not None
    registry.now += timedelta(seconds=1)
    registry.worker.run_once()
    assert inbox.checked_only(registry.home.path, check_id) is None


def test_our_fault_in_a_check_only_is_an_incident_and_ends_it(registry, monkeypatch):
    def fail(row, raw):
        raise ZeroDivisionError

    monkeypatch.setattr(registry.worker, "judge", fail)
    check_id = ask(registry)
    registry.worker.run_once()
    told = inbox.checked_only(registry.home.path, check_id)
    assert told.report is None
    assert len(told.incident) == 8
    assert not inbox.is_check_waiting(registry.home.path, check_id)


def test_a_cancelled_submission_is_refused_and_nothing_of_it_is_kept(registry):
    sent = deposit(registry, patients(cell("imd_decile", 1, "3")))
    inbox.cancel(registry.home.path, sent, by="C. Demo", at=registry.now)
    registry.worker.run_once()
    row = registry.ledger.submission(sent)
    assert (row["state"], row["code"]) == ("refused", "CANCELLED")
    assert row["note"] == "cancelled by C. Demo"
    assert not [f for f in files(registry.home.path) if sent in f.name]


def test_a_decided_submission_cannot_be_cancelled(registry):
    inbox.cancel(registry.home.path, registry.first, by="C. Demo", at=registry.now)
    assert not [f for f in files(registry.home.path) if f.suffix == ".stop"]


def test_the_steps_of_a_check_are_told_while_it_runs(registry, monkeypatch):
    seen = []
    tell = progress.tell
    monkeypatch.setattr(
        progress, "tell", lambda home, one, step: (tell(home, one, step), seen.append(step))[0]
    )
    sent = deposit(registry, patients(cell("imd_decile", 1, "3")))
    registry.worker.check(sent)
    assert seen[0] == "read"
    assert {"patient", "procedure", "prom"} <= set(seen)
    assert inbox.progress(registry.home.path, sent) == ()
