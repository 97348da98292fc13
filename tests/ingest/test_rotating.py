"""The storage key is rotated: nothing stands under the old one, and nothing else is changed."""

import re
from datetime import timedelta

import polars as pl
import pytest

from ingest import inbox, rotating
from ingest.home import HomeError
from ingest.key_ids import STORAGE, known_ids, storage_ids
from ingest.pseudonym import patient_key
from sql import erasures
from sql.access import Viewer
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.keyring import rotated
from sql.ledger_answers import answers
from sql.publish_release import served
from sql.rekeyed_release import KEY
from sql.rotations import newest_first
from sql.sentinel_reviews import event_key, review, reviews
from sql.snapshots import snapshot
from sql.walk import current
from tests.ingest.at_rest import places
from tests.ingest.erasable import (
    LATER,
    OURS,
    PATIENTS,
    TEAM,
    figures,
    row,
    submitted,
    tables_of,
)
from tests.ingest.rotatable import NEW, NEWER, OLD, Rotatable, keys_at_rest, set_keys
from tests.ingest.test_answers import RULE, UNUSUAL
from tests.ingest.test_journey import FIRST, cell, changed
from tests.ingest.test_snapshotting import opened

LEAD = Viewer("Lead", "governance lead", ("ZZ101",), "ZZ1")
EVENT = {"site_id": "ZZ101", "complication_id": None, "event": "death within 90 days"}
WAITING = PATIENTS[1]  # an order of whom waits to be confirmed
CORRECTED = LATER | {"submission_type": "CORRECTION", "reason": "typed wrongly at the source"}


def unreadable(text):
    """A death that cannot be read: to leave its day out needs the registry team too."""
    return cell("status", 2, "XX")(cell("death_date", 2, "2024-13-40")(text))


def later(registry, days, **tables):
    registry.now += timedelta(days=1)
    said = CORRECTED | {"extract_datetime": f"2024-12-{days:02d}T08:00:00+00:00"}
    return registry.send(changed(FIRST, manifest=said, **tables))


def checked(registry, sent):
    registry.worker.check(sent)
    return sent


def event_of(registry):
    """The key of the death of the third procedure, by the keys that are set."""
    procedure = tables_of(FIRST)["procedure"][2]["procedure_id"]
    return event_key(EVENT | {"procedure_id": procedure}, registry.home.storage_keys())


def query(registry, sent):
    findings = inbox.report(registry.home.path, sent, registry.now.date()).findings
    return findings.filter(pl.col("rule") == RULE).row(0, named=True)


def ordered(registry, patient):
    said = {"reason": "a letter", "viewer": TEAM, "at": registry.now}
    number = inbox.order_erasure(registry.home.path, "ZZ101", [patient], **said)
    registry.worker.carry_out_requests()
    return number


def confirmed(registry, number):
    inbox.confirm_erasure(registry.home.path, number, viewer=TEAM, at=registry.now)
    registry.worker.carry_out_requests()


def accepted(registry, **said):
    """Ask that the held export be accepted; gives what came of it."""
    inbox.request_accept(registry.home.path, registry.held, at=registry.now, **said)
    registry.worker.carry_out_requests()
    return inbox.asked(registry.home.path, registry.held)["outcome"][-1]


