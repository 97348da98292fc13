"""The command `audit` lists the log, and says by its exit code whether it is whole."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest.__main__ import main
from ingest.home import create_home
from sql.audit_log import faults
from sql.ledger import Ledger
from tests.sql.tampered import write_anew

REGISTER = Path(__file__).parents[2] / "sample_data" / "register"
AT = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    made = create_home(tmp_path / "home", demo_today=date(2026, 11, 16))
    with Ledger(made.ledger_path) as ledger:
        ledger.append("looked", "release 1", by="Dr A", at=AT.replace(day=14), detail={"n": 1})
        ledger.append("looked", "release 2", by="Dr B", at=AT)
    return made


def test_a_whole_log_is_0_and_a_changed_one_1_with_the_event_named(home, capsys):
    arguments = ["audit", "verify", "--home", str(home.path)]
    assert main(arguments) == 0
    assert capsys.readouterr().out == (
        "2 events, none changed, missing, swapped or added; held against no release\n"
    )
    with Ledger(home.ledger_path) as ledger, ledger.write() as connection:
        connection.exec_driver_sql("drop trigger event_no_update")
        connection.exec_driver_sql("update event set by = 'Dr C' where number = 2")
    assert main(arguments) == 1
    assert "event 2: the event is not what was written\n" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [fault["number"] for fault in told["faults"]] == [2]


def test_whoever_has_the_key_cannot_write_the_log_anew_unseen_by_the_releases(home, capsys):
    on_home = ["--home", str(home.path)]
    assert main(["register", "load", str(REGISTER), *on_home]) == 0
    assert main(["build", *on_home]) == 0
    assert main(["audit", "verify", *on_home]) == 0
    assert "held against 1 release\n" in capsys.readouterr().out
    with Ledger(home.ledger_path) as ledger, ledger.write() as connection:
        connection.exec_driver_sql("drop trigger event_no_update")
        write_anew(connection, ledger.audit_key)
    with Ledger(home.ledger_path) as ledger:
        assert not faults(ledger)  # the log by itself is whole
    assert main(["audit", "verify", *on_home]) == 1
    assert "event 3: release 1 was made after another event\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ([], [1, 2]),
        (["--by", "Dr A"], [1]),
        (["--subject", "release 2"], [2]),
        (["--since", "2026-11-15"], [2]),
    ],
)
def test_the_list_is_what_was_asked_for(home, capsys, asked, numbers):
    arguments = ["audit", "list", "--home", str(home.path), *asked]
    assert main(arguments) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [int(row["number"]) for row in rows] == numbers
    assert main([*arguments, "--json"]) == 0
    assert [row["number"] for row in json.loads(capsys.readouterr().out)] == numbers


def test_without_the_key_of_its_log_no_command_works_and_what_to_set_is_said(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.delenv("IRE_AUDIT_KEY")
    home = create_home(tmp_path / "home")
    assert main(["audit", "verify", "--home", str(home.path)]) == 2
    assert "set IRE_AUDIT_KEY to a secret of at least 32 characters" in capsys.readouterr().err
