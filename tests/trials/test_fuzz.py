"""Spoilt files, judged as the worker judges them: no fault of ours, no hang, nothing made up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.work import Work
from sql.ledger import Ledger
from tests.ingest.reading_files import text
from tests.records import record
from tests.trials.fuzzed import KINDS, Fuzzed, bases, fuzzed_csv, good_rows
from tests.trials.fuzzing import MUTATIONS, judged, prepared, trials, wrong
from tests.trials.judging import NOW
from tests.trials.test_kill_points import ALONE

CSV_FILES, XLSX_FILES = 20_000, 10 * MUTATIONS
SLOWEST_SECONDS, MOST_GROWTH_MB = 5, 100
SETTLED = 50  # files after which whatever is loaded once has been
PROCESSES = 2
LONGEST_SECONDS = 2 * 3600  # of a run: then it hangs


def fuzzed(
    folder: Path, form: str, shares: list[tuple[int, int, int]]
) -> list[list[dict[str, Any]]]:
    """What came of the files of each share (first, last, step), a process a share."""
    # Into files: a process whose pipe nobody empties stands still.
    written = [folder / f"{form} {n}.jsonl" for n in range(len(shares))]
    running = []
    for n, share in enumerate(shares):
        command = [sys.executable, "-m", "tests.trials.fuzzing", str(folder / f"{form} {n}"), form]
        with written[n].open("w") as file:
            running.append(
                subprocess.Popen(
                    [*command, *map(str, share)], env=os.environ | ALONE, stdout=file, text=True
                )
            )
    try:
        for each in running:
            each.wait(timeout=LONGEST_SECONDS)
    finally:
        for each in running:
            each.kill()
    assert [each.returncode for each in running] == [0] * len(running)
    return [[json.loads(line) for line in path.read_text().splitlines()] for path in written]


def failures(seen: list[dict[str, Any]], slowest: float = SLOWEST_SECONDS) -> list[str]:
    """Each file with which something is wrong, by its seed; `slowest` on the clock."""
    found = [f"{one['seed']}: {one['wrong']}" for one in seen if one["wrong"]]
    late = [one for one in seen if one["wall"] >= slowest or one["cpu"] >= SLOWEST_SECONDS]
    return found + [f"{one['seed']}: took {one['wall']} s, {one['cpu']} s of CPU" for one in late]


def growth(share: list[dict[str, Any]]) -> float:
    settled = share[min(SETTLED, len(share) - 1)]["memory"]
    return max(max(one["memory"] for one in share) - settled, 0)


def recorded(name: str, title: str, shares: list[list[dict[str, Any]]]) -> list[str]:
    seen = [one for share in shares for one in share]
    found = failures(seen)
    kinds = Counter(f"{one['kind']} {one['verdict']}" for one in seen)
    verdicts = Counter(one["verdict"] for one in seen)
    record(
        name,
        title,
        [
            f"{len(seen)} files: {', '.join(f'{n} {v}' for v, n in verdicts.most_common())}",
            f"by kind: {', '.join(f'{k} {n}' for k, n in sorted(kinds.items()))}",
            "each value of each typed row of those accepted or held found in its cell, at its"
            " line, by an independent reading; as many rows as records",
            f"slowest: {max(one['wall'] for one in seen)} s on the clock,"
            f" {max(one['cpu'] for one in seen)} s of CPU (limit {SLOWEST_SECONDS} s)",
            f"memory of the judging process grew by {max(map(growth, shares)):.0f} MB at most"
            f" (limit {MOST_GROWTH_MB} MB)",
            f"{sum(one['cpu'] for one in seen):.0f} s of CPU",
            f"failures: {found or 'none'}",
        ],
    )
    return found


@pytest.mark.trial
@pytest.mark.parametrize(("form", "files"), [("csv", CSV_FILES), ("xlsx", XLSX_FILES)])
def test_no_spoilt_file_ends_in_a_fault_a_hang_or_a_row_that_it_does_not_hold(
    tmp_path, form, files
):
    shares = fuzzed(tmp_path, form, [(n, files, PROCESSES) for n in range(PROCESSES)])
    found = recorded(f"trial-fuzz-{form}", f"Spoilt {form.upper()} files judged", shares)
    assert sum(map(len, shares)) == files
    assert not found
    assert max(map(growth, shares)) < MOST_GROWTH_MB


@pytest.mark.parametrize(("form", "seeds"), [("csv", range(1, 31)), ("xlsx", range(7, 1_000, 67))])
def test_no_file_of_a_few_spoilt_ones_ends_in_a_fault_or_a_row_that_it_does_not_hold(
    tmp_path, form, seeds
):
    seen = list(trials(tmp_path / "home", form, seeds))
    assert len(seen) == len(seeds) >= 15
    assert failures(seen, slowest=60) == []  # others use this machine too
    assert {"accepted", "refused"} <= {one["verdict"] for one in seen}
    assert growth(seen) < MOST_GROWTH_MB


CLEAN = Fuzzed("clean", "table.csv", text(good_rows()).encode(), "procedure")


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    home = prepared(tmp_path_factory.mktemp("fuzz") / "home")
    with Ledger(home.ledger_path) as ledger:
        return judged(Work(home, ledger, clock=lambda: NOW), CLEAN)


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent.replace("P00003", "P00009"),  # another value
        lambda sent: sent.replace(",ok\n", ",OK\n", 1),  # of free text
        lambda sent: sent.replace("J12.8;Y12.3", "J12.8", 1),
        lambda sent: sent.replace("04/04/2026", "05/04/2026"),
        lambda sent: sent.replace(",150,", ",,", 1),
        lambda sent: sent.replace("\n", "\n\n", 1),  # on another line
        lambda sent: sent.rstrip("\n").rpartition("\n")[0] + "\n",  # a record fewer
        lambda sent: sent + sent.splitlines()[-1] + "\n",  # one more
        lambda sent: sent.replace("approach,", "approach_,", 1),  # under another name
    ],
)
def test_a_typed_row_that_is_not_what_its_file_says_is_found(verdict, change):
    assert wrong(CLEAN, verdict) is None
    sent = change(CLEAN.content.decode()).encode()
    assert wrong(replace(CLEAN, content=sent), verdict)


def test_clean_workbooks_are_read_as_the_independent_reading_reads_them(tmp_path):
    home = prepared(tmp_path / "home")
    with Ledger(home.ledger_path) as ledger:
        work = Work(home, ledger, clock=lambda: NOW)
        for base in bases()[:6]:
            found = judged(work, base)
            assert found.verdict != "refused", found.report["findings"]
            assert wrong(base, found) is None


def test_a_seed_gives_one_file_and_every_kind_of_damage_is_done():
    assert {fuzzed_csv(seed).kind for seed in range(3)} == set(KINDS)
    assert fuzzed_csv(7) == fuzzed_csv(7)
    assert bases() == bases()
