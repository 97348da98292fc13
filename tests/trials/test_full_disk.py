"""The disk is really full, at ten sizes: the old release is served, and room mends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.records import record
from tests.trials.test_kill_points import ALONE

pytestmark = pytest.mark.trial

SIZES = 10


@pytest.fixture
def small_disks(tmp_path):
    """Skips where this system lets nobody mount a disk in memory."""
    place = tmp_path / "may-mount"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"a small disk cannot be mounted here (needs root): {tried.stderr.strip()}")
    subprocess.run(["umount", str(place)], check=True)


def test_on_a_full_disk_the_old_release_is_served_and_once_there_is_room_it_completes(
    tmp_path, small_disks
):
    work = tmp_path / "work"
    work.mkdir()
    running = subprocess.run(
        [sys.executable, "-m", "tests.trials.full_disk", str(work), str(SIZES)],
        env=os.environ | ALONE,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    trials = [json.loads(line) for line in running.stdout.splitlines()]
    failures = [trial for trial in trials if trial["wrong"]]
    full = [trial for trial in trials if trial.get("code")]
    record(
        "trial-full-disk",
        "A disk that is full, at ten sizes",
        [
            f"{len(trials)} sizes from {trials[0]['kB']} to {trials[-1]['kB']} kB, tmpfs;"
            f" {len(full)} of them too small for the export",
            "each time: the release before is served (the one after where it was published yet),"
            " the message is one line that says what to do, and once there is room the next"
            " start and sending again end in the same state",
            f"said: {sorted({trial['said'].partition(' (incident')[0] for trial in full})}",
            f"failures: {failures or 'none'}",
        ],
    )
    assert running.returncode == 0
    assert len(trials) == SIZES
    assert len(full) >= SIZES / 2
    assert not failures
