"""What else may hold a patient: snapshots, past days, bridges, answers, reviews, other sites."""

import json
from datetime import timedelta

import polars as pl
import pytest

from ingest import inbox
from ingest.__main__ import main
from ingest.bridging import Bridges
from sql.access import Viewer
from sql.audit_log import faults
from sql.ledger import LedgerError
from sql.ledger_answers import answers
from sql.publish_release import numbers, served
from sql.sentinel_reviews import event_key, review, reviews
from sql.snapshots import snapshot
from tests.ingest.at_rest import places
from tests.ingest.erasable import (
    LATER,
    OURS,
    PATIENTS,
    TEAM,
    erase,
    figures,
    tables_of,
    without,
    words,
)
from tests.ingest.journeys import SECOND
from tests.ingest.test_journey import EXPORTS, FIRST, Registry, cell
from tests.ingest.test_snapshotting import YEAR, opened


@pytest.fixture
def registry(two_quarters):
    return two_quarters


def gone(registry, patient=OURS):
    return places(registry.home.path, words(registry, patient, FIRST, SECOND)) == []


@pytest.mark.trial
def test_a_snapshot_is_built_anew_without_the_patient_and_still_holds(registry, capsys):
    opened(registry)
    registry.worker.take_snapshot(1, by="registry team")
    taken = snapshot(registry.ledger, 1)
    later = registry.later(
        manifest=LATER | {"submission_type": "CORRECTION", "reason": "typed"},
        procedure=cell("max_sbp", 2, "150"),
    )
    assert registry.state(later) == "accepted"
    registry.worker.run_once()
    done = erase(registry, OURS)
    assert (done["snapshots"], done["state"]) == (1, "done")
    now = snapshot(registry.ledger, 1)
    assert now["release"] not in (taken["release"], served(registry.home.path))
    assert (now["erased"], taken["erased"]) == (done["records"], 0)
    assert now["full_sha256"] != taken["full_sha256"]
    assert not inbox.snapshot_differences(registry.home.path)[1]
    assert numbers(registry.home.path) == sorted([now["release"], served(registry.home.path)])
    assert gone(registry)
    assert main(["snapshot", "verify", "--home", str(registry.home.path)]) == 0
    said = f"snapshot 1: as it was taken; {done['records']} records erased since"
    assert said in capsys.readouterr().out
    kept = registry.ledger.events("snapshot 1")
    assert taken["full_sha256"] in kept[1]["detail"]  # the old hash stays in the log
    found = inbox.as_frozen(registry.home.path, TEAM, YEAR, by="page", at=registry.now)
    assert (found.release, found.erased) == (now["release"], done["records"])
    # A second erasure of the same snapshot: its rows are counted on.
    again = erase(registry, PATIENTS[1])
    assert snapshot(registry.ledger, 1)["erased"] == done["records"] + again["records"]
    assert not inbox.snapshot_differences(registry.home.path)[1]
    assert gone(registry, PATIENTS[1])


@pytest.mark.trial
def test_the_frozen_figures_are_those_that_would_have_been_frozen_without_the_patient(
    registry, tmp_path
):
    opened(registry)
    registry.worker.take_snapshot(1, by="registry team")
    erase(registry, OURS)
    never = Registry(tmp_path / "never")
    for source in (FIRST, SECOND):
        never.send(without(source, OURS, FIRST, SECOND))
    never.worker.run_once()
    opened(never)
    never.worker.take_snapshot(1, by="registry team")
    frozen = (snapshot(one.ledger, 1)["release"] for one in (registry, never))
    ours, theirs = (figures(one, n) for one, n in zip((registry, never), frozen, strict=True))
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    never.ledger.close()


@pytest.mark.trial
def test_a_past_day_is_rebuilt_without_the_patient_and_says_so(registry):
    day = registry.now.date()
    registry.now += timedelta(days=2)

    def stood():
        return inbox.as_it_stood(registry.home.path, TEAM, day, by="page", at=registry.now)

    stood()
    registry.worker.run_once()
    before = stood()
    assert (before.release, before.erased) == (2, 0)
    done = erase(registry, OURS)
    assert stood().release is None
    registry.worker.run_once()
    assert stood().release not in (None, before.release)
    assert stood().erased == done["records"]
    assert gone(registry)


@pytest.mark.trial
def test_bridges_of_releases_that_are_gone_are_gone(registry):
    registry.later(manifest=LATER, procedure=cell("max_sbp", 2, "150"))
    registry.worker.run_once()
    Bridges(registry.home, registry.ledger).work_out(1, 2)
    assert list((registry.home.path / "bridges").iterdir())
    erase(registry, OURS)
    assert list((registry.home.path / "bridges").iterdir()) == []
    assert gone(registry)