@pytest.fixture(scope="module")
def filled(made_of_two, tmp_path_factory):
    """A registry under its first key: with everything that may stand under it."""
    with pytest.MonkeyPatch.context() as patched:
        set_keys(patched)
        made = Rotatable(made_of_two, tmp_path_factory.mktemp("filled") / "home")
        made.worker.reconcile()
        opened(made)
        second = submitted(made)[1]
        checked(made, later(made, 1, procedure=cell("max_sbp", 2, "150")))
        made.worker.roll_back(second, by="site lead", reason="a slip")
        unusual = checked(made, later(made, 2, procedure=cell("max_sbp", 4, UNUSUAL)))
        inbox.answer_finding(
            made.home.path,
            unusual,
            query(made, unusual)["finding_id"],
            reason="read off the chart twice",
            by="data manager",
            at=made.now,
        )
        said = {"site": "ZZ101", "outcome": "PLANNED", "lesson": "words about it"}
        review(made.ledger, event_of(made), **said, viewer=LEAD, at=made.now)
        made.held = checked(made, later(made, 3, vital_status=unreadable))
        assert "registry team must agree" in accepted(made, by="site lead")
        confirmed(made, ordered(made, OURS))
        made.order = ordered(made, WAITING)
        made.worker.take_snapshot(1, by="registry team")  # and erases before
        made.keys = made.home.storage_keys()
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def once(filled, tmp_path_factory):
    """The same after a rotation; copy it, don't change it."""
    with pytest.MonkeyPatch.context() as patched:
        set_keys(patched, OLD[STORAGE], NEW)
        made = Rotatable(filled, tmp_path_factory.mktemp("once") / "home")
        made.rotate()
        made.keys, made.held, made.order = made.home.storage_keys(), filled.held, filled.order
    yield made
    made.ledger.close()


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    set_keys(monkeypatch, OLD[STORAGE], NEW)


@pytest.fixture
def registry(once, tmp_path):
    copy = Rotatable(once, tmp_path / "home")
    copy.held, copy.order = once.held, once.order
    copy.worker.reconcile()
    yield copy
    copy.ledger.close()


def under(registry):
    """All that stands of the patients under the keys that a registry was made with."""
    keys = keys_at_rest(registry.keys)
    found = set(erasures.tombstones(registry.ledger))
    found |= {one["event_key"] for one in reviews(registry.ledger, LEAD)}
    found |= {one["value_digest"] for one in answers(registry.ledger)}
    return keys | found | {f"{key[:8]}…" for key in keys}


@pytest.mark.trial
def test_nothing_is_left_under_the_old_key_and_the_new_alone_opens_nothing(filled, once):
    key = patient_key(filled.keys, WAITING).encode()
    for room in ("submissions/*/procedure.parquet", "releases/*[0-9].duckdb"):
        assert any(key in path.read_bytes() for path in filled.home.path.glob(room))
    words = under(filled) | keys_at_rest(once.keys[-1:])
    assert len(words) > 20
    assert places(once.home.path, words) == []
    assert not (once.home.path / "rotation").exists()
    assert storage_ids(known_ids(once.home.path))[:-1] == storage_ids(known_ids(filled.home.path))


def test_each_figure_of_every_release_is_the_one_it_was(filled, once):
    key = once.keys[-1]
    for number in {served(filled.home.path), snapshot(filled.ledger, 1)["release"]}:
        before, after = figures(filled, number), figures(once, number)
        assert before.keys() == after.keys()
        patients = {old: rotated(key, old) for old in patients_of(filled)}
        for name, rows in before.items():
            was, now = [with_keys(one, patients) for one in rows], after[name]
            if name.endswith((" stg_finding", " stg_submission")):  # digests of keys among others
                identities = [{KEY.search(one)[0] for one in found} for found in (was, now)]
                assert len(identities[0]) == len(identities[1])
                was, now = ([KEY.sub("", one, count=1) for one in found] for found in (was, now))
            assert sorted(was) == sorted(now), name
    assert served(once.home.path) == served(filled.home.path)


def with_keys(text, now):
    return KEY.sub(lambda key: now.get(key[0], key[0]), text)


def patients_of(registry):
    found = set()
    for path in registry.home.path.glob("submissions/*/patient.parquet"):
        found |= set(pl.read_parquet(path)["patient_key"])
    return found


def test_what_is_built_anew_has_the_same_figures(registry):
    before = figures(registry)
    registry.worker.publish()
    after = figures(registry)
    assert [name for name in before if before[name] != after[name]] == []


