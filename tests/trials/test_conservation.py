"""Read = accepted + excluded + duplicates, on two thousand files drawn at random."""

from __future__ import annotations

from random import Random

import pytest

from ingest.home import create_home
from tests.records import record
from tests.trials.judging import NOW
from tests.trials.random_exports import random_file, unaccounted

pytestmark = pytest.mark.trial

FILES = 2_000


def test_two_thousand_random_exports_account_for_every_record(tmp_path):
    home = create_home(tmp_path / "home", demo_today=NOW.date())
    failures, refused, records = [], 0, 0
    for seed in range(FILES):
        table, content, made = random_file(Random(seed))
        records += made
        found = unaccounted(home, table, content, made)
        refused += found == "refused"
        if found not in (None, "refused"):
            failures.append(f"{seed}: {found}")
    record(
        "trial-conservation",
        "Every record is kept, excluded or a duplicate",
        [
            f"{FILES} random files, {records} records; {refused} of the files refused whole",
            f"failures: {failures or 'none'}",
        ],
    )
    assert not failures
    assert refused < FILES / 2
