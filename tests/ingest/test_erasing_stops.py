"""An erasure is stopped at a step: the next worker ends it, and nothing comes back meanwhile."""

import pytest

from ingest import erasure_rewrite, inbox
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.ledger import LedgerAway
from sql.publish_release import served
from tests.ingest.at_rest import places
from tests.ingest.erasable import (
    LATER,
    OURS,
    PATIENTS,
    TEAM,
    erase,
    order,
    row,
    submitted,
    told,
    words,
)
from tests.ingest.journeys import SECOND, Journey
from tests.ingest.test_journey import FIRST, Killed, cell
from tests.ingest.test_snapshotting import opened

# tests/trials/test_erasure.py kills at every one, and between.
STEPS = ("submission rewritten", "pointer written", "snapshot built anew")


@pytest.fixture(scope="module")
def made_for_stops(made_of_two, tmp_path_factory):
    """Two quarters of which a snapshot was taken; `told` is what is left without the patient."""
    made = Journey(made_of_two, tmp_path_factory.mktemp("stops") / "home")
    opened(made)
    made.worker.take_snapshot(1, by="registry team")
    whole = Journey(made, tmp_path_factory.mktemp("whole") / "home")
    erase(whole, OURS)
    made.told = told(whole)
    whole.ledger.close()
    yield made
    made.ledger.close()


@pytest.mark.trial
@pytest.mark.parametrize("point", STEPS[::2])
def test_stopped_at_any_step_the_next_worker_ends_it(made_for_stops, tmp_path, point):
    registry = Journey(made_for_stops, tmp_path / "home")
    registry.worker.reconcile()
    before = served(registry.home.path)
    number = order(registry, [OURS])
    inbox.confirm_erasure(registry.home.path, number, viewer=TEAM, at=registry.now)

    def die(step):
        if step == point:
            raise Killed(step)

    registry.worker.step = die
    with pytest.raises(Killed):
        registry.worker.run_once()
    if STEPS.index(point) < STEPS.index("pointer written"):
        assert served(registry.home.path) == before
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert row(registry, number)["state"] == "done"
    assert places(registry.home.path, words(registry, OURS, FIRST, SECOND)) == []
    assert faults(registry.ledger) == []
    assert not inbox.snapshot_differences(registry.home.path)[1]
    assert list(changed_files(registry.home.path, submitted(registry))) == []
    assert told(registry) == made_for_stops.told
    assert list(registry.home.path.rglob("*.tmp*")) == []
    registry.ledger.close()


@pytest.mark.trial
def test_what_an_export_asks_for_is_ended_after_a_stop_and_asked_once(two_quarters):
    registry = two_quarters

    def withdraw(text):
        return cell("withdrawal_scope", 1, "ERASE")(cell("withdrawal_date", 1, "2024-08-01")(text))

    sent = registry.later(manifest=LATER, research_enrolment=withdraw)
    assert registry.state(sent) == "accepted"

    def die(step):
        if step == "erasure begun":
            raise Killed(step)

    registry.worker.step = die
    with pytest.raises(Killed):
        registry.worker.run_once()
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert [one["state"] for one in inbox.erasure_list(registry.home.path, TEAM)] == ["done"]
    assert places(registry.home.path, words(registry, OURS, FIRST, SECOND)) == []


@pytest.mark.trial
def test_of_two_orders_of_one_patient_the_second_finds_nobody(two_quarters):
    numbers = [order(two_quarters, [OURS]), order(two_quarters, [OURS, PATIENTS[1]])]
    numbers.append(order(two_quarters, [OURS]))
    for number in numbers:
        inbox.confirm_erasure(two_quarters.home.path, number, viewer=TEAM, at=two_quarters.now)
    two_quarters.worker.run_once()
    states = [row(two_quarters, number)["state"] for number in numbers]
    assert states == ["done", "done", "refused"]
    for patient in (OURS, PATIENTS[1]):
        assert places(two_quarters.home.path, words(two_quarters, patient, FIRST, SECOND)) == []


@pytest.mark.parametrize("file", [9])
def test_stopped_between_two_files_of_a_submission_it_is_rewritten_to_its_end(
    made_for_stops, tmp_path, monkeypatch, file
):
    registry = Journey(made_for_stops, tmp_path / "home")
    registry.worker.reconcile()
    number = order(registry, [OURS])
    inbox.confirm_erasure(registry.home.path, number, viewer=TEAM, at=registry.now)
    replaced, replace = [], erasure_rewrite._replace

    def stopped(path, frame):
        if len(replaced) == file:
            raise Killed(path.name)
        replaced.append(path)
        return replace(path, frame)

    with monkeypatch.context() as other:
        other.setattr(erasure_rewrite, "_replace", stopped)
        with pytest.raises(Killed):
            registry.worker.run_once()
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert row(registry, number)["state"] == "done"
    assert told(registry) == made_for_stops.told
    assert list(changed_files(registry.home.path, submitted(registry))) == []
    assert places(registry.home.path, words(registry, OURS, FIRST, SECOND)) == []
    registry.ledger.close()


@pytest.mark.trial
def test_a_ledger_that_is_away_at_the_end_is_waited_for_and_the_erasure_ends(
    two_quarters, monkeypatch
):
    number = order(two_quarters, [OURS])
    inbox.confirm_erasure(two_quarters.home.path, number, viewer=TEAM, at=two_quarters.now)

    def away(self):
        raise LedgerAway("busy")

    with monkeypatch.context() as other:
        other.setattr("sql.ledger.Ledger.compact", away)
        with pytest.raises(LedgerAway):
            two_quarters.worker.run_once()
    assert row(two_quarters, number)["state"] == "rewritten"
    two_quarters.worker.run_once()  # the same worker goes on
    assert row(two_quarters, number)["state"] == "done"
    assert places(two_quarters.home.path, words(two_quarters, OURS, FIRST, SECOND)) == []
