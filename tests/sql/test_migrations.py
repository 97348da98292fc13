"""A ledger is brought up to date when it is opened, whatever version made it."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sql import rotations
from sql.audit_log import faults
from sql.ledger import Ledger, LedgerError
from sql.ledger_schema import MIGRATIONS, bring_up, is_current, newest
from sql.ledger_tables import METADATA
from sql.ledger_triggers import Refusal, protect
from sql.locks import locks
from sql.requests import open_requests, request
from tests.sql.test_erasures import begun
from tests.sql.test_ledger import AT
from tests.sql.test_rotations import changed as rekeyed
from tests.sql.test_sentinel_reviews import reviewed

BEFORE = Path(__file__).with_name("ledger_before_migrations.sql")


def differences(ledger):
    with ledger.read() as connection:
        return compare_metadata(MigrationContext.configure(connection), METADATA)


@pytest.fixture
def earlier(tmp_path):
    """A ledger as the version before migrations made it, and before accounts and a column."""
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as raw:
        raw.executescript(BEFORE.read_text("utf-8"))
    raw.close()
    return path


def test_a_new_ledger_has_the_tables_that_the_code_declares(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert differences(ledger) == []
        assert ledger.events() == []


def test_a_ledger_of_the_version_before_migrations_is_taken_over_without_loss(earlier):
    with Ledger(earlier) as ledger:
        assert differences(ledger) == []
        assert faults(ledger) == []
        assert [event["number"] for event in ledger.events()] == [1, 2, 3, 4, 5, 6]
        assert [row["state"] for row in ledger.submissions()] == ["accepted", "received"]
        assert [row["reason"] for row in locks(ledger)] == ["annual snapshot"]
        assert [row["digest"] for row in open_requests(ledger)] == [None]
        request(ledger, "one", "accept", by="site lead", reason="", digest="d", at=AT)
        assert [row["digest"] for row in open_requests(ledger)] == [None, "d"]


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(earlier, monkeypatch):
    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("sql.ledger_schema.protect", fail)
    before = tables(earlier)
    with pytest.raises(OSError, match="no space"):
        Ledger(earlier)
    assert tables(earlier) == before


def tables(path):
    with sqlite3.connect(path) as raw:
        found = raw.execute("select name, sql from sqlite_master order by 1").fetchall()
    raw.close()
    return found


def test_a_ledger_of_a_later_version_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("update alembic_version set version_num = '9999'")
    raw.close()
    kept = tmp_path / "kept"
    shutil.copy(path, kept)
    with pytest.raises(LedgerError, match="schema 9999; this one knows"):
        Ledger(path)
    assert tables(path) == tables(kept)


def test_a_server_s_ledger_of_a_later_version_is_told_by_a_look(tmp_path, on_postgresql):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        with ledger.read() as connection:
            assert is_current(connection)
        with ledger.write() as connection:
            connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        with pytest.raises(LedgerError, match="schema 9999"), ledger.read() as connection:
            is_current(connection)
        with ledger.write() as connection:
            connection.exec_driver_sql(f"update alembic_version set version_num = '{newest()}'")


def test_migrations_are_numbered_and_follow_one_another():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    numbers = [script.revision for script in reversed(scripts)]
    assert numbers == [f"{number:04d}" for number in range(1, len(scripts) + 1)]
    assert newest() == numbers[-1]


def test_what_an_earlier_version_refused_gives_way_to_a_recorded_rotation(tmp_path, database):
    path, at = tmp_path / "ledger.sqlite", {"by": "a", "at": AT}
    old = (
        Refusal("tombstone: no update", "update", "tombstone", "stays"),
        Refusal(
            "sentinel_review: no update of "
            "number, event_key, site_ods_code, outcome, lesson_digest, by, at",
            'update of "event_key"',
            "sentinel_review",
            "stays",
        ),
    )
    with Ledger(path) as ledger:
        with ledger.write() as connection:
            for table in ("release_rekeyed", "key_rotation", "saved_view", "visit"):
                connection.exec_driver_sql(f"drop table {table}")
            protect(connection, old)
            connection.exec_driver_sql("update alembic_version set version_num = '0003'")
        with ledger.write() as connection:
            bring_up(connection)
        begun(ledger, "a")
        reviewed(ledger)
        number = rotations.begin(ledger, "old", "new", **at)
        told = rotations.tell_rewritten(ledger, number, rekeyed(), **at)
        assert told == {"tombstones": 1, "reviews": 1, "answers": 0}
