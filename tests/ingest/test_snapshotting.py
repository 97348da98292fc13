"""A snapshot taken by the worker: what it freezes, what a crash leaves, and the command."""

import fcntl
import json
from datetime import timedelta

import pytest

from ingest import inbox
from ingest.__main__ import main
from ingest.snapshotting import named_releases
from sql.hashes import full_hash
from sql.ledger import LedgerError
from sql.locks import locked
from sql.publish_release import next_number, prune, served
from sql.snapshots import snapshot
from tests.ingest.journeys import CORRECTION
from tests.ingest.test_journey import Killed, cell

YEAR = "2024/25"
BY = {"by": "registry team"}


def opened(registry, days=29):
    """The year's snapshot opened, and some days passed."""
    number = inbox.open_snapshot(registry.home.path, YEAR, **BY, at=registry.now)
    registry.now += timedelta(days=days)
    return number


def row(registry):
    return snapshot(registry.ledger, 1)


def files(registry):
    folder = registry.home.path / "releases"
    return [folder / f"release-1{kind}.duckdb" for kind in ("", ".public")]


def ask(registry):
    inbox.request_snapshot(registry.home.path, 1, **BY, at=registry.now)


def is_walk_locked(registry):
    with (registry.home.path / "walk.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_the_worker_takes_what_was_asked_for_and_its_release_is_served_and_read_only(registry):
    opened(registry)
    ask(registry)
    registry.worker.step = lambda step: tried.append(step) if is_walk_locked(registry) else None
    tried = []
    registry.worker.run_once()
    assert {"built", "release frozen"} <= set(tried)  # meanwhile nobody else moves the walk
    taken = row(registry)
    assert (taken["state"], taken["release"], taken["taken_by"]) == ("taken", 1, "registry team")
    assert taken["full_sha256"] == full_hash(registry.home.path, 1)
    assert "ZZ101" in json.loads(taken["not_signed"])
    assert served(registry.home.path) == 1
    assert [path.stat().st_mode & 0o222 for path in files(registry)] == [0, 0]
    assert len(locked(registry.ledger)) == 1
    assert inbox.asked(registry.home.path, "snapshot 1")["outcome"].to_list() == ["done"]


def test_before_the_end_of_the_window_it_is_refused_and_nothing_is_published(registry):
    number = opened(registry, days=28)
    with pytest.raises(LedgerError, match="have not signed it; take it after that day"):
        registry.worker.take_snapshot(number, by="registry team")
    assert next_number(registry.home.path) == 1
    ask(registry)
    registry.worker.run_once()
    (told,) = inbox.asked(registry.home.path, "snapshot 1")["outcome"]
    assert "have not signed" in told
    assert row(registry)["state"] == "validating"


def test_killed_on_the_way_the_year_is_still_open_and_the_next_worker_takes_it(registry):
    opened(registry)
    ask(registry)

    def die(step):
        if step == "release frozen":
            raise Killed(step)

    registry.worker.step = die
    with pytest.raises(Killed):
        registry.worker.run_once()
    assert row(registry)["state"] == "validating"
    assert not locked(registry.ledger)
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    taken = row(registry)
    assert taken["state"] == "taken"
    assert served(registry.home.path) == taken["release"]
    assert len(locked(registry.ledger)) == 1
    assert not inbox.snapshot_differences(registry.home.path)[1]
    told = [e["action"] for e in registry.ledger.events() if e["action"] == "snapshot taken"]
    assert len(told) == 1


def test_a_correction_of_the_locked_year_changes_later_releases_and_never_the_snapshot(registry):
    opened(registry)
    registry.worker.take_snapshot(1, by="registry team")
    sent = registry.later(6, manifest=CORRECTION, procedure=cell("max_sbp", 1, "150"))
    assert registry.state(sent) == "accepted"
    registry.worker.publish()
    assert not inbox.snapshot_differences(registry.home.path)[1]
    assert prune(registry.home.path, keep=1, named=named_releases(registry.ledger)) == []
    assert all(path.is_file() for path in files(registry))


def test_the_command_opens_takes_lists_cancels_and_verifies(registry, capsys):
    def run(*arguments):
        code = main(["snapshot", *arguments, "--home", str(registry.home.path)])
        told = capsys.readouterr()
        return code, (told.out + told.err).strip()

    assert run("verify") == (0, "no snapshot has been taken")
    assert run("open", "2024-25") == (0, "snapshot 1: sites validate 2024/25 up to 2026-12-14")
    code, told = run("take", YEAR)
    assert (code, "have not signed" in told) == (2, True)
    code, told = run("cancel", YEAR)
    assert (code, told) == (2, "ire-audit: to cancel a snapshot needs a reason")
    assert run("cancel", YEAR, "--reason", "a trial") == (0, "snapshot 1 of 2024/25 cancelled")
    code, told = run("take", YEAR)
    assert (code, "2024/25 is not validating" in told) == (2, True)
    registry.now -= timedelta(days=60)
    inbox.open_snapshot(registry.home.path, YEAR, **BY, at=registry.now)
    code, told = run("take", YEAR)
    assert code == 0
    assert told.startswith("snapshot 2 of 2024/25 taken: release 1")
    code, told = run("list")
    assert [line.split()[:3] for line in told.splitlines()] == [
        ["2", "2024/25", "taken"],
        ["1", "2024/25", "cancelled"],
    ]
    assert run("verify") == (0, "snapshot 2: as it was taken")
    files(registry)[1].chmod(0o644)
    files(registry)[1].write_bytes(b"")
    code, told = run("verify")
    assert (code, told[:46]) == (1, "snapshot 2: The public file of release 1 canno")
