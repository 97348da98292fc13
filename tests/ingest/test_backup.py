"""A backup is the whole registry, and is restored elsewhere as it was, on either database."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from ingest import backup as backups
from ingest import inbox
from ingest.__main__ import main
from ingest.backup import back_up, checked, restore
from ingest.home import HomeError, create_home, open_home
from ingest.worker import Worker
from sql.audit_log import faults
from sql.hashes import public_hash
from sql.ledger import Ledger, LedgerError
from sql.ledger_tables import METADATA
from sql.locks import lock, locks
from sql.publish_release import served
from sql.reader_periods import reporting_period
from tests.sql.test_outlier_cases import opened as open_case
from tests.sql.test_outlier_cases import walked

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
SAID = {"by": "registry team", "at": AT}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A registry that holds an export that waits, a closed lock and a case on its way."""
    for name in ("IRE_STORAGE_KEY", "IRE_INBOX_KEY"):
        monkeypatch.setenv(name, "of the tests alone: " + 20 * "b")
    return create_home(tmp_path / "home")


def filled(home):
    inbox.deposit(home.path, b"waits", "export.zip", site="ZZ101", by="a", at=AT)
    with Ledger(home.ledger_path) as ledger:
        lock(ledger, reporting_period("2024/25"), reason="annual snapshot", **SAID)
        walked(ledger, open_case(ledger), "notified")
    return home


def rows(home):
    with Ledger(home.ledger_path) as ledger, ledger.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select())]
            for table in METADATA.sorted_tables
        }


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_backup_restored_elsewhere_is_the_registry_it_was(
    home, tmp_path, database, to, server, monkeypatch
):
    filled(home)
    before = rows(home)
    told = back_up(home, tmp_path / "backup", days=35, **SAID)
    assert told["expires"] == "2026-12-21"
    other = server.new_database()
    if to == "postgresql":
        monkeypatch.setenv("IRE_LEDGER_URL", server.url(other))
    else:
        monkeypatch.delenv("IRE_LEDGER_URL", raising=False)
    there = restore(tmp_path / "backup", tmp_path / "elsewhere" / "home", **SAID)
    after = rows(there)
    assert [event[3] for event in after["event"][len(before["event"]) :]] == ["restored"]
    for name in set(before) - {"event", "log_head"}:
        assert after[name] == before[name], name
    assert after["event"][:-1] == before["event"]
    with Ledger(there.ledger_path) as ledger:
        assert faults(ledger) == []
        assert lock(ledger, reporting_period("2025/26"), reason="next", **SAID) == 2
        with pytest.raises(Exception, match="append-only"), ledger.write() as connection:
            connection.exec_driver_sql("delete from event")
    assert inbox.content(there, before["submission"][0][0]) == b"waits"
    assert there.ledger_path.exists() == (to == "sqlite")


def test_the_published_figures_are_equal_and_the_work_goes_on_elsewhere(changeable_home, tmp_path):
    target, path = tmp_path / "backup", tmp_path / "elsewhere"
    assert main(["backup", str(target), "--home", str(changeable_home)]) == 0
    assert main(["restore", str(target), "--home", str(path)]) == 0
    number = served(changeable_home)
    assert served(path) == number
    assert public_hash(path, number) == public_hash(changeable_home, number)
    assert main(["audit", "verify", "--home", str(path)]) == 0
    kept = ("submissions", "register", "policy", "releases")
    for folder in kept:
        assert files(path / folder) == files(changeable_home / folder)
    there = open_home(path)
    with Ledger(there.ledger_path) as ledger:
        worker = Worker(there, ledger, clock=lambda: there.noon)
        worker.reconcile()
        assert worker.is_published


