"""`ire-audit health`: what is wrong with a home, in words that name no path."""

from datetime import date

import pytest

from ingest import health as looked_at
from ingest.__main__ import main
from ingest.health import health
from ingest.home import SECRETS, create_home


@pytest.fixture
def home(tmp_path):
    return create_home(tmp_path / "home", demo_today=date(2026, 11, 16)).path


def test_a_new_home_is_fit(home, capsys):
    assert health(home) == []
    assert main(["health", "--home", str(home)]) == 0
    assert capsys.readouterr().out == "fit\n"


def test_each_fault_is_said_and_no_path(home, monkeypatch, capsys):
    (home / "ledger.sqlite").write_bytes(b"no database, 100 bytes at least" * 4)
    (home / "releases" / "CURRENT").write_text('{"release": 7}')
    monkeypatch.setattr(looked_at, "FEWEST_FREE_BYTES", 10**18)
    found = [
        "the ledger cannot be read",
        "the release that is served cannot be read",
        "less than 1 GB is free on the disk",
    ]
    assert health(home) == found
    assert main(["health", "--home", str(home)]) == 1
    said = capsys.readouterr().out
    assert said.splitlines() == found
    assert str(home) not in said


def test_where_there_is_no_home_its_place_is_not_said(tmp_path):
    assert "there is no registry home" in health(tmp_path)
    assert str(tmp_path) not in str(health(tmp_path))


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_starts_until_every_secret_is_set_and_all_are_named(
    tmp_path, monkeypatch, capsys, command
):
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret of the tests, 32 characters at least")
    home = create_home(tmp_path / "real").path
    monkeypatch.delenv("IRE_INBOX_KEY")
    monkeypatch.setenv("IRE_STORAGE_KEY", "too short")
    assert main([command, "--home", str(home)]) == 2
    said = capsys.readouterr().err
    assert "IRE_INBOX_KEY" in said
    assert "IRE_STORAGE_KEY" in said
    assert "IRE_AUDIT_KEY" not in said
    assert "too short" not in said


def test_a_secret_that_is_missing_is_named(tmp_path, monkeypatch):
    home = create_home(tmp_path / "real").path
    monkeypatch.delenv("IRE_AUDIT_KEY", raising=False)
    assert any("IRE_AUDIT_KEY" in said for said in health(home))
