"""One ledger, many processes: no event is lost or doubled, whatever becomes of its database."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from sql.ledger import Ledger, LedgerAway
from sql.ledger_errors import AWAY, BUSY, FULL, UNKNOWN
from tests.postgresql import USER, Server
from tests.records import record
from tests.trials.cutting import CuttingWay, at_random
from tests.trials.ledger_load import wrong

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
PROCESSES = 8
SAID = {AWAY: "away", BUSY: "busy", FULL: "full", UNKNOWN: "unknown"}
SLOWEST_SECONDS = 60


class Load:
    """Processes that append to a new ledger, and what became of it."""

    def __init__(self, folder: Path, ledger: Path | None = None) -> None:
        self.ledger, self.kept = ledger or folder / "ledger.sqlite", folder / "kept"
        self.kept.touch()
        Ledger(self.ledger).close()

    def begin(self, processes: int, events: int, name: str = "process") -> subprocess.Popen[str]:
        told = [str(each) for each in (self.ledger, self.kept, processes, events, name)]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.trials.ledger_load", *told],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def said(self) -> int:
        """How many events were said to be kept so far."""
        return self.kept.read_bytes().count(b"\n")


def heard(running: subprocess.Popen[str]) -> dict[str, int]:
    """What the processes were told in place of "kept", once they have ended well."""
    printed, _ = running.communicate()
    assert running.returncode == 0
    counts: Counter[str] = Counter()
    for line in printed.splitlines():
        counts.update(json.loads(line))
    return {SAID.get(words, words): times for words, times in counts.items()}


def test_eight_processes_make_one_unbroken_chain(tmp_path, database):
    load = Load(tmp_path)
    assert heard(load.begin(PROCESSES, 10)) == {}
    assert load.said == PROCESSES * 10
    assert wrong(load.ledger, load.kept) == []


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_event_is_kept_once_though_the_way_breaks_at_its_commit(
    where, tmp_path, server, on_postgresql, monkeypatch
):
    """Whether the server heard of the commit is looked up: it is said to be kept where it is."""
    planned: list[str] = []
    way = CuttingWay(
        server.folder, lambda said: planned.pop() if planned and b"COMMIT" in said else None
    )
    monkeypatch.setenv("IRE_LEDGER_URL", by_way(on_postgresql, way))
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        planned.append(where)
        if where == "before":
            with pytest.raises(LedgerAway, match=AWAY):
                ledger.append("looked", "release 1", by="Dr A", at=AT)
        else:
            ledger.append("looked", "release 1", by="Dr A", at=AT)
        ledger.append("looked", "release 2", by="Dr A", at=AT)
        subjects = [event["subject"] for event in ledger.events()]
    way.close()
    assert way.cuts == {where: 1}
    assert subjects == (["release 2"] if where == "before" else ["release 1", "release 2"])


def by_way(url: str, way: CuttingWay) -> str:
    return f"{url.partition('?')[0]}?host={way.folder}"


class Told:
    """What each trial saw, for one record of them all."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.failures: list[str] = []

    def add(self, line: str, load: Load) -> None:
        self.lines.append(line)
        self.failures += wrong(load.ledger, load.kept)
        assert not self.failures


@pytest.fixture(scope="module")
def trials():
    kept = Told()
    yield kept
    if kept.lines:
        record(
            "trial-ledger",
            "One ledger, many processes, and its database going away",
            [*kept.lines, f"events lost, doubled or out of chain: {kept.failures or 'none'}"],
        )


@pytest.mark.trial
def test_eight_processes_of_500_events_make_one_unbroken_chain(tmp_path, database, trials):
    load, started = Load(tmp_path), time.monotonic()
    told = heard(load.begin(PROCESSES, 500))
    assert set(told) <= {"busy"}  # on a machine with much else to do; asked again, and kept
    seconds = time.monotonic() - started
    assert load.said == PROCESSES * 500
    trials.add(f"{database}: 8 processes × 500 events in {seconds:.0f} s; said {told}", load)


