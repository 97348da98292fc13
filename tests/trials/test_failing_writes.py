"""Every write below a home fails in turn: nothing is lost, and the message says what to do."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.records import record
from tests.trials.failing import ERRNOS
from tests.trials.test_kill_points import ALONE

pytestmark = pytest.mark.trial

PROCESSES = 2
SHIM = Path(__file__).parent / "failing_writes.c"


def built(folder):
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "a C compiler is needed; install it: sudo apt-get install gcc"
    shim = folder / "failing_writes.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), str(SHIM), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return shim


def begun(folder, shim, share):
    """A process with its share of the writes; it tells into a file: nobody drains a pipe."""
    folder.mkdir()
    arguments = [str(folder), str(share), str(PROCESSES)]
    with (folder / "told.jsonl").open("w") as told:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.trials.failing", *arguments],
            env=os.environ | ALONE | {"LD_PRELOAD": str(shim)},
            stdout=told,
        )


def test_whichever_write_fails_the_old_or_the_new_release_is_served_and_the_next_run_completes(
    tmp_path,
):
    shim = built(tmp_path)
    folders = [tmp_path / f"{share}" for share in range(PROCESSES)]
    running = [begun(folder, shim, share) for share, folder in enumerate(folders)]
    ended = [each.wait() for each in running]
    shares = [(each / "told.jsonl").read_text().splitlines() for each in folders]
    trials = [json.loads(line) for share in shares for line in share]
    failures = [trial for trial in trials if trial["wrong"]]
    most = max(trial["writes"] for trial in trials)  # by a few more or less from run to run
    record(
        "trial-failing-writes",
        "Every write below the home failing in turn",
        [
            f"{len(trials)} trials: each of the {most} writes of one submission"
            " with ENOSPC (from that write on), EIO and EACCES (that write alone)",
            "after each: the published digest is the one before or the one after, the message"
            " is one line that says what to do, and the next run completes it",
            f"failures: {failures or 'none'}",
        ],
    )
    assert ended == [0] * PROCESSES
    for number, share in enumerate(shares):
        writes = json.loads(share[0])["writes"]  # as this process counted them
        assert len(share) == len(ERRNOS) * len(range(1 + number, writes + 1, PROCESSES))
    assert not failures
