"""The 44 files and all others of their kinds, each judged whole and twice."""

from __future__ import annotations

import pytest

from tests.records import record
from tests.trials.bad_files import BAD_FILES
from tests.trials.judging import faults, see
from tests.trials.unseen import KINDS, UNSEEN, clean_digests

pytestmark = pytest.mark.trial


def test_every_file_gets_the_verdict_that_was_written_down_before(tmp_path):
    clean = clean_digests(tmp_path)
    files = {bad.name: bad for bad in BAD_FILES} | dict(UNSEEN)
    failures = []
    for name, bad in files.items():
        seen = see(bad, tmp_path)
        found = faults(bad, seen, clean[bad.table])
        if seen.verdict != see(bad, tmp_path).verdict:
            found.append("another verdict the second time")
        if found:
            failures.append(f"{name}: {'; '.join(found)}")
    kinds = ", ".join(f"{len(found)} {kind}" for kind, found in KINDS.items())
    failed = {failure.partition(": ")[0] for failure in failures}
    record(
        "trial-bad-files",
        "Bad and harmless files told apart",
        [
            f"{44 - len(failed & {bad.name for bad in BAD_FILES})} of {len(BAD_FILES)} known files"
            " with the stated verdict, rule, line and column",
            f"{len(UNSEEN)} others, their verdicts written down before they were tried: {kinds}",
            f"failures: {failures or 'none'}",
        ],
    )
    assert not failures
