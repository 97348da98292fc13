"""A rotation is stopped at a step: the next start ends it or lets it go, and nothing is half."""

import pytest

from ingest.__main__ import main
from ingest.backup import back_up, restore
from ingest.home import HomeError, writer_lock
from ingest.key_ids import STORAGE, STORAGE_BEFORE, known_ids
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.rotations import newest_first
from tests.ingest.at_rest import places
from tests.ingest.rotatable import NEW, NEWER, OLD, Rotatable, keys_at_rest, set_keys
from tests.ingest.test_journey import Killed

# tests/trials/test_rotation.py kills at every one, and between.
BEFORE = ("rotation begun", "submission written beside", "written beside")
AFTER = ("rotation told", "file replaced", "all replaced", "rotation done")


@pytest.fixture
def registry(made, tmp_path, monkeypatch):
    set_keys(monkeypatch)
    copy = Rotatable(made, tmp_path / "home")
    copy.worker.reconcile()
    copy.keys = copy.home.storage_keys()
    yield copy
    copy.ledger.close()


@pytest.fixture
def stopped(registry, monkeypatch):
    """Rotate, and stop at a step; gives the registry, its new keys set."""

    def at(point):
        set_keys(monkeypatch, OLD[STORAGE], NEW)

        def die(step):
            if step == point:
                raise Killed(step)

        with pytest.raises(Killed):
            registry.rotate(die)
        return registry

    return at


def files(registry):
    rooms = ("submissions", "reports")
    paths = [p for room in rooms for p in (registry.home.path / room).rglob("*") if p.is_file()]
    return {path.relative_to(registry.home.path): path.read_bytes() for path in paths}


def states(registry):
    return [row["state"] for row in newest_first(registry.ledger)]


def is_whole(registry):
    accepted = [r["submission_id"] for r in registry.ledger.submissions() if r["acceptance_number"]]
    broken = [*faults(registry.ledger), *changed_files(registry.home.path, accepted)]
    return broken == [] and not (registry.home.path / "rotation").exists()


@pytest.mark.parametrize("point", BEFORE)
def test_stopped_before_the_ledger_is_told_nothing_is_changed(
    registry, stopped, monkeypatch, point
):
    before = files(registry)
    stopped(point)
    assert files(registry) == before
    set_keys(monkeypatch)
    registry.restart()
    registry.worker.reconcile()
    assert (states(registry), is_whole(registry)) == (["abandoned"], True)
    set_keys(monkeypatch, OLD[STORAGE], NEW)
    registry.rotate()
    assert states(registry) == ["done", "abandoned"]
    assert places(registry.home.path, keys_at_rest(registry.keys)) == []


@pytest.mark.parametrize("point", AFTER)
def test_stopped_after_it_the_next_start_ends_it(registry, stopped, point):
    stopped(point).restart()
    registry.worker.reconcile()
    assert (states(registry), is_whole(registry)) == (["done"], True)
    assert places(registry.home.path, keys_at_rest(registry.keys)) == []


def test_a_start_under_the_old_key_alone_ends_it_and_says_what_to_set(
    registry, stopped, monkeypatch
):
    stopped("file replaced")
    set_keys(monkeypatch)
    registry.restart()
    with pytest.raises(HomeError, match=f"{STORAGE} is not the key that this registry works with"):
        registry.worker.reconcile()
    assert (states(registry), is_whole(registry)) == (["done"], True)


def test_while_one_is_stopped_no_backup_is_taken(registry, stopped, tmp_path):
    stopped("rotation told")
    with pytest.raises(HomeError, match="a key rotation was stopped"):
        back_up(registry.home, tmp_path / "backup", days=9, by="a", at=registry.now)


def test_a_backup_of_before_is_restored_under_the_keys_of_then(registry, tmp_path, monkeypatch):
    back_up(registry.home, tmp_path / "backup", days=99, by="a", at=registry.now)
    set_keys(monkeypatch, OLD[STORAGE], NEW)
    registry.rotate()
    said = {"by": "a", "at": registry.now}
    with pytest.raises(HomeError, match=r"made under other storage keys .* rotate again"):
        restore(tmp_path / "backup", tmp_path / "again", **said)
    assert not (tmp_path / "again").exists()
    set_keys(monkeypatch)
    assert restore(tmp_path / "backup", tmp_path / "again", **said).storage_keys() == registry.keys


def test_the_command_looks_first_then_does_it_and_lists(registry, monkeypatch, capsys):
    home = ["--home", str(registry.home.path)]
    set_keys(monkeypatch, OLD[STORAGE], NEW)
    before = files(registry)
    with writer_lock(registry.home):
        assert main(["keys", "rotate", *home]) == 2
    assert "locked by a running worker" in capsys.readouterr().err
    assert main(["keys", "rotate", *home]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1 submission, 1 report, no release, no answer, no tombstone; it needs")
    assert "nothing is changed yet" in said
    assert (files(registry), states(registry)) == (before, [])
    assert main(["keys", "rotate", "--confirm", *home]) == 0
    assert "rotation 1 is done. Keep every key" in capsys.readouterr().out
    assert main(["keys", "list", *home]) == 0
    said = capsys.readouterr().out
    ids = known_ids(registry.home.path)
    assert f"{STORAGE}: {ids[STORAGE]}\n" in said
    assert f"rotation 1, {ids[STORAGE_BEFORE]} to {ids[STORAGE]}: done" in said
    assert not [text for text in (OLD[STORAGE], NEW) if text in said]
    set_keys(monkeypatch, OLD[STORAGE], NEWER)
    assert main(["keys", "rotate", *home]) == 2
    assert f"{STORAGE_BEFORE} must hold the keys up to now" in capsys.readouterr().err


def test_the_command_ends_one_that_was_stopped(registry, stopped, capsys):
    stopped("file replaced")
    assert main(["keys", "rotate", "--confirm", "--home", str(registry.home.path)]) == 0
    assert capsys.readouterr().out == "rotation 1, which was stopped: done\n"
    assert is_whole(registry)


def test_a_demo_home_s_keys_are_fixed(made, capsys):
    assert main(["keys", "rotate", "--home", str(made.home.path)]) == 2
    assert "nothing to rotate" in capsys.readouterr().err
