"""A registry knows its keys by their ids, and refuses another before it does harm."""

import hashlib
import json
import shutil
from datetime import UTC, datetime

import pytest

from ingest import inbox
from ingest.home import HomeError, create_home, open_home
from ingest.worker import Worker
from sql.ledger import Ledger

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
KEYS = {"IRE_STORAGE_KEY": 40 * "s", "IRE_INBOX_KEY": 40 * "i"}
USED = {"IRE_STORAGE_KEY": "storage_keys", "IRE_INBOX_KEY": "inbox_key"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A registry whose worker has started once."""
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    made = create_home(tmp_path / "home")
    start(made)
    return made


def start(home):
    with Ledger(home.ledger_path) as ledger:
        Worker(home, ledger, clock=lambda: AT).reconcile()


def test_the_ids_say_nothing_of_the_keys(home):
    told = json.loads((home.path / "keys.json").read_text())
    assert set(told) == set(KEYS)
    for name, key in KEYS.items():
        assert len(told[name]) == 16
        assert told[name] not in (hashlib.sha256(key.encode()).hexdigest(), key)
        assert not hashlib.sha256(key.encode()).hexdigest().startswith(told[name])


@pytest.mark.parametrize("name", KEYS)
def test_another_key_is_refused_and_the_right_one_is_named(home, name, monkeypatch):
    told = json.loads((home.path / "keys.json").read_text())
    monkeypatch.setenv(name, 40 * "x")
    with pytest.raises(HomeError, match=rf"{name} is not the key .* \(its id: {told[name]}\)"):
        getattr(home, USED[name])()
    with pytest.raises(HomeError, match=name):
        start(home)
    assert json.loads((home.path / "keys.json").read_text()) == told
    monkeypatch.setenv(name, KEYS[name])
    start(home)


def test_nothing_is_deposited_under_another_key(home, monkeypatch):
    monkeypatch.setenv("IRE_INBOX_KEY", 40 * "x")
    with pytest.raises(HomeError, match="IRE_INBOX_KEY"):
        inbox.deposit(home.path, b"x", "export.zip", site="ZZ101", by="a", at=AT)
    with Ledger(home.ledger_path) as ledger:
        assert ledger.submissions() == []


def test_a_registry_begun_before_ids_were_kept_learns_them_at_its_next_start(home):
    before = (home.path / "keys.json").read_text()
    (home.path / "keys.json").unlink()
    start(home)
    assert (home.path / "keys.json").read_text() == before


def test_a_copy_of_the_home_elsewhere_knows_its_keys(home, tmp_path, monkeypatch):
    copy = open_home(shutil.copytree(home.path, tmp_path / "elsewhere"))
    monkeypatch.setenv("IRE_STORAGE_KEY", 40 * "x")
    with pytest.raises(HomeError, match="IRE_STORAGE_KEY"):
        copy.storage_keys()