@pytest.mark.trial
@pytest.mark.parametrize("who", ["the server", "one of its processes"])
def test_killing_the_server_loses_and_doubles_nothing(who, tmp_path, killable, trials):
    load, random, kills = Load(tmp_path), Random(who), 0
    running = load.begin(PROCESSES, 300)
    while running.poll() is None and kills < 20:
        time.sleep(random.uniform(0.2, 1.0))
        if who == "the server":
            killable.kill()
            time.sleep(random.uniform(0, 0.3))
            killable.start()
            kills += 1
        else:
            kills += kill_one(killable, random)
    told = heard(running)
    assert load.said == PROCESSES * 300
    assert kills >= 5
    assert told
    trials.add(
        f"postgresql: 8 processes × 300 events, {who} killed {kills} times; said {told}", load
    )


def kill_one(server: Server, random: Random) -> bool:
    """Kill one process that answers a ledger's, in whatever it does."""
    first = server.process.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split()
    programs = {pid: Path("/proc", pid, "cmdline").read_bytes() for pid in children}
    answering = [int(pid) for pid, program in programs.items() if b" ledger_" in program]
    if answering:
        os.kill(random.choice(answering), signal.SIGKILL)
    return bool(answering)


@pytest.mark.trial
def test_losing_the_connection_loses_and_doubles_nothing(
    tmp_path, server, on_postgresql, trials, monkeypatch
):
    way = CuttingWay(server.folder, at_random(0.2, seed=1))
    load = Load(tmp_path)
    with monkeypatch.context() as patched:
        patched.setenv("IRE_LEDGER_URL", by_way(on_postgresql, way))
        told = heard(load.begin(PROCESSES, 150))
    way.close()
    assert load.said == PROCESSES * 150
    assert min(way.cuts["before"], way.cuts["after"]) >= 50
    trials.add(
        f"postgresql: 8 processes × 150 events, {way.cuts['before']} connections cut before the"
        f" server heard, {way.cuts['after']} after, most at a commit; said {told}",
        load,
    )


@pytest.mark.trial
def test_killing_what_writes_to_the_file_loses_and_doubles_nothing(tmp_path, trials):
    load, random = Load(tmp_path), Random(1)
    for number in range(20):
        before = load.said
        running = load.begin(2, 100_000, f"run {number}")
        while load.said == before:
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.5))
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    trials.add(f"sqlite: 2 processes that write killed 20 times, {load.said} events kept", load)


@pytest.fixture
def small_disk(tmp_path):
    """A disk in memory that can be made larger; skips where nobody may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200m,mode=777", "tmpfs", str(place)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"a small disk cannot be mounted here (needs root): {tried.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave(place: Path, free: int) -> None:
    """Leave so many bytes free on a disk."""
    size = shutil.disk_usage(place).used + free
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


@pytest.mark.trial
def test_a_full_disk_of_the_file_loses_and_doubles_nothing(tmp_path, small_disk, trials):
    load = Load(tmp_path, small_disk / "ledger.sqlite")
    leave(small_disk, 400_000)
    running = load.begin(4, 300)
    until = time.monotonic() + SLOWEST_SECONDS
    while shutil.disk_usage(small_disk).free > 8192 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(1)
    leave(small_disk, 100_000_000)
    told = heard(running)
    assert load.said == 4 * 300
    assert told.get("full")
    trials.add(f"sqlite: 4 processes × 300 events, the disk full for 1 s; said {told}", load)


@pytest.fixture
def on_small_disk(small_disk, monkeypatch):
    """A server whose data are on the small disk, with the ledgers."""
    for folder in (small_disk, *list(small_disk.parents)[:3]):
        folder.chmod(0o755)
    shutil.chown(small_disk, USER)
    server = Server(small_disk / "data")
    monkeypatch.setenv("IRE_LEDGER_URL", server.url(server.new_database()))
    yield server
    server.remove()


@pytest.mark.trial
def test_a_full_disk_of_the_server_loses_and_doubles_nothing(
    tmp_path, small_disk, on_small_disk, trials
):
    load = Load(tmp_path)
    leave(small_disk, 1_500_000)
    running = load.begin(4, 1500)
    until = time.monotonic() + SLOWEST_SECONDS
    while b"No space left" not in on_small_disk.log.read_bytes() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(1)
    leave(small_disk, 100_000_000)
    if on_small_disk.process.poll() is not None:
        on_small_disk.start()
    told = heard(running)
    assert load.said == 4 * 1500
    assert told
    trials.add(f"postgresql: 4 processes × 1500 events, the disk full for 1 s; said {told}", load)
