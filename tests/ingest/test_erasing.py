"""An erasure: what is at rest afterwards is what a registry without the patient would hold."""

import json
import zipfile

import pytest

from expectations.dictionary import PATIENT
from ingest import inbox
from ingest.__main__ import main
from ingest.pseudonym import patient_key
from sql import publish_release, warehouse
from sql.access import DEMO_VIEWERS, AccessDenied
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.ledger import LedgerError
from sql.publish_release import numbers, served
from tests.ingest.at_rest import named, places
from tests.ingest.erasable import (
    LATER,
    OURS,
    PATIENTS,
    TEAM,
    erase,
    figures,
    of_patient,
    only,
    order,
    row,
    submitted,
    tables_of,
    told,
    without,
    words,
)
from tests.ingest.journeys import SECOND
from tests.ingest.test_journey import FIRST, Registry, cell, changed


@pytest.fixture
def registry(two_quarters):
    return two_quarters


def test_everything_is_as_in_a_registry_that_never_held_the_patient(
    registry, made_of_two, tmp_path
):
    patient = PATIENTS[4]  # with findings on their rows, which the report's workbook shows
    assert places(registry.home.path, words(registry, patient, FIRST, SECOND))
    done = erase(registry, patient)
    assert (done["state"], done["patients"], done["submissions"]) == ("done", 1, 2)
    assert places(registry.home.path, words(registry, patient, FIRST, SECOND)) == []
    assert list(changed_files(registry.home.path, submitted(registry))) == []
    assert faults(registry.ledger) == []
    assert list((registry.home.path / "erasures").iterdir()) == []
    first, second = submitted(registry)
    assert "Rows erased since, not counted here" in inbox.receipt_html(registry.home.path, first)
    sealed = words(registry, patient, FIRST, SECOND)
    before = inbox.report_workbook(made_of_two.home.path, second)  # of the same ids
    after = inbox.report_workbook(registry.home.path, second)
    assert (bool(named(before, sealed)), named(after, sealed)) == (True, set())
    never = Registry(tmp_path / "never")
    for source in (FIRST, SECOND):
        never.send(without(source, patient, FIRST, SECOND))
    never.worker.run_once()
    assert told(registry) == told(never)
    ours, theirs = figures(registry), figures(never)
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    never.ledger.close()


@pytest.fixture
def looked_through(monkeypatch):
    """By file that is written, the words that it is looked through for."""
    found = {}

    def noted(file, words):
        found[file.name] = set(words)
        return look_through(file, words)

    look_through = publish_release.without
    for module in (publish_release, warehouse):
        monkeypatch.setattr(module, "without", noted)
    return found


@pytest.mark.trial
def test_what_is_sent_later_is_taken_in_without_the_patient_and_the_receipt_says_so(
    registry, looked_through
):
    erase(registry, OURS)
    again = registry.send(SECOND.read_bytes())
    registry.worker.run_once()
    assert registry.state(again) == "refused"  # without the patient it is what is there already
    assert registry.ledger.submission(again)["code"] == "ALREADY_RECEIVED"
    assert "left out" in inbox.receipt_html(registry.home.path, again)
    later = registry.later(manifest=LATER, procedure=cell("max_sbp", 2, "150"))
    assert registry.state(later) == "accepted"
    folder = registry.home.submission_folder(later)
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    stored = sum(of["rows"] for of in told["tables"].values())
    read = sum(map(len, tables_of(FIRST).values()))
    assert told["records_left_out"] == read - told["records_read"] > 0
    assert told["records_read"] == stored + told["records_excluded"] + told["duplicates"]
    assert told["export_kept"] is False
    assert list(folder.glob("export.*")) == []
    said = f"{told['records_left_out']} records of patients who asked for erasure were left out."
    assert said in told["notices"]
    assert said in inbox.receipt_html(registry.home.path, later)
    registry.worker.run_once()
    assert places(registry.home.path, words(registry, OURS, FIRST, SECOND)) == []
    newest = served(registry.home.path)  # by the process that has read the patient's rows
    known = {
        patient_key(registry.home.storage_keys(), OURS),
        *of_patient(OURS, FIRST)["procedure_id"],
    }
    for name in (f"release-{newest}.duckdb.tmp", f"release-{newest}.public.duckdb.tmp"):
        assert looked_through[name] >= known


@pytest.mark.trial
def test_rows_that_name_no_patient_are_known_by_what_they_hang_from(registry, tmp_path):
    erase(registry, OURS)
    parts = tmp_path / "parts.zip"
    parts.write_bytes(only(FIRST, "procedure", "lesion_treatment", "pulse_delivery"))
    with zipfile.ZipFile(FIRST) as archive:
        procedures = archive.read("procedure.csv").decode()
    theirs = of_patient(OURS, FIRST)["procedure_id"]
    others = "\n".join(one for one in procedures.splitlines() if one.split(",")[0] not in theirs)
    sent = registry.send(changed(parts, procedure=lambda _: f"{others}\n"))
    registry.worker.check(sent)
    assert registry.state(sent) == "accepted"
    for name in ("lesion_treatment", "pulse_delivery"):
        kept = [one for one in tables_of(FIRST)[name] if one["procedure_id"] not in theirs]
        assert told(registry)[-1][0][name] == len(kept) < len(tables_of(FIRST)[name])
    registry.worker.run_once()
    assert places(registry.home.path, words(registry, OURS, FIRST, SECOND)) == []


