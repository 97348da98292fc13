"""Spoilt files sent one after another through the page of a running server."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ingest.home import open_home
from ingest.worker import Worker
from sql.ledger import Ledger
from tests.records import record
from tests.trials.fuzzed import WHOLE_EXPORTS, bases, fuzzed_csv, fuzzed_xlsx

pytestmark = [pytest.mark.browser, pytest.mark.trial]

SETTLED = 3  # files after which the server has loaded what it loads once
MOST_GROWTH_MB, SLOWEST_SECONDS = 100, 30


def hostile():
    """Ten whole exports of CSV files and ten workbooks, each spoilt in its own way."""
    whole = [base for base in bases() if base.table is None]
    yield from (fuzzed_csv(seed * WHOLE_EXPORTS) for seed in range(10))
    yield from (fuzzed_xlsx(whole[seed % len(whole)], seed) for seed in range(10))


def servers(home: Path) -> list[int]:
    """The processes that serve this home."""
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if str(home).encode() in (folder / "cmdline").read_bytes()
    ]


def memory_mb(pids) -> float:
    told = [Path(f"/proc/{pid}/status").read_text("ascii") for pid in pids]
    return sum(int(one.partition("VmRSS:")[2].split()[0]) for one in told) / 1024


def test_the_server_stays_up_small_and_quick_under_spoilt_files(
    look_at_a_copy, chromium, changeable_home, tmp_path
):
    look, home = look_at_a_copy, open_home(changeable_home)
    other = chromium.new_page()
    serving = servers(changeable_home)
    assert serving
    seen, settled, most = [], None, 0.0
    with Ledger(home.ledger_path) as ledger:
        worker = Worker(home, ledger, clock=lambda: home.noon or datetime.now(UTC))
        worker.reconcile()
        for number, sent in enumerate(hostile()):
            path = tmp_path / f"{number} {sent.filename}"
            path.write_bytes(sent.content)
            look.at("uploader", "Upload")
            look.page.locator('input[type="file"]').set_input_files(path)
            began = time.monotonic()
            look.page.get_by_role("button", name="Send", exact=True).click()
            look.still()
            worker.run_once()
            last = ledger.submissions()[-1]
            expect(look.page.get_by_text(path.name).first).to_be_visible()
            seen.append((last["state"], time.monotonic() - began))
            assert "Traceback" not in look.text()
            other.goto(f"{look.url}/?persona=lead")
            expect(other.get_by_role("heading", name="Home", exact=True)).to_be_visible()
            assert servers(changeable_home) == serving
            most = max(most, memory_mb(serving))
            if number == SETTLED:
                settled = most
    assert settled is not None
    slowest = max(seconds for _, seconds in seen)
    states = {state: sum(one == state for one, _ in seen) for state, _ in seen}
    record(
        "trial-hostile-files",
        "Spoilt files sent through the page of a running server",
        [
            f"{len(seen)} files, whole exports and workbooks: {json.dumps(states)}",
            f"from Send to the verdict on the page: at most {slowest:.1f} s"
            f" (limit {SLOWEST_SECONDS})",
            f"the server's processes were the same throughout, and grew by"
            f" {most - settled:.0f} MB after the first {SETTLED + 1} files"
            f" (limit {MOST_GROWTH_MB})",
            "a second person opened a page after each file",
        ],
    )
    assert slowest < SLOWEST_SECONDS
    assert most - settled < MOST_GROWTH_MB
