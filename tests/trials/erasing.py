"""Kill a worker at a point of an erasure, start again, and see what is left.

`python -m tests.trials.erasing WORK FIRST_SEED LAST_SEED` prints one JSON line a trial; as in
tests.trials.killing, each is forked from a process that has no threads yet.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path
from random import Random
from typing import Any

from ingest import inbox
from ingest.home import open_home
from sql.audit_log import faults
from sql.hashes import changed_files
from sql.ledger import Ledger
from tests.trials import killing
from tests.trials.killing import digest, in_child, work_once, wrapped

# What is killed before and after, in the order in which an erasure meets it.
POINTS = {
    "plan": "ingest.erasing:planned",
    "measure": "ingest.erasing:measure",
    "seal the plan": "ingest.erasing:write_whole",
    "set tombstones": "sql.erasures:begin",
    "replace a table": "ingest.erasure_rewrite:_replace",
    "write a manifest": "ingest.erasure_rewrite:write_whole",
    "rewrite a submission": "ingest.erasing:rewrite",
    "rewrite a report": "ingest.erasing:rewrite_report",
    "tell of the rows": "sql.erased:tell_rewritten",
    "build": "sql.publish_release:build",
    "rename": "sql.publish_release:finish",
    "point": "sql.publish_release:publish_pointer",
    "tell of a release": "sql.ledger:Ledger.append",
    "build a snapshot anew": "ingest.erasure_frozen:publish",
    "enter its hashes": "ingest.erasure_frozen:enter",
    "forget bridges": "ingest.bridges:forget",
    "compact the ledger": "sql.ledger:Ledger.compact",
    "say that it is done": "sql.erasures:finish",
    "sweep": "ingest.erasing:sweep",
}


def prepare(work: Path) -> dict[str, Any]:
    """A home with a snapshot and a confirmed order; how often each point is met; the end."""
    from tests.ingest.erasable import OURS, TEAM, order, words
    from tests.ingest.journeys import SECOND, made_once
    from tests.ingest.test_journey import FIRST
    from tests.ingest.test_snapshotting import opened

    made = made_once(work / "base")
    made.send(SECOND.read_bytes())
    made.worker.run_once()
    opened(made)
    made.worker.take_snapshot(1, by="registry team")
    number = order(made, [OURS])
    inbox.confirm_erasure(made.home.path, number, viewer=TEAM, at=made.now)
    told = {"words": sorted(words(made, OURS, FIRST, SECOND)), "before": digest(made.home.path)}
    made.ledger.close()
    shutil.copytree(work / "base", work / "whole")
    counts = dict.fromkeys(POINTS, 0)
    for point, target in POINTS.items():
        wrapped(target, lambda call, point=point: killing._counting(call, counts, point))
    work_once(work / "whole")
    return told | {"after": digest(work / "whole"), "calls": counts}


def begun_again(home: Path, words: list[str]) -> dict[str, Any]:
    """Start after the kill and let it finish; gives what there is."""
    from tests.ingest.at_rest import places

    published = digest(home)
    work_once(home)
    with Ledger(open_home(home).ledger_path) as ledger:
        names = [row["submission_id"] for row in ledger.submissions()]
        broken = faults(ledger)
    return {
        "published": published,
        "end": digest(home),
        "states": [row["state"] for row in inbox.erasure_list(home, _team())],
        "found": places(home, words),
        "broken": [*broken, *changed_files(home, names), *inbox.snapshot_differences(home)[1]],
        "left": [
            str(path.name) for path in [*home.rglob("*.tmp*"), *(home / "erasures").iterdir()]
        ],
    }


def _team() -> Any:
    from tests.ingest.erasable import TEAM

    return TEAM


def trial(
    work: Path, told: dict[str, Any], point: str, is_before: bool, seed: int
) -> dict[str, Any]:
    """One kill; gives where it was, and what is wrong afterwards (null: nothing)."""
    home = work / f"{point.replace(' ', '-')}-{'before' if is_before else 'after'}-{seed}"
    shutil.copytree(work / "base", home)
    call = Random(f"{point} {is_before} {seed}").randint(1, told["calls"][point])
    killing.POINTS = POINTS

    def killed() -> None:
        killing.die_at(point, is_before, call)
        work_once(home)

    code, _ = in_child(killed)
    again, found = in_child(lambda: begun_again(home, told["words"]))
    shutil.rmtree(home)
    where = {"point": point, "is_before": is_before, "seed": seed, "call": call}
    if code != -signal.SIGKILL or again != 0:
        return where | {"wrong": f"ended with {code}, then {again}: {found}"}
    return where | {"wrong": wrong(found, told)}


def wrong(found: dict[str, Any], told: dict[str, Any]) -> str | None:
    if found["published"] not in (told["before"], told["after"]):
        return "the published digest is neither the one before nor the one after"
    if found["end"] != told["after"] or found["states"] != ["done"]:
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
