"""Kill a worker at a point of its way, start again, and see what is published.

Runs in a process of its own: everything is imported once, before any pool of threads
exists, and each trial is forked from there.
`python -m tests.trials.killing WORK FIRST_SEED LAST_SEED` prints one JSON line a trial.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pickle
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from ingest import inbox
from ingest.home import open_home, writer_lock
from ingest.work import Work
from ingest.worker import Worker
from sql.audit_log import faults
from sql.ledger import Ledger
from sql.publish_release import served
from sql.warehouse import release_path
from tests.ingest.test_journey import AT, FIRST

# What is killed before and after, in the order in which an export meets it.
POINTS = {
    "receive": "ingest.inbox:deposit",
    "spool": "ingest.inbox:write_whole",
    "enter as received": "sql.ledger:Ledger.receive",
    "read": "ingest.work:read_content",
    "check": "ingest.pipeline:assess",
    "make pseudonyms": "ingest.state:patient_keys",
    "report": "ingest.inbox:write_report",
    "write tables": "ingest.folder:FolderOf.write",
    "write manifest": "ingest.folder:FolderOf.write_manifest",
    "flush": "ingest.folder:_flush",
    "tell": "sql.ledger:Ledger.move",
    "empty the inbox": "ingest.inbox:remove",
    "build": "sql.publish_release:build",
    "rename": "sql.publish_release:finish",
    "point": "sql.publish_release:publish_pointer",
    "tell of the release": "sql.ledger:Ledger.append",
}
IN_THE_CHECK = ("read", "check", "make pseudonyms")
SLOWEST_SECONDS = 120
IDLE = {"jemalloc_bg_thd", "polars-ooc-clea"}  # threads that are there from the import on


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do it in a forked child; gives its exit code (or minus its signal) and what it found."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(receiving)
            os.write(sending, json.dumps(work()).encode())
            code = 0
        except BaseException as error:  # told to the parent, whatever it is
            os.write(sending, json.dumps(repr(error)[:300]).encode())
        finally:
            os._exit(code)
    os.close(sending)
    code = _ended(child)
    with os.fdopen(receiving, "rb") as pipe:
        told = pipe.read()
    return code, json.loads(told) if told else None


def _ended(child: int) -> int:
    for _ in range(SLOWEST_SECONDS * 50):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGALRM  # it hung


def wrapped(target: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put something around a function or method, by its place."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = importlib.import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    setattr(owner, name, around(getattr(owner, name)))


def die_at(point: str, is_before: bool, call: int) -> None:
    """Kill this process before or after the n-th call of a point, as a power cut would."""
    calls = 0

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call and is_before:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*arguments, **named)
            if calls == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted

    wrapped(POINTS[point], around)


def send(home: Path) -> None:
    site = FIRST.parent.name
    inbox.deposit(home, FIRST.read_bytes(), FIRST.name, site=site, by="data manager", at=AT)


def work_once(home: Path) -> float:
    """One start of the worker: reconcile, then all that waits; gives how long it reconciled."""
    opened = open_home(home)
    with writer_lock(opened), Ledger(opened.ledger_path) as ledger:
        worker = Worker(opened, ledger, clock=lambda: AT)
        started = time.monotonic()
        worker.reconcile()
        taken = time.monotonic() - started
        worker.run_once()
    return taken


def checked_before(work: Path) -> None:
    """Let the check of this export give what it gave before: a trial starts after it."""
    verdict = pickle.loads((work / "verdict.pickle").read_bytes())
    Work.judge = lambda self, row, raw, tell=None: verdict  # type: ignore[method-assign,assignment]


def digest(home: Path) -> str:
    """What the served release says, but for ids, times and names of files."""
    number = served(home)
    assert number is not None
    said = hashlib.sha256()
    with duckdb.connect(str(release_path(home, number)), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        for (name,) in names:
            if name.startswith(("fct_", "dim_", "indicator_value")):
                said.update(f"{name} {_rows(connection, name)}".encode())
    return said.hexdigest()


PASSING = ("submission", "received", "accepted", "_at", "file", "line", "number")


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    columns = [row[0] for row in connection.execute(f"describe {name}").fetchall()]
    kept = [column for column in columns if not any(word in column for word in PASSING)]
    return repr(
        sorted(map(repr, connection.execute(f"select {', '.join(kept)} from {name}").fetchall()))
    )


def prepare(work: Path) -> dict[str, Any]:
    """An empty registry that is served, the verdict on its first export, and both digests."""
    from tests.ingest.test_journey import Registry

    registry = Registry(work / "base")
    registry.worker.publish()
    before = digest(registry.home.path)
    registry.ledger.close()
    shutil.copytree(work / "base", work / "whole")
    kept: list[Any] = []
    counts = dict.fromkeys(POINTS, 0)
    wrapped(
        "ingest.work:judge", lambda judge: lambda *a, **k: kept.append(judge(*a, **k)) or kept[-1]
    )
    for point, target in POINTS.items():
        wrapped(target, lambda call, point=point: _counting(call, counts, point))
    send(work / "whole")
    work_once(work / "whole")
    (work / "verdict.pickle").write_bytes(pickle.dumps(kept[0]))
    return {"before": before, "after": digest(work / "whole"), "calls": counts}


def _counting(call: Callable[..., Any], counts: dict[str, int], point: str) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        counts[point] += 1
        return call(*arguments, **named)

    return counted


def killed(work: Path, home: Path, point: str, is_before: bool, call: int) -> None:
    if point not in IN_THE_CHECK:
        checked_before(work)
    die_at(point, is_before, call)
    send(home)
    work_once(home)


def begun_again(work: Path, home: Path) -> dict[str, Any]:
    """Start after the kill, let it finish, send the same again, and tell what there is."""
    checked_before(work)
    published = digest(home)
    for path in (home / "inbox").iterdir():  # the start comes hours later
        os.utime(path, (AT.timestamp() - 7200,) * 2)
    seconds = work_once(home)
    send(home)
    work_once(home)
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        states = sorted(row["state"] for row in ledger.submissions())
        broken = faults(ledger)
    rooms = (home / "submissions", home / "releases", home / "inbox")
    paths = [path for room in rooms for path in room.iterdir()]
    left = [path.name for path in paths if ".tmp" in path.name or path.parent == rooms[-1]]
    return {"published": published, "seconds": seconds, "end": digest(home), "states": states,
            "broken": broken, "left": left}  # fmt: skip


def trial(
    work: Path, told: dict[str, Any], point: str, is_before: bool, seed: int
) -> dict[str, Any]:
    """One kill; gives where it was, and what is wrong afterwards (null: nothing)."""
    home = work / f"{point.replace(' ', '-')}-{'before' if is_before else 'after'}-{seed}"
    shutil.copytree(work / "base", home)
    call = Random(f"{point} {is_before} {seed}").randint(1, told["calls"][point])
    code, _ = in_child(lambda: killed(work, home, point, is_before, call))
    again, found = in_child(lambda: begun_again(work, home))
    shutil.rmtree(home)
    where = {"point": point, "is_before": is_before, "seed": seed, "call": call}
    if code != -signal.SIGKILL or again != 0:
        return where | {"wrong": f"ended with {code}, then {again}: {found}"}
    return where | {"wrong": wrong(found, told), "seconds": found["seconds"]}


def wrong(found: dict[str, Any], told: dict[str, Any]) -> str | None:
    if found["published"] not in (told["before"], told["after"]):
        return "the published digest is neither the one before nor the one after"
    if found["end"] != told["after"]:
        return "sending again does not end in the same state"
    if found["states"].count("accepted") != 1 or set(found["states"]) - {"accepted", "refused"}:
        return f"states {found['states']}"
    if found["seconds"] >= 5 or found["broken"] or found["left"]:
        return f"{found['seconds']} s, faults of the log {found['broken']}, left {found['left']}"
    return None


def main(work: Path, seeds: range) -> None:
    code, told = in_child(lambda: prepare(work))
    assert code == 0, told
    names = {path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")}
    names = {name for name in names if not name.startswith("python")}
    assert names <= IDLE, f"{names} before the first fork"
    for seed in seeds:
        for point in POINTS:
            for is_before in (True, False):
                print(json.dumps(trial(work, told, point, is_before, seed)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), range(int(sys.argv[2]), int(sys.argv[3])))
