"""Erasures in the ledger: their moves, what the database keeps of them, and what it lets go."""

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from sql import erased, erasures, ledger_engine
from sql.audit_log import faults
from sql.erasure_tables import COUNTS, ERASURE, TOMBSTONE
from sql.ledger import Ledger, LedgerAway, LedgerError
from sql.ledger_answers import answer, answers
from tests.sql.test_ledger import AT

TEAM, WORKER = {"by": "E. Demo, registry team", "at": AT}, {"by": "worker", "at": AT}
FOUND = dict.fromkeys(COUNTS, 1) | {"records": 19, "sites": '["ZZ101"]'}


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def begun(ledger, *stones):
    number = erasures.order(ledger, "ZZ101", reason="a letter", **TEAM)
    erasures.preview(ledger, number, FOUND, **WORKER)
    erasures.confirm(ledger, number, **TEAM)
    erasures.begin(ledger, number, FOUND, stones, **WORKER)
    return number


def state(ledger, number):
    return erasures.erasure(ledger, number)["state"]


def test_an_order_goes_from_asked_to_done_and_each_move_is_an_event(ledger):
    number = begun(ledger, "a", "b")
    told = {"findings": [], "reviews": [], "ids": {}}
    erased.tell_rewritten(ledger, number, {}, **told, **WORKER)
    assert erasures.erased_since(ledger, AT + timedelta(days=9)) == 19  # not done: not yet past
    erasures.finish(ledger, number, {"records": 19}, **WORKER)
    assert state(ledger, number) == "done"
    assert erasures.erased_since(ledger, AT - timedelta(days=1)) == 19
    assert erasures.erased_since(ledger, AT) == 0
    assert [event["action"] for event in ledger.events()] == [
        "erasure asked",
        "erasure previewed",
        "erasure confirmed",
        "erasure begun",
        "rows erased",
        "patient erased",
    ]
    assert faults(ledger) == []


def test_nothing_is_carried_out_unconfirmed_nor_confirmed_unseen(ledger):
    number = erasures.order(ledger, "ZZ101", reason="a letter", **TEAM)
    for move in (
        lambda: erasures.confirm(ledger, number, **TEAM),
        lambda: erasures.begin(ledger, number, FOUND, (), **WORKER),
        lambda: erasures.cancel(ledger, number, reason="why", **TEAM),
    ):
        with pytest.raises(LedgerError, match="is asked; it cannot become"):
            move()
    erasures.preview(ledger, number, FOUND, **WORKER)
    with pytest.raises(LedgerError, match="needs a reason"):
        erasures.cancel(ledger, number, reason=" ", **TEAM)
    erasures.cancel(ledger, number, reason="another patient", **TEAM)
    with pytest.raises(LedgerError, match="is cancelled"):
        erasures.confirm(ledger, number, **TEAM)
    with pytest.raises(LedgerError, match="no erasure 9"):
        erasures.confirm(ledger, 9, **TEAM)


def test_a_tombstone_is_set_once_and_stays(ledger):
    begun(ledger, "a", "b")
    begun(ledger, "b", "c")
    assert erasures.tombstones(ledger) == {"a", "b", "c"}
    for change in (
        TOMBSTONE.delete(),
        TOMBSTONE.update().values(digest="d"),
        ERASURE.delete(),
        ERASURE.update().values(reason="another"),
        ERASURE.update().values(state="done"),
    ):
        with pytest.raises(DBAPIError), ledger.write() as connection:
            connection.execute(change)
    assert erasures.tombstones(ledger) == {"a", "b", "c"}


def test_an_answer_that_is_erased_leaves_no_byte(ledger, tmp_path, database):
    about = {"site_ods_code": "ZZ101", "rule": "T07", "value_digest": "v"}
    until = AT.date() + timedelta(days=9)
    for finding, reason in (("one", "checked with the theatre"), ("two", "as measured")):
        said = {"reason": reason, "expires": until} | TEAM
        answer(ledger, about | {"finding_id": finding}, **said)
    number = begun(ledger)
    assert erased.answers_to(ledger, ["one", "nine"]) == 1
    told = {"findings": ["one"], "reviews": [], "ids": {}}
    erased.tell_rewritten(ledger, number, {}, **told, **WORKER)
    ledger.compact()
    assert [one["reason"] for one in answers(ledger)] == ["as measured"]
    if database == "sqlite":
        data = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
        assert (b"as measured" in data, b"with the theatre" in data) == (True, False)
        with sqlite3.connect(tmp_path / "ledger.sqlite") as raw:
            assert raw.execute("pragma integrity_check").fetchone() == ("ok",)
        raw.close()
    assert faults(ledger) == []


def test_while_somebody_reads_the_log_of_writes_is_not_called_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_engine, "WAIT_SECONDS", 0.2)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        with ledger.read() as connection:
            connection.exec_driver_sql("select count(*) from event").fetchall()
            begun(ledger)
            with pytest.raises(LedgerAway):
                ledger.compact()
        ledger.compact()
        assert (tmp_path / "ledger.sqlite-wal").stat().st_size == 0
