"""Kill a rotation of the storage key at a point of its way, start again, and see what is left.

`python -m tests.trials.rotating WORK FIRST_SEED LAST_SEED` prints one JSON line a trial; as in
tests.trials.killing, each is forked from a process that has no threads yet.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from ingest import inbox, rotating
from ingest.home import open_home, writer_lock
from ingest.key_ids import STORAGE, STORAGE_BEFORE
from ingest.worker import Worker
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.ledger import Ledger
from sql.rotations import newest_first
from tests.ingest.rotatable import NEW, OLD, keys_at_rest
from tests.ingest.test_journey import AT
from tests.trials import killing
from tests.trials.killing import in_child, wrapped

# What is killed before and after, in the order in which a rotation meets it.
POINTS = {
    "begin": "sql.rotations:begin",
    "write a table beside": "ingest.rotating_submissions:write_rows",
    "write a file beside": "ingest.rotating_submissions:Beside.write",
    "re-key a report": "ingest.rekeying:Rekeying.report",
    "write a release beside": "ingest.rotating:rewrite_release",
    "read a release": "sql.rekeyed_release:_in_child",
    "flush": "ingest.rotating_submissions:sync",
    "tell the ledger": "sql.rotations:tell_rewritten",
    "put a file in its place": "pathlib:Path.replace",
    "remove a workbook": "ingest.rotating:remove_workbook",
    "sync a folder": "ingest.rotating:sync",
    "compact the ledger": "sql.ledger:Ledger.compact",
    "say that it is done": "sql.rotations:finish",
    "sweep": "ingest.rotating:_sweep",
}


def set_keys(*storage: str) -> None:
    """Set the secrets of this process, the storage keys from the oldest on."""
    os.environ |= OLD
    *before, os.environ[STORAGE] = storage
    os.environ[STORAGE_BEFORE] = "\n".join(before)


def rotate(home: Path) -> None:
    """What the command does."""
    opened = open_home(home)
    with writer_lock(opened), Ledger(opened.ledger_path) as ledger:
        worker = Worker(opened, ledger, clock=lambda: AT)
        if rotating.DONE not in [row["state"] for row in rotating.resume(worker)]:
            rotating.rotate(worker, by="registry admin")
        worker.workbooks.write()


def begun(home: Path) -> None:
    """A start of the worker, which does no work."""
    opened = open_home(home)
    with writer_lock(opened), Ledger(opened.ledger_path) as ledger:
        Worker(opened, ledger, clock=lambda: AT).reconcile()


def prepare(work: Path) -> dict[str, Any]:
    """A home with a snapshot under its first key; how often each point is met; what is told."""
    from tests.ingest.journeys import SECOND, made_once
    from tests.ingest.rotatable import Rotatable
    from tests.ingest.test_snapshotting import opened

    set_keys(OLD[STORAGE])
    made = made_once(work / "made")
    made.send(SECOND.read_bytes())
    made.worker.run_once()
    opened(made)
    made.worker.take_snapshot(1, by="registry team")
    base = Rotatable(made, work / "base")
    base.worker.reconcile()
    words = keys_at_rest(base.home.storage_keys())
    made.ledger.close()
    base.ledger.close()
    shutil.copytree(work / "base", work / "whole")
    counts = dict.fromkeys(POINTS, 0)
    for point, target in POINTS.items():
        wrapped(target, lambda call, point=point: killing._counting(call, counts, point))
    set_keys(OLD[STORAGE], NEW)
    rotate(work / "whole")
    told = {"words": sorted(words), "calls": counts}
    return told | {"before": said(work / "base"), "after": said(work / "whole")}


def said(home: Path) -> list[str]:
    """What stands in a home's submissions, by file: what a table holds, in text."""
    found = []
    for path in sorted((home / "submissions").rglob("*.parquet")):
        rows = sorted(map(repr, pl.read_parquet(path).rows()))
        found.append(
            f"{path.relative_to(home)} {killing.hashlib.sha256(repr(rows).encode()).hexdigest()}"
        )
    return found


def begun_again(home: Path, words: list[str]) -> dict[str, Any]:
    """Start the worker after the kill, then the command once more; gives what there is."""
    from tests.ingest.at_rest import places

    with Ledger(open_home(home).ledger_path) as ledger:
        states = [row["state"] for row in newest_first(ledger)]
    is_told = bool(states) and states[0] in ("rewritten", "done")
    between = said(home)
    set_keys(*((OLD[STORAGE], NEW) if is_told else (OLD[STORAGE],)))
    begun(home)
    started = said(home)
    set_keys(OLD[STORAGE], NEW)
    if not is_told:
        rotate(home)
    with Ledger(open_home(home).ledger_path) as ledger:
        names = [row["submission_id"] for row in ledger.submissions()]
        states = [row["state"] for row in newest_first(ledger)]
        broken = [str(fault) for fault in faults(ledger)]
    return {
        "is_told": is_told,
        "between": between,
        "started": started,
        "end": said(home),
        "states": states,
        "found": places(home, words),
        "broken": [*broken, *changed_files(home, names), *inbox.snapshot_differences(home)[1]],
        "left": [str(path.name) for path in [*home.rglob("*.tmp*"), *home.glob("rotation")]],
    }


def trial(
    work: Path, told: dict[str, Any], point: str, is_before: bool, seed: int
) -> dict[str, Any]:
    """One kill; gives where it was, and what is wrong afterwards (null: nothing)."""
    home = work / f"{point.replace(' ', '-')}-{'before' if is_before else 'after'}-{seed}"
    shutil.copytree(work / "base", home)
    call = Random(f"{point} {is_before} {seed}").randint(1, told["calls"][point])
    killing.POINTS = POINTS

    def killed() -> None:
        set_keys(OLD[STORAGE], NEW)
        killing.die_at(point, is_before, call)
        rotate(home)

    code, _ = in_child(killed)
    again, found = in_child(lambda: begun_again(home, told["words"]))
    shutil.rmtree(home)
    where = {"point": point, "is_before": is_before, "seed": seed, "call": call}
    if code != -signal.SIGKILL or again != 0:
        return where | {"wrong": f"ended with {code}, then {again}: {found}"}
    return where | {"is_told": found["is_told"], "wrong": wrong(found, told)}


def wrong(found: dict[str, Any], told: dict[str, Any]) -> str | None:
    if not found["is_told"] and found["between"] != told["before"]:
        return "something was changed before the ledger was told"
    if found["started"] != told["after" if found["is_told"] else "before"]:
        return "the next start leaves it half done"
    if found["end"] != told["after"] or found["states"][:1] != ["done"]:
        return f"it does not end: {found['states']}"
    if found["found"] or found["broken"] or found["left"]:
        return f"found {found['found']}, broken {found['broken']}, left {found['left']}"
    return None


def main(work: Path, seeds: range) -> None:
    code, told = in_child(lambda: prepare(work))
    assert code == 0, told
    assert min(told["calls"].values()) > 0, told["calls"]
    for seed in seeds:
        for point in POINTS:
            for is_before in (True, False):
                print(json.dumps(trial(work, told, point, is_before, seed)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), range(int(sys.argv[2]), int(sys.argv[3])))
