"""The audit log shows that it was tampered with, and where."""

import shutil
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from sql.audit_log import Anchor, Fault, faults
from sql.ledger import Ledger
from sql.secrets import SecretMissing
from tests.sql.tampered import KINDS, tamper

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
EVENTS = 12


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        fill(ledger)
    return path


def fill(ledger):
    for number in range(EVENTS):
        at = AT + timedelta(minutes=number)
        ledger.append("looked", f"release {number}", by="Dr A", at=at, detail={"n": number})


def test_a_log_as_it_was_written_has_no_fault(path):
    with Ledger(path) as ledger:
        newest = ledger.events()[-1]
        assert faults(ledger, [Anchor("release 3", newest["number"], newest["hash"])]) == []


def test_a_new_log_has_no_fault(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert faults(ledger) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_tampered_log_names_the_place(path, tmp_path, kind):
    for seed in range(6):
        copy = tmp_path / f"{seed}.sqlite"
        shutil.copy(path, copy)
        with Ledger(copy) as ledger:
            with ledger.write() as connection:
                places = tamper(connection, kind, Random(seed))
            assert {fault.number for fault in faults(ledger)} & places, (kind, seed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_on_a_server_tells_the_same(kind, tmp_path, on_postgresql):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        fill(ledger)
        assert faults(ledger) == []
        with ledger.write() as connection:
            places = tamper(connection, kind, Random(1))
        assert {fault.number for fault in faults(ledger)} & places


def test_every_fault_is_told_in_words(path):
    with Ledger(path) as ledger:
        with ledger.write() as connection:
            for change in ("update", "delete"):
                connection.exec_driver_sql(f"drop trigger event_no_{change}")
            connection.exec_driver_sql("delete from event where number in (3, 4, 12)")
            connection.exec_driver_sql("update event set by = 'x' where number = 7")
        assert faults(ledger) == [
            Fault(3, "events 3 to 4 were taken out"),
            Fault(7, "the event is not what was written"),
            Fault(12, "event 12 was taken out from the end"),
        ]


def test_a_log_put_back_to_an_earlier_day_does_not_fit_a_release_made_since(path, tmp_path):
    earlier = tmp_path / "earlier.sqlite"
    shutil.copy(path, earlier)
    with Ledger(path) as ledger:
        ledger.append("published", "release 9", by="worker", at=AT)
        newest = ledger.events()[-1]
    with Ledger(earlier) as ledger:
        assert faults(ledger) == []
        gone = faults(ledger, [Anchor("release 9", newest["number"], newest["hash"])])
        ledger.append("published", "release 8", by="worker", at=AT)
        other = faults(ledger, [Anchor("release 9", newest["number"], newest["hash"])])
    assert gone == [Fault(13, "the event is gone that release 9 was made after")]
    assert other == [Fault(13, "release 9 was made after another event")]


def test_another_key_finds_every_event_wrong(path, monkeypatch):
    monkeypatch.setenv("IRE_AUDIT_KEY", 40 * "z")
    with Ledger(path) as ledger:
        assert [fault.number for fault in faults(ledger)] == [*range(1, EVENTS + 1), EVENTS]


def test_without_its_key_no_ledger_opens_and_what_to_set_is_said(path, monkeypatch, tmp_path):
    monkeypatch.delenv("IRE_AUDIT_KEY")
    with pytest.raises(SecretMissing, match="set IRE_AUDIT_KEY to a secret of at least 32"):
        Ledger(path)
    (tmp_path / "key").write_text(f"{'k' * 40}\n")
    monkeypatch.setenv("IRE_AUDIT_KEY_FILE", str(tmp_path / "key"))
    with Ledger(tmp_path / "other.sqlite") as ledger:
        ledger.append("looked", "release 1", by="Dr A", at=AT)
        assert faults(ledger) == []
    monkeypatch.setenv("IRE_AUDIT_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SecretMissing, match="IRE_AUDIT_KEY_FILE names a file") as raised:
        Ledger(path)
    assert str(tmp_path) not in str(raised.value)
