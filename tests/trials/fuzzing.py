"""Judge spoilt files one after the other, as the worker does, and say what came of each.

`python -m tests.trials.fuzzing WORK csv|xlsx FIRST LAST STEP` prints one JSON line a file:
its verdict, the seconds that it took, what is wrong (null: nothing), and the memory that the
process has then.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ingest.form import Form
from ingest.home import Home, create_home
from ingest.pipeline import Verdict
from ingest.register import load_register
from ingest.work import Work
from sql.ledger import Ledger
from tests.ingest.test_journey import ROOT
from tests.trials.fuzzed import Fuzzed, bases, fuzzed_csv, fuzzed_xlsx
from tests.trials.judging import NOW
from tests.trials.sourced import in_csv, in_export, in_workbook, unsourced
from tests.trials.unseen_archives import CLEAN_EXPORT

SITE = "ZZ401"
NEVER_SAID = ("Traceback", "Error(", 'File "', "/tmp", "/home", str(ROOT))
MUTATIONS = 100  # of each workbook


def prepared(path: Path) -> Home:
    """A home with the register and nothing accepted."""
    home = create_home(path, demo_today=NOW.date())
    load_register(home, ROOT / "sample_data" / "register", by="registry team", at=NOW)
    return home


def file_of(form: str) -> Callable[[int], Fuzzed]:
    """The spoilt file of a seed."""
    if form == "csv":
        return fuzzed_csv
    clean = bases()
    return lambda seed: fuzzed_xlsx(clean[seed // MUTATIONS % len(clean)], seed)


def judged(work: Work, fuzzed: Fuzzed) -> Verdict:
    """What the worker says of it, as of an export that is sent or only checked."""
    form = Form(fuzzed.table).told() if fuzzed.table is not None else None
    row = {"filename": fuzzed.filename, "form": form, "site_ods_code": SITE,
           "submission_id": "fuzzed", "received_at": NOW.isoformat()}  # fmt: skip
    return work.judge(row, fuzzed.content)


def wrong(fuzzed: Fuzzed, verdict: Verdict) -> str | None:
    """What a person or a release would see that must not be; null where nothing is."""
    report = json.dumps(verdict.report, default=str)
    said = [word for word in NEVER_SAID if word in report]
    if said:
        return f"says {said}"
    if verdict.verdict == "refused":
        return None if verdict.report["findings"] else "refused without a reason"
    assert verdict.assessment is not None
    if fuzzed.filename.endswith(".xlsx"):
        sent = in_workbook(fuzzed.content, fuzzed.table)
    elif fuzzed.table is None:
        sent = in_export(fuzzed.content)
    else:
        sent = {fuzzed.table: in_csv(fuzzed.content, fuzzed.table)}
    return "; ".join(unsourced(verdict.assessment, sent)[:3]) or None


def trial(work: Work, fuzzed: Fuzzed) -> dict[str, Any]:
    """One file judged: verdict, seconds on the clock and of the processor, what is wrong."""
    began, used = time.monotonic(), _processor()
    found: dict[str, Any] = {"kind": fuzzed.kind, "verdict": "none"}
    try:
        verdict = judged(work, fuzzed)
    except Exception:  # whatever it is, a person would have seen our fault
        return found | _took(began, used) | {"wrong": traceback.format_exc()[-900:]}
    took = _took(began, used)
    return found | took | {"verdict": verdict.verdict, "wrong": wrong(fuzzed, verdict)}


def _took(began: float, used: float) -> dict[str, float]:
    return {"wall": round(time.monotonic() - began, 3), "cpu": round(_processor() - used, 3)}


def _processor() -> float:
    """Seconds of this process and of its children that have ended."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(one)[:2]) for one in who)


def memory_mb() -> float:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def trials(path: Path, form: str, seeds: Iterable[int]) -> Iterable[dict[str, Any]]:
    home = prepared(path)
    made = file_of(form)
    with Ledger(home.ledger_path) as ledger:
        work = Work(home, ledger, clock=lambda: NOW)
        # What a worker loads once and keeps is no time of the first file's.
        judged(work, Fuzzed("clean", "export.zip", CLEAN_EXPORT, None))
        for seed in seeds:
            yield {"seed": seed} | trial(work, made(seed)) | {"memory": round(memory_mb(), 1)}


if __name__ == "__main__":
    for found in trials(Path(sys.argv[1]), sys.argv[2], range(*map(int, sys.argv[3:6]))):
        print(json.dumps(found), flush=True)
