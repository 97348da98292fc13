"""Rolling back to any earlier state: exactly its rows, and nothing deleted."""

import json

import polars as pl
import pytest

from ingest import inbox
from ingest.rollback import state_digest
from sql.accepted import reports
from sql.audit_log import faults
from sql.ledger import LedgerError
from sql.walk import current
from tests.ingest.journeys import CORRECTION, SECOND, Journey
from tests.ingest.test_journey import ACCEPTANCE, Killed, cell


@pytest.fixture(scope="module")
def versions(made, tmp_path_factory):
    """Three versions: the first quarter, a corrected patient, the second quarter."""
    copy = Journey(made, tmp_path_factory.mktemp("versions") / "home")
    copy.versions = [
        copy.first,
        copy.later(1, manifest=CORRECTION, patient=cell("imd_decile", 1, "3")),
        copy.again(SECOND.read_bytes()),
    ]
    assert [copy.state(one) for one in copy.versions] == ["accepted"] * 3
    copy.digests = [digest(copy, number) for number in (1, 2, 3)]
    yield copy
    copy.ledger.close()


@pytest.fixture
def registry(versions, tmp_path):
    copy = Journey(versions, tmp_path / "home")
    copy.versions, copy.digests = versions.versions, versions.digests
    yield copy
    copy.ledger.close()


def digest(registry, after=None):
    return state_digest(current(registry.worker.walk(site="ZZ101", after=after)))


def back(registry, number, **said):
    """Roll back to a version; both agree, since later versions may add complications."""
    asked = {"by": "site lead", "reason": f"version {number} was right"} | said
    target = registry.versions[number - 1]
    try:
        return registry.worker.roll_back(target, **asked)
    except LedgerError:  # it takes away a complication of a later version
        agreed = asked | {"by": "registry team", "for_registry": True}
    return registry.worker.roll_back(target, **agreed)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", [1, 2])
def test_a_roll_back_has_exactly_the_rows_of_the_earlier_state(registry, number):
    made = back(registry, number)
    assert digest(registry) == registry.digests[number - 1] != registry.digests[2]
    told = registry.worker.walk()[-1]
    assert (told.submission_id, told.submission_type, told.acceptance_number) == (made, "FULL", 4)
    assert told.manifest["rolled_back_to"]["acceptance_number"] == number
    # nothing is deleted: the later versions can be rolled back to again
    back(registry, 3)
    assert digest(registry) == registry.digests[2]


def test_a_roll_back_undoes_a_withdrawal(registry):
    registry.worker.withdraw(registry.versions[1], by="site lead", reason="a mistake")
    assert digest(registry) not in registry.digests
    back(registry, 3)
    assert digest(registry) == registry.digests[2]


def test_a_roll_back_is_published_with_the_quarters_of_the_earlier_state_only(registry):
    walk = registry.worker.walk()
    assert sorted(reports(walk)["period_end"].dt.to_string("%Y-%m-%d")) == [
        "2024-06-30", "2024-09-30"
    ]  # fmt: skip
    back(registry, 2)
    found = reports(registry.worker.walk())
    assert found["submission_id"].to_list() == [registry.first]
    assert found["received_at"].to_list() == reports(walk[:1])["received_at"].to_list()
    registry.worker.publish()
    states = [registry.state(one) for one in registry.versions]
    assert states == ["superseded"] * 3
    rows = inbox.due(registry.home.path, ["ZZ101"], registry.now.date())
    assert rows["state"].to_list()[:2] == ["received", "missing"]


def test_rows_brought_back_name_the_submission_and_file_they_came_from(registry):
    made = back(registry, 2)
    patients = pl.read_parquet(registry.home.submission_folder(made) / "patient.parquet")
    # the second version sent every patient again
    assert set(patients["source_file"]) == {f"{registry.versions[1]}/patient.csv"}


def test_a_roll_back_has_its_reason_its_events_and_no_second_one_in_vain(registry):
    with pytest.raises(LedgerError, match="reason"):
        registry.worker.roll_back(registry.first, by="site lead", reason=" ")
    with pytest.raises(LedgerError, match="present state"):
        registry.worker.roll_back(registry.versions[2], by="site lead", reason="no use")
    made = back(registry, 2)
    events = registry.ledger.events(made)
    assert [event["new"] for event in events] == ["received", "checking", "accepted"]
    detail = json.loads(events[-1]["detail"])
    assert (detail["rolled_back_to"], detail["reason"]) == (2, "version 2 was right")
    assert detail["digest"] == registry.digests[1]
    assert not faults(registry.ledger)


@pytest.mark.trial
def test_in_a_locked_period_a_roll_back_needs_the_registry_team(registry):
    inbox.lock(registry.home.path, "2024/25", by="registry team", at=registry.now, reason="year")
    asked = {"by": "site lead", "reason": "version 2 was right"}
    outcome = registry.ask(inbox.request_roll_back, registry.versions[1], **asked)
    assert "locked period: the registry team must agree" in outcome
    assert digest(registry) == registry.digests[2]
    agreed = {"by": "registry team", "reason": "agreed", "for_registry": True}
    assert registry.ask(inbox.request_roll_back, registry.versions[1], **agreed) == "done"
    told = registry.worker.walk()[-1].manifest
    assert (told["accepted_by"], told["agreed_by"]) == ("site lead", "registry team")


@pytest.mark.trial
def test_what_was_rolled_back_is_new_when_it_is_sent_again_and_the_rest_is_not(registry):
    back(registry, 2)
    assert registry.state(registry.again(SECOND.read_bytes())) == "accepted"
    assert digest(registry) == registry.digests[2]
    again = registry.again(SECOND.read_bytes())
    assert registry.ledger.submission(again)["code"] == "ALREADY_RECEIVED"


@pytest.mark.parametrize("point", ACCEPTANCE)
def test_a_roll_back_killed_at_any_step_is_whole_or_not_there(registry, point):
    def die(step):
        if step == point:
            raise Killed(step)

    registry.worker.step = die
    with pytest.raises(Killed):
        back(registry, 2)
    registry.restart()
    registry.worker.reconcile()
    is_done = point == "folder renamed"
    assert digest(registry) == registry.digests[1 if is_done else 2]
    if not is_done:
        back(registry, 2)
    assert digest(registry) == registry.digests[1]
    assert len(registry.worker.walk()) == 4
    assert not list((registry.home.path / "submissions").glob("*.tmp"))
