"""From each of five states of a site to each of the five: exactly what was published then."""

from __future__ import annotations

import shutil

import pytest

from sql.audit_log import faults as log_faults
from sql.ledger import LedgerError
from tests.ingest.journeys import CORRECTION, SECOND, Journey, made_once
from tests.ingest.test_journey import EXPORTS, cell
from tests.records import record
from tests.trials.killing import digest

pytestmark = pytest.mark.trial

VERSIONS = 5
THIRD = EXPORTS / "ZZ101" / "2024-25-Q3.zip"


def five(folder):
    """A site with five accepted submissions, and what was published after each."""
    made = made_once(folder / "made")
    made.worker.publish()
    one = Journey(made, folder / "five")
    one.sent, one.published = [one.first], [digest(one.home.path)]
    made.ledger.close()
    for send in (
        lambda: one.later(1, manifest=CORRECTION, patient=cell("imd_decile", 1, "3")),
        lambda: one.later(2, manifest=CORRECTION, patient=cell("imd_decile", 2, "4")),
        lambda: one.again(SECOND.read_bytes()),
        lambda: one.again(THIRD.read_bytes()),
    ):
        one.sent.append(send())
        assert one.state(one.sent[-1]) == "accepted", one.state(one.sent[-1])
        one.worker.publish()
        one.published.append(digest(one.home.path))
    return one


def copy_of(one, folder):
    copy = Journey(one, folder)
    copy.sent, copy.published = one.sent, one.published
    return copy


def back(registry, number):
    """Roll back and publish; whoever must agree does. False where it is the present state."""
    asked = {"by": "site lead", "reason": f"version {number + 1} was right"}
    try:
        try:
            registry.worker.roll_back(registry.sent[number], **asked)
        except LedgerError as refusal:
            if "registry team must agree" not in str(refusal):
                raise
            agreed = asked | {"by": "registry team", "for_registry": True}
            registry.worker.roll_back(registry.sent[number], **agreed)
    except LedgerError as refusal:
        if "present state" not in str(refusal):
            raise
        return False
    registry.worker.publish()
    return True


def faults(registry, start, end, is_new):
    """What is wrong after a roll-back from a state to another."""
    found = []
    if is_new == (start == end):
        found.append(f"{start + 1} to {end + 1}: new {is_new}")
    if digest(registry.home.path) != registry.published[end]:
        found.append(f"{start + 1} to {end + 1}: something else is published")
    if log_faults(registry.ledger):
        found.append(f"{start + 1} to {end + 1}: the chain of events is broken")
    return found


def test_from_each_of_five_states_to_each_of_five_what_was_published_then_is_again(tmp_path):
    one = five(tmp_path)
    assert len(set(one.published)) == VERSIONS
    failures, pairs = [], 0
    for start in range(VERSIONS):
        at_start = copy_of(one, tmp_path / f"{start}")
        is_new = back(at_start, start)
        assert is_new == (start < VERSIONS - 1)
        at_start.ledger.close()
        for end in range(VERSIONS):
            copy = copy_of(at_start, tmp_path / f"{start}-{end}")
            failures += faults(copy, start, end, back(copy, end))
            pairs += 1
            copy.ledger.close()
            shutil.rmtree(copy.home.path)
        shutil.rmtree(at_start.home.path)
    one.ledger.close()
    record(
        "trial-roll-back",
        "From each of five states of a site to each of five",
        [
            f"{pairs} roll-backs, from a state that was itself rolled back to; of each, what is"
            " published has the digest of what was published when that submission was newest",
            f"failures: {failures or 'none'}",
        ],
    )
    assert pairs == VERSIONS**2
    assert not failures