@pytest.mark.trial
def test_an_answer_to_a_query_on_the_patient_and_its_words_are_gone(registry):
    home = registry.home
    submission = registry.ledger.submissions()[1]["submission_id"]
    found = inbox.report(home.path, submission).findings.filter(pl.col("severity") == "W")
    until = registry.now.date() + timedelta(days=90)
    for number, finding in enumerate(found["finding_id"]):
        inbox.answer_finding(
            home.path,
            submission,
            finding,
            reason=f"checked no. {number}",
            expires=until,
            by="data manager",
            at=registry.now,
        )
    registry.worker.run_once()
    ids = dict.fromkeys(found["finding_id"])
    about = {}
    for finding, key in found.select("finding_id", "case").iter_rows():
        about[finding] = key
    procedures = tables_of(SECOND)["procedure"]
    patient = next(
        p["patient_pseudo_id"] for p in procedures if p["procedure_id"] in about.values()
    )
    done = erase(registry, patient)
    left = {one["finding_id"] for one in answers(registry.ledger)}
    assert done["answers"] == len(ids) - len(left) > 0
    assert gone(registry, patient)
    data = (home.path / "ledger.sqlite").read_bytes()
    for number, finding in enumerate(found["finding_id"]):
        assert (f"checked no. {number}".encode() in data) == (finding in left)
    assert faults(registry.ledger) == []


def test_what_a_review_of_the_patients_event_says_is_emptied(registry):
    procedure = next(p for p in tables_of(FIRST)["procedure"] if p["patient_pseudo_id"] == OURS)
    lead = Viewer("Lead", "governance lead", ("ZZ101",), "ZZ1")
    other = tables_of(FIRST)["procedure"][1]["procedure_id"]
    for name in (procedure["procedure_id"], other):
        event = {
            "site_id": "ZZ101",
            "procedure_id": name,
            "complication_id": None,
            "event": "death within 90 days",
        }
        key = event_key(event, registry.home.storage_keys())
        review(
            registry.ledger,
            key,
            site="ZZ101",
            outcome="PLANNED",
            lesson="words about it",
            viewer=lead,
            at=registry.now,
        )
    erase(registry, OURS)
    assert [one["lesson"] for one in reviews(registry.ledger, lead)] == ["", "words about it"]
    assert gone(registry)


@pytest.mark.trial
def test_a_view_that_somebody_saved_of_the_patients_record_is_gone_with_its_name(registry):
    desk = inbox.Desk(registry.home.path, TEAM, registry.now)
    ours, other = (one["procedure_id"] for one in tables_of(FIRST)["procedure"][:2])
    for procedure in (ours, other):
        desk.save_view(f"Seen: {procedure}", "record", {"site": "ZZ101", "procedure": procedure})
    assert not gone(registry)
    erase(registry, OURS)
    assert [one.name for one in desk.saved_views()] == [f"Seen: {other}"]
    assert gone(registry)


@pytest.mark.trial
def test_a_withdrawn_submission_and_a_roll_back_are_rewritten_too(registry):
    first, second = (one["submission_id"] for one in registry.ledger.submissions())
    why = {"reason": "wrong upload"}
    with pytest.raises(LedgerError, match="the site must ask for it too"):
        registry.worker.roll_back(first, by="registry team", for_registry=True, **why)
    registry.worker.roll_back(first, by="site lead", **why)
    registry.worker.withdraw(second, by="site lead", reason="wrong upload")
    registry.worker.run_once()
    done = erase(registry, OURS)
    assert (done["state"], done["submissions"]) == ("done", 3)
    assert gone(registry)
    again = registry.later(manifest=LATER, procedure=cell("max_sbp", 2, "150"))
    assert registry.state(again) == "accepted"


def test_no_event_of_the_log_names_a_patient_or_a_record(registry):
    sources = (FIRST, SECOND)
    erase(registry, OURS)
    every = {word for patient in PATIENTS for word in words(registry, patient, *sources)}
    for event in registry.ledger.events():
        text = " ".join(str(event[name]) for name in ("action", "subject", "old", "new", "detail"))
        assert not [word for word in every if word in text], event["action"]


@pytest.mark.trial
def test_a_patient_whom_two_sites_share_is_erased_at_both(tmp_path):
    registry = Registry(tmp_path / "home")
    sources = {"ZZ102": "2024-25-Q1.zip", "ZZ302": "2025-26-Q1.zip"}
    exports = {site: EXPORTS / site / name for site, name in sources.items()}
    sent = [registry.send(one.read_bytes(), site=site) for site, one in exports.items()]
    registry.worker.run_once()
    # Left out are rows of quarters that were not sent here, a death among them.
    with pytest.raises(LedgerError, match="the registry team must agree"):
        registry.worker.accept(sent[1], by="site lead")
    registry.worker.accept(sent[1], by="registry team", for_registry=True, reason="a small home")
    registry.worker.run_once()
    first, second = (
        {row["patient_pseudo_id"] for row in tables_of(source)["patient"]}
        for source in exports.values()
    )
    (shared,) = first & second
    done = erase(registry, shared, site="ZZ302")
    assert (json.loads(done["sites"]), done["patients"]) == (["ZZ102", "ZZ302"], 1)
    for site, source in exports.items():
        names = words(registry, shared, source, site=site)
        assert places(registry.home.path, names) == []
    registry.ledger.close()