def spoil(name, backup):
    """Change a backup in one way."""
    said = json.loads((backup / "backup.json").read_text())
    match name:
        case "a file changed":
            (backup / "home" / "home.json").write_text(
                json.dumps({"demo": False, "today": None, "x": 1})
            )
        case "a file added":
            (backup / "home" / "more").write_text("x")
        case "a file gone":
            next((backup / "home" / "inbox").iterdir()).unlink()
        case "the ledger changed":
            data = bytearray((backup / "ledger.sqlite").read_bytes())
            data[-1] ^= 1
            (backup / "ledger.sqlite").write_bytes(data)
        case "its last day put off":
            (backup / "backup.json").write_text(json.dumps(said | {"expires": "2099-01-01"}))
        case "its manifest gone":
            (backup / "backup.json").unlink()


@pytest.mark.parametrize(
    "name",
    [
        *("a file changed", "a file added", "a file gone", "the ledger changed"),
        *("its last day put off", "its manifest gone"),
    ],
)
def test_a_backup_that_was_tampered_with_is_refused_and_nothing_is_made(home, tmp_path, name):
    back_up(filled(home), tmp_path / "backup", days=35, **SAID)
    spoil(name, tmp_path / "backup")
    with pytest.raises(HomeError, match=r"not as it was made|no backup"):
        restore(tmp_path / "backup", tmp_path / "elsewhere", **SAID)
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_is_good_until_its_last_day(home, tmp_path):
    back_up(home, tmp_path / "backup", days=35, **SAID)
    last = AT.date() + timedelta(days=35)
    assert checked(tmp_path / "backup", last)["release"] is None
    with pytest.raises(HomeError, match="expired on 2026-12-21; it has to be destroyed"):
        checked(tmp_path / "backup", last + timedelta(days=1))


def test_another_s_key_opens_no_backup(home, tmp_path, monkeypatch):
    back_up(home, tmp_path / "backup", days=35, **SAID)
    monkeypatch.setenv("IRE_AUDIT_KEY", 40 * "z")
    with pytest.raises(HomeError, match="another IRE_AUDIT_KEY"):
        restore(tmp_path / "backup", tmp_path / "elsewhere", **SAID)


def test_nothing_is_written_over(home, tmp_path, on_postgresql):
    back_up(filled(home), tmp_path / "backup", days=35, **SAID)
    with pytest.raises(HomeError, match="there already"):
        back_up(home, tmp_path / "backup", days=35, **SAID)
    with pytest.raises(HomeError, match="not empty"):
        restore(tmp_path / "backup", home.path, **SAID)
    with pytest.raises(LedgerError, match="begun there already"):
        restore(tmp_path / "backup", tmp_path / "elsewhere", **SAID)
    assert not (tmp_path / "elsewhere").exists()
    with Ledger(home.ledger_path) as ledger:
        assert len(locks(ledger)) == 1


def test_where_a_submission_moves_meanwhile_all_is_copied_again(home, tmp_path, monkeypatch):
    copies, copy = [], backups._copy_files

    def moved_once(source, target):
        copy(source, target)
        copies.append(target)
        if len(copies) == 1:
            inbox.deposit(home.path, b"late", "export.zip", site="ZZ101", by="a", at=AT)

    monkeypatch.setattr(backups, "_copy_files", moved_once)
    back_up(home, tmp_path / "backup", days=35, **SAID)
    there = restore(tmp_path / "backup", tmp_path / "elsewhere", **SAID)
    (row,) = inbox.submissions(there.path, None).iter_rows(named=True)
    assert len(copies) == 2
    assert inbox.content(there, row["submission_id"]) == b"late"


def test_a_backup_that_was_cut_short_is_made_anew(home, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", lambda *a, **k: (_ for _ in ()).throw(OSError(28, "")))
        with pytest.raises(OSError, match="28"):
            back_up(home, tmp_path / "backup", days=35, **SAID)
    assert not (tmp_path / "backup").exists()
    back_up(home, tmp_path / "backup", days=35, **SAID)
    assert checked(tmp_path / "backup", AT.date())["files"]
