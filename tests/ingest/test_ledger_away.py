"""The ledger's database goes away and comes back: the work waits, and nothing is lost."""

from datetime import UTC, datetime

import pytest

from ingest import commands, inbox
from ingest.__main__ import main
from ingest.home import create_home
from ingest.worker import Worker
from sql.audit_log import faults
from sql.ledger import Ledger, LedgerAway
from sql.ledger_errors import AWAY

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
MOST_TURNS = 200


@pytest.fixture
def home(tmp_path, killable, monkeypatch):
    for name in ("IRE_STORAGE_KEY", "IRE_INBOX_KEY"):
        monkeypatch.setenv(name, "of the tests alone: " + 20 * "b")
    return create_home(tmp_path / "home")


def deposited(home):
    return inbox.deposit(home.path, b"no export", "export.zip", site="ZZ101", by="a", at=AT)


def test_a_worker_waits_for_the_ledger_and_then_does_what_was_sent(
    home, killable, monkeypatch, caplog
):
    monkeypatch.setattr(commands, "PAUSE_SECONDS", 0.01)
    sent = deposited(home)
    killable.kill()  # before it starts
    turns = []

    def goes_on():
        turns.append(len(turns))
        if len(turns) in (3, 30):
            killable.start()
            deposited(home)
        elif len(turns) == 20:
            killable.kill()  # while it works
        return len(turns) < MOST_TURNS and not (len(turns) > 30 and is_done())

    def is_done():
        return set(inbox.submissions(home.path, None)["state"]) == {"refused"}

    assert commands._work_until_stopped(home, goes_on) == commands.OURS
    assert len(turns) < MOST_TURNS
    assert AWAY in caplog.text
    with Ledger(home.ledger_path) as ledger:
        states = [event["new"] for event in ledger.events(sent)]
        assert faults(ledger) == []
        assert len(ledger.submissions()) == 3
    assert states == ["received", "checking", "refused"]


def test_a_check_that_the_ledger_left_is_no_fault_of_the_submission(home, killable):
    sent = deposited(home)
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: AT, step=lambda name: steps.pop(name)())
        for _ in range(3):
            steps = {"checking": killable.kill}
            with pytest.raises(LedgerAway):
                worker.check(sent)
            killable.start()
            worker.reconcile()
        row = ledger.submission(sent)
        assert (row["state"], row["attempts"]) == ("received", 0)


def test_a_command_says_in_one_line_that_the_ledger_is_away(home, killable, capsys):
    killable.kill()
    assert main(["submissions", "--home", str(home.path)]) == 1
    assert capsys.readouterr().err == f"ire-audit: {AWAY}\n"
