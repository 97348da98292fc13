"""500 tamperings of an audit log, by one who lacks its key: each is found, and its place named."""

import shutil
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from sql.audit_log import faults
from sql.ledger import Ledger
from tests.records import record
from tests.sql.tampered import KINDS, tamper

pytestmark = pytest.mark.trial

TAMPERINGS = 500
EVENTS = 60
AT = datetime(2026, 11, 16, 12, tzinfo=UTC)


def found(path, seed):
    """What is wrong with the verdict on one tampered copy of the log (none: nothing)."""
    random = Random(seed)
    kind = KINDS[seed % len(KINDS)]
    with Ledger(path) as ledger:
        with ledger.write() as connection:
            places = tamper(connection, kind, random)
        named = {fault.number for fault in faults(ledger)}
    return None if named & places else f"{kind} {seed}: at {places}, named {named or 'nothing'}"


def test_every_tampering_is_found_at_its_place(tmp_path):
    whole = tmp_path / "ledger.sqlite"
    with Ledger(whole) as ledger:
        for number in range(EVENTS):
            at = AT + timedelta(minutes=number)
            ledger.append("looked", f"release {number}", by="Dr A", at=at, detail={"n": number})
        assert not faults(ledger)
    failures = []
    for seed in range(TAMPERINGS):
        copy = tmp_path / "copy.sqlite"
        shutil.copy(whole, copy)
        if problem := found(copy, seed):
            failures.append(problem)
    record(
        "trial-tampering",
        "An audit log tampered with by one who can write to its database and lacks its key",
        [
            f"{TAMPERINGS} tamperings of a log of {EVENTS} events: {', '.join(KINDS)} in turn",
            "after each `audit verify` names an event that was tampered with",
            f"failures: {failures or 'none'}",
        ],
    )
    assert not failures