@pytest.mark.trial
def test_an_id_that_the_site_gives_to_another_patient_is_theirs(registry):
    erase(registry, OURS)
    rows = tables_of(FIRST)["procedure"]
    given = changed(
        FIRST,
        procedure=cell(PATIENT, 1, rows[1][PATIENT]),
        manifest=LATER,
    )
    sent = registry.send(given)
    registry.worker.check(sent)
    report = inbox.report(registry.home.path, sent)
    assert report.records["procedure"] == len(rows)


@pytest.mark.trial
def test_an_export_that_asks_for_erasure_erases_its_patient_before_anything_is_published(registry):
    before = served(registry.home.path)
    asks = {"withdrawal_date": "2024-08-01", "withdrawal_scope": "ERASE"}

    def withdraw(text):
        for column, value in asks.items():
            text = cell(column, 1, value)(text)
        return text

    patient = tables_of(FIRST)["research_enrolment"][0][PATIENT]
    sent = registry.later(manifest=LATER, research_enrolment=withdraw)
    assert registry.state(sent) == "accepted"
    registry.worker.run_once()
    (done,) = inbox.erasure_list(registry.home.path, TEAM)
    assert (done["source"], done["state"], done["submissions"]) == ("export", "done", 3)
    assert numbers(registry.home.path) == [before + 1]
    assert places(registry.home.path, words(registry, patient, FIRST, SECOND)) == []
    registry.worker.run_once()
    assert len(inbox.erasure_list(registry.home.path, TEAM)) == 1


@pytest.mark.trial
def test_a_held_export_is_told_of_anew_and_accepted_without_the_patient(registry):
    excluded = cell("imd_decile", 1, "11")
    held = registry.later(manifest=LATER, patient=excluded)
    assert registry.state(held) == "held"
    erase(registry, tables_of(FIRST)["patient"][0][PATIENT])
    report = inbox.report(registry.home.path, held)
    assert report.exclusions.height == 0
    assert any("left out" in said for said in report.notices)
    assert registry.state(held) == "held"
    registry.worker.accept(held, by="site lead")
    registry.worker.run_once()
    assert registry.state(held) == "accepted"
    patient = tables_of(FIRST)["patient"][0][PATIENT]
    assert places(registry.home.path, words(registry, patient, FIRST, SECOND)) == []


@pytest.mark.parametrize(
    ("ids", "reason", "says"),
    [
        (["\n"], "a letter", "the list holds no id"),
        (["ABC"], "a letter", "line 1 is no patient_pseudo_id"),
        ([OURS, "943 476 5919"], "a letter", "line 2 holds an NHS number"),
        ([OURS], " ", "needs a reason"),
        ([OURS], f"about {OURS.lower()}", "the reason names a patient's id"),
    ],
)
def test_an_order_without_an_id_or_a_reason_is_refused_and_says_where(registry, ids, reason, says):
    with pytest.raises(LedgerError, match=says) as refusal:
        order(registry, ids, reason=reason)
    assert OURS not in str(refusal.value)
    assert inbox.erasure_list(registry.home.path, TEAM) == []


def test_an_unknown_patient_and_a_cancelled_order_erase_nothing(registry):
    before = figures(registry)
    assert row(registry, order(registry, ["A" * 64]))["state"] == "refused"
    number = order(registry, [OURS.lower()])
    inbox.cancel_erasure(
        registry.home.path, number, reason="not the patient", viewer=TEAM, at=registry.now
    )
    with pytest.raises(LedgerError, match="is cancelled; it cannot become confirmed"):
        inbox.confirm_erasure(registry.home.path, number, viewer=TEAM, at=registry.now)
    registry.worker.run_once()
    assert figures(registry) == before
    assert list((registry.home.path / "erasures").iterdir()) == []


def test_only_the_registry_team_may_order_confirm_cancel_or_see(registry):
    home, said = registry.home.path, {"at": registry.now}
    for viewer in (one for one in DEMO_VIEWERS.values() if one.role != "registry team"):
        with pytest.raises(AccessDenied):
            inbox.erasure_list(home, viewer)
        with pytest.raises(AccessDenied):
            inbox.order_erasure(home, "ZZ101", [OURS], reason="why", viewer=viewer, **said)
        with pytest.raises(AccessDenied):
            inbox.confirm_erasure(home, 1, viewer=viewer, **said)
        with pytest.raises(AccessDenied):
            inbox.cancel_erasure(home, 1, reason="why", viewer=viewer, **said)


def test_the_command_orders_previews_confirms_and_lists(registry, tmp_path, capsys):
    def run(*arguments):
        code = main(["erase", *arguments, "--home", str(registry.home.path)])
        return code, capsys.readouterr().out

    ids = tmp_path / "ids"
    ids.write_text(f"{OURS}\n")
    code, told = run("--site", "ZZ101", "--from", str(ids), "--reason", "a letter")
    assert code == 0
    assert "erasure 1, ZZ101: previewed; 1 patient" in told
    assert "nothing is erased yet; to do it: ire-audit erase --confirm 1" in told
    assert "erasure 1, ZZ101: done" in run("--confirm", "1", "--by", "G. Demo")[1]
    assert "erasure 1, ZZ101: done" in run()[1]
    assert row(registry, 1)["confirmed_by"] == "G. Demo, registry team"
    assert places(registry.home.path, words(registry, OURS, FIRST, SECOND)) == []
    ids.write_text("A" * 64)
    code, told = run("--site", "ZZ101", "--from", str(ids), "--reason", "a letter")
    assert (code, "the registry holds no patient" in told) == (2, True)