def test_the_log_manifests_and_the_snapshot_hold(filled, once):
    assert faults(once.ledger) == []
    accepted = [r["submission_id"] for r in once.ledger.submissions() if r["acceptance_number"]]
    assert list(changed_files(once.home.path, accepted)) == []
    assert not inbox.snapshot_differences(once.home.path)[1]
    now, then = snapshot(once.ledger, 1), snapshot(filled.ledger, 1)
    assert now["full_sha256"] != then["full_sha256"]
    assert {n: now[n] for n in ("release", "public_hash", "erased")} == {
        n: then[n] for n in ("release", "public_hash", "erased")
    }
    told = [event["action"] for event in once.ledger.events("key rotation 1")]
    assert told == ["key rotation begun", "rows re-keyed", "storage key rotated"]
    log = repr(once.ledger.events())
    assert not [word for word in keys_at_rest(once.keys) | {OLD[STORAGE], NEW} if word in log]


def test_the_same_export_is_known_and_a_correction_replaces_its_records(registry):
    again = checked(registry, later(registry, 8, procedure=cell("max_sbp", 4, UNUSUAL)))
    assert registry.ledger.submission(again)["code"] == "ALREADY_RECEIVED"
    before = current(registry.worker.walk())["patient"]
    sent = checked(registry, later(registry, 9, patient=cell("imd_decile", 3, "1")))
    assert registry.state(sent) == "accepted"
    after = current(registry.worker.walk())["patient"]
    assert set(after["record_key"]) == set(before["record_key"])
    key = patient_key(registry.home.storage_keys(), PATIENTS[2])
    (corrected,) = after.filter(record_key=key).select("submission_id", "imd_decile").rows()
    assert corrected == (sent, 1)


@pytest.mark.trial
def test_who_was_erased_is_left_out_and_an_order_that_waited_is_carried_out(registry):
    sent = checked(registry, later(registry, 9, procedure=cell("max_sbp", 2, "151")))
    assert registry.state(sent) == "accepted"
    folder = registry.home.submission_folder(sent)
    assert patient_key(registry.home.storage_keys(), OURS) not in patients_in(folder)
    assert patient_key(registry.home.storage_keys(), WAITING) in patients_in(folder)
    confirmed(registry, registry.order)
    registry.worker.publish()
    assert row(registry, registry.order)["state"] == "done"
    assert patient_key(registry.home.storage_keys(), WAITING) not in patients_in(folder)


def patients_in(folder):
    return set(pl.read_parquet(folder / "procedure.parquet")["patient_key"])


def test_answers_and_reviews_stand_and_a_held_export_is_accepted_as_it_was_shown(registry):
    assert event_of(registry) in {one["event_key"] for one in reviews(registry.ledger, LEAD)}
    assert accepted(registry, by="registry team", registry_reason="as the site says") == "done"
    sent = checked(registry, later(registry, 9, procedure=once_more))
    assert query(registry, sent)["answer"] == "read off the chart twice"


def once_more(text):
    return cell("max_sbp", 4, UNUSUAL)(cell("max_sbp", 3, "149")(text))


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ((NEWER,), f"{STORAGE} is not the key that this registry works with"),
        ((NEW,), f"{STORAGE}_BEFORE does not hold the keys that were used before"),
        ((NEWER, NEW), f"{STORAGE}_BEFORE does not hold the keys that were used before"),
        ((NEW, OLD[STORAGE]), f"{STORAGE} is not the key"),
        ((OLD[STORAGE], NEW, NEWER), "was not rotated to: ire-audit keys rotate"),
    ],
)
def test_other_keys_or_another_order_are_refused_with_what_to_set(
    registry, monkeypatch, keys, says
):
    set_keys(monkeypatch, *keys)
    with pytest.raises(HomeError, match=re.escape(says)):
        registry.home.storage_keys()


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ((OLD[STORAGE], NEW), "is the key that this registry works with: put that into"),
        ((NEW, NEWER), "must hold the keys up to now"),
        ((OLD[STORAGE], NEW, OLD[STORAGE]), "was used before: make a new one"),
    ],
)
def test_it_is_not_rotated_to_what_is_no_new_key(registry, monkeypatch, keys, says):
    set_keys(monkeypatch, *keys)
    with pytest.raises(HomeError, match=says):
        rotating.new_keys(registry.worker)
    assert len(newest_first(registry.ledger)) == 1
