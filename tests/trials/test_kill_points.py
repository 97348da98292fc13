"""The process is killed for real at every step; the registry is whole after every one."""

import json
import os
import subprocess
import sys

import pytest

from tests.records import record
from tests.trials.killing import POINTS

pytestmark = pytest.mark.trial

SEEDS = 15  # of each point, before and after it: 480 kills
PROCESSES = 2
ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")


def begun(folder, first, last):
    """A process that kills its own children; it imported everything before it forks."""
    folder.mkdir()
    arguments = [sys.executable, "-m", "tests.trials.killing", str(folder), str(first), str(last)]
    return subprocess.Popen(arguments, env=os.environ | ALONE, stdout=subprocess.PIPE, text=True)


def test_killed_before_and_after_every_step_the_registry_is_whole_and_completes_it(tmp_path):
    half = SEEDS // PROCESSES
    shares = [(0, half), (half, SEEDS)]
    running = [begun(tmp_path / f"{first}", first, last) for first, last in shares]
    trials = [json.loads(line) for each in running for line in each.communicate()[0].splitlines()]
    failures = [trial for trial in trials if trial["wrong"]]
    slowest = max(trial.get("seconds", 0) for trial in trials)
    record(
        "trial-kill-points",
        "SIGKILL before and after every step from the receipt of an export to its publication",
        [
            f"{len(trials)} kills, {SEEDS} before and {SEEDS} after each of {len(POINTS)} steps:"
            f" {', '.join(POINTS)}",
            "after each: the published digest is the one before or the one after; at the next"
            " start it is completed; sending the same again ends in the same state; nothing"
            " unfinished is left",
            f"slowest reconciliation at a start: {slowest:.2f} s (limit 5 s)",
            f"failures: {failures or 'none'}",
        ],
    )
    assert all(each.returncode == 0 for each in running)
    assert len(trials) == 2 * SEEDS * len(POINTS)
    assert not failures
