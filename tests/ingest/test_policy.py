"""The registry's own policy values: each load kept whole, and read by the day of recording."""

import json
from datetime import timedelta

import duckdb
import pytest

from ingest.__main__ import main
from ingest.home import HomeError
from ingest.policy import load_policy
from tests.ingest.test_journey import AT, FIRST, Registry

NONE_NEAR = '[[near_mm]]\nsince = 2013-02-01\nvalue = 1\nsource = "Registry team, a test"\n'


def near(home, number):
    """How many lesions are small and near in a release."""
    path = home.path / "releases" / f"release-{number}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        found = "select sum(value) from indicator_value where indicator_id = 'C9'"
        return connection.execute(found).fetchall()[0][0]


def test_a_release_as_of_before_a_load_has_the_old_verdicts(tmp_path):
    registry = Registry(tmp_path / "home")
    file = tmp_path / "own.toml"
    file.write_text(NONE_NEAR, "utf-8")
    registry.send(FIRST.read_bytes())
    registry.worker.run_once()
    before, served = registry.now, near(registry.home, 1)
    registry.now += timedelta(days=1)
    load_policy(registry.home, file, by="registry team", at=registry.now)
    assert near(registry.home, registry.worker.publish().number) < served
    assert near(registry.home, registry.worker.publish(as_of=before).number) == served
    assert registry.home.newest_policy(registry.now).name == "1"
    registry.ledger.close()


def test_each_load_is_kept_whole_with_its_time(tmp_path):
    registry = Registry(tmp_path / "home")
    registry.ledger.close()
    file = tmp_path / "own.toml"
    for number, text in enumerate((NONE_NEAR, NONE_NEAR.replace("= 1", "= 5")), 1):
        file.write_text(text, "utf-8")
        assert load_policy(registry.home, file, by="registry team", at=AT) == number
        kept = registry.home.path / "policy" / str(number)
        assert (kept / "policy.toml").read_text("utf-8") == text
        told = json.loads((kept / "manifest.json").read_text("utf-8"))
        assert (told["n"], told["by"], told["values"]) == (number, "registry team", 1)
    file.write_text(NONE_NEAR.replace("near", "far"), "utf-8")
    with pytest.raises(HomeError, match="no threshold far"):
        load_policy(registry.home, file, by="registry team", at=AT)
    assert registry.home.newest_policy().name == "2"


def test_the_command_says_what_is_wrong_and_keeps_nothing(tmp_path, capsys):
    registry = Registry(tmp_path / "home")
    registry.worker.publish()
    assert registry.ledger.is_published()
    home = ["--home", str(registry.home.path)]
    file = tmp_path / "own.toml"
    file.write_text(NONE_NEAR.replace("= 1", "= 99"), "utf-8")
    assert main(["policy", "load", str(file), *home]) == 2
    assert "own.toml, near_mm: a number of 1 to 50 mm" in capsys.readouterr().err
    assert registry.home.newest_policy() is None
    file.write_text(NONE_NEAR, "utf-8")
    assert main(["policy", "load", str(file), *home]) == 0
    assert "policy 1 loaded" in capsys.readouterr().out
    assert [e["action"] for e in registry.ledger.events()][-1] == "policy loaded"
    assert not registry.ledger.is_published()  # the worker publishes anew
    registry.ledger.close()
