"""The process is killed for real at every step; the registry is whole after every one."""

import os
import signal
import subprocess
import sys

import pytest

from sql.publish_release import served
from tests.ingest.test_journey import ACCEPTANCE, FIRST, PUBLICATION, Registry
from tests.records import record

pytestmark = pytest.mark.trial

RUNS = 3
POINTS = [*ACCEPTANCE, *PUBLICATION]

# A worker that kills itself, as a power cut would, when it comes to the point.
WORKER = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from ingest.home import open_home, writer_lock
from ingest.worker import Worker
from sql.ledger import Ledger

def step(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

home = open_home(Path(sys.argv[1]))
at = datetime.fromisoformat(sys.argv[3])
with writer_lock(home), Ledger(home.ledger_path) as ledger:
    worker = Worker(home, ledger, clock=lambda: at, step=step)
    worker.reconcile()
    worker.run_once()
"""


def work(registry, point):
    arguments = [str(registry.home.path), point, registry.now.isoformat()]
    done = subprocess.run(
        [sys.executable, "-c", WORKER, *arguments], env=dict(os.environ), capture_output=True
    )
    return done.returncode


def test_killed_at_every_point_the_old_release_is_served_and_the_next_run_completes_it(tmp_path):
    failures, count = [], 0
    for run in range(RUNS):
        for point in POINTS:
            registry = Registry(tmp_path / f"{run}-{point.replace(' ', '-')}")
            registry.worker.publish()
            sent = registry.send(FIRST.read_bytes())
            code = work(registry, point)
            before = served(registry.home.path)
            again = work(registry, "no such point")
            is_whole = (
                code == -signal.SIGKILL
                and before == (2 if point == "pointer written" else 1)
                and again == 0
                and registry.state(sent) == "accepted"
                and served(registry.home.path) >= 2
                and registry.ledger.first_broken_event() is None
            )
            count += 1
            if not is_whole:
                failures.append((run, point, code, before, again, registry.state(sent)))
            registry.ledger.close()
    record(
        "trial-kill-points",
        "SIGKILL at every step of acceptance and publication",
        [
            f"{count} kills over {len(POINTS)} points: {', '.join(POINTS)}",
            f"failures: {failures or 'none'}",
        ],
    )
    assert not failures
