"""Where a ledger is kept, and what is said where it cannot be."""

import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy.exc import IntegrityError, InternalError

from sql import ledger_engine
from sql.audit_log import faults
from sql.ledger import Ledger, LedgerAway, LedgerError
from sql.ledger_errors import AWAY, BUSY, FULL
from sql.ledger_tables import REQUEST
from sql.network_disk import network_disk

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /srv nfs4 rw 0 0
/dev/vdb /srv/local\\040disk xfs rw 0 0
tmpfs /srv/local\\040disk/fast tmpfs rw 0 0
"""


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def look(ledger, number):
    ledger.append("looked", f"release {number}", by="Dr A", at=AT)


def test_one_url_decides_where_a_ledger_is_kept(tmp_path, database):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        look(ledger, 1)
    assert path.exists() == (database == "sqlite")
    with Ledger(path) as ledger:
        assert [event["subject"] for event in ledger.events()] == ["release 1"]


def test_the_url_may_stand_in_a_file(tmp_path, on_postgresql, monkeypatch):
    (tmp_path / "url").write_text(f"{on_postgresql}\n")
    monkeypatch.delenv("IRE_LEDGER_URL")
    monkeypatch.setenv("IRE_LEDGER_URL_FILE", str(tmp_path / "url"))
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        look(ledger, 1)
    assert not (tmp_path / "ledger.sqlite").exists()


def test_a_demo_home_keeps_its_own_file_whatever_is_set(tmp_path, on_postgresql):
    (tmp_path / "home.json").write_text(json.dumps({"demo": True, "today": "2026-11-16"}))
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        look(ledger, 1)
    assert (tmp_path / "ledger.sqlite").exists()


def test_a_process_that_keeps_its_connections_reads_the_file_that_stands_there(
    tmp_path, monkeypatch
):
    path, restored = tmp_path / "ledger.sqlite", tmp_path / "restored.sqlite"
    with Ledger(restored) as ledger:
        look(ledger, 2)
    monkeypatch.setattr(ledger_engine.KEPT, "is_asked", True)
    with Ledger(path) as ledger:
        look(ledger, 1)
    with Ledger(path) as ledger, Ledger(path) as again:
        assert [event["subject"] for event in ledger.events()] == ["release 1"]
        assert ledger._engine is again._engine
    for left in tmp_path.glob("ledger.sqlite*"):
        left.unlink()
    restored.rename(path)
    with Ledger(path) as ledger:
        assert [event["subject"] for event in ledger.events()] == ["release 2"]
    ledger_engine._kept.cache_clear()


@pytest.mark.parametrize("url", ["mysql://user:hidden@host/ledger", "hidden", "sqlite:///hidden"])
def test_another_database_is_refused_and_its_url_is_not_shown(url, tmp_path, monkeypatch):
    monkeypatch.setenv("IRE_LEDGER_URL", url)
    with pytest.raises(LedgerError, match="postgresql://USER@HOST/DATABASE") as refused:
        Ledger(tmp_path / "ledger.sqlite")
    assert "hidden" not in str(refused.value)


def test_a_database_of_another_encoding_or_order_is_refused_with_how_to_make_one(
    tmp_path, server, monkeypatch
):
    server.do("postgres", "create database other encoding 'LATIN1' template template0")
    monkeypatch.setenv("IRE_LEDGER_URL", server.url("other"))
    with pytest.raises(LedgerError, match="createdb --template=template0 --encoding=UTF8"):
        Ledger(tmp_path / "ledger.sqlite")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/registry/ledger.sqlite", None),
        ("/srv/registry/ledger.sqlite", "nfs4"),
        ("/srv/local disk/ledger.sqlite", None),
        ("/srv/local disk/fast/ledger.sqlite", None),
        ("/srv/localised/ledger.sqlite", "nfs4"),
    ],
)
def test_the_kind_of_a_network_s_disk_is_that_of_the_nearest_mount(path, kind, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network_disk(Path(path), mounts) == kind
    assert network_disk(Path(path), tmp_path / "not there") is None


def test_a_file_on_a_network_s_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_engine, "network_disk", lambda path: "nfs4")
    with pytest.raises(LedgerError, match=r"on a network's disk \(nfs4\), on which SQLite"):
        Ledger(tmp_path / "ledger.sqlite")
    assert not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize("table", ["event", "case_step", "outlier_case", "snapshot"])
def test_a_server_s_protected_table_cannot_be_emptied_at_a_stroke(table, tmp_path, on_postgresql):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger, pytest.raises(IntegrityError), ledger.write() as connection:
        connection.exec_driver_sql(f"truncate {table} cascade")


def test_what_is_read_at_once_is_of_one_moment(ledger, tmp_path):
    with ledger.read() as connection:
        first = connection.exec_driver_sql("select count(*) from event").scalar()
        with Ledger(tmp_path / "ledger.sqlite") as other:
            look(other, 1)
        assert connection.exec_driver_sql("select count(*) from event").scalar() == first


def test_a_look_cannot_write(tmp_path, on_postgresql):
    path, refused = tmp_path / "ledger.sqlite", pytest.raises(InternalError, match="read-only")
    with Ledger(path) as ledger, refused, ledger.read() as connection:
        connection.exec_driver_sql("delete from request")


def test_a_write_waits_for_the_one_before_it(ledger):
    begun, order = Event(), []

    def slow():
        with ledger.write() as connection:
            begun.set()
            time.sleep(0.3)
            connection.exec_driver_sql("select 1")
            order.append("first")

    thread = Thread(target=slow)
    thread.start()
    begun.wait()
    look(ledger, 1)
    order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_write_that_waits_too_long_is_told_in_words(tmp_path, on_postgresql, monkeypatch):
    with Ledger(tmp_path / "ledger.sqlite") as ledger, ledger.write() as connection:
        connection.exec_driver_sql("select 1")
        monkeypatch.setitem(ledger_engine._CONNECTING, "options", "-c lock_timeout=50ms")
        monkeypatch.setenv("IRE_LEDGER_URL", on_postgresql + "&application_name=another")
        with pytest.raises(LedgerAway) as waited:
            Ledger(tmp_path / "ledger.sqlite").append("looked", "1", by="Dr A", at=AT)
    assert str(waited.value) == BUSY


def test_a_server_that_is_not_there_is_told_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("IRE_LEDGER_URL", f"postgresql://postgres@/ledger?host={tmp_path}")
    with pytest.raises(LedgerAway) as away:
        Ledger(tmp_path / "ledger.sqlite")
    assert str(away.value) == AWAY


def test_a_full_disk_is_told_in_words_and_keeps_what_was_there(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        look(ledger, 1)
        with pytest.raises(LedgerAway) as full:
            fill(ledger)
        assert str(full.value) == FULL
        assert isinstance(full.value.__cause__.orig, sqlite3.OperationalError)
        assert len(ledger.events()) == 1
        assert faults(ledger) == []


def fill(ledger):
    """Enter requests until the file may not grow."""
    with ledger.write() as connection:
        pages = connection.exec_driver_sql("pragma page_count").scalar()
        connection.exec_driver_sql(f"pragma max_page_count = {pages}")
        row = {"submission_id": "one", "kind": "k" * 100, "by": "by", "at": "at"}
        for _ in range(1000):
            connection.execute(REQUEST.insert().values(**row))
