"""A pass through the pages in a real browser where there is no way off the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.records import record

pytestmark = pytest.mark.trial

ROOT = Path(__file__).parents[2]
PASS = "tests/browser/test_hostile_strings.py"
# A namespace of its own: the loopback device is its only one, and there is no route.
INSIDE = 'ip link set lo up && test -z "$(ip route)" && exec "$0" -m pytest -q "$1"'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a network namespace")
def test_a_browser_pass_needs_no_host_but_its_own(demo_home):
    began = time.monotonic()
    run = subprocess.run(
        ["unshare", "--net", "sh", "-c", INSIDE, sys.executable, PASS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    record(
        "trial-off-host",
        "A browser pass in a network namespace with no route",
        [
            "server, worker and Chromium ran with the loopback device alone",
            f"{PASS}: {run.stdout.strip().splitlines()[-1]}",
            f"{time.monotonic() - began:.0f} s in all",
        ],
    )
