"""A hundred registries near the edges, three attackers each: no small count is worked out."""

from __future__ import annotations

import time
from collections import Counter
from random import Random

import pytest

from tests.records import record
from tests.sql.attack import attack
from tests.sql.attacked import attackers, written

pytestmark = pytest.mark.trial

REGISTRIES = 100
FIRST_SEED = 1_000


def test_no_small_count_of_a_hundred_registries_can_be_worked_out(tmp_path):
    began, failures = time.monotonic(), []
    figures: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + REGISTRIES):
        random = Random(seed)
        tables, counts = written(tmp_path / str(seed), random)
        national = tables["pub_national"].filter(indicator_id="S5_30")
        figures["shown"] += int((national["eligible_text"] != "*").sum())
        figures["all"] += national.height
        for name, attacker in attackers(counts, random).items():
            found = attack(tables, counts, attacker)
            figures["attacks"] += 1
            if found:
                failures.append(f"{seed}, {name}: {found}")
    record(
        "trial-differencing",
        "Taking published counts from one another, with and without one site's rows",
        [
            f"{REGISTRIES} random registries of three to six sites (even, one dominating, few, very"
            f" small, larger; events at one site, at all, near the whole), {figures['attacks']}"
            " attacks: a commissioner, a site that knows its own rows exactly, a commissioner with"
            " what one site knows",
            "every published count and what published counts leave (the rest, the time before the"
            " last twelve months, parts of groups, years, landmarks, those between two rates or two"
            " life tables) as integers; the least and"
            " the most of each true count of 1 to 7 by an integer solver (scipy milp)",
            f"figures of one indicator that were published: {figures['shown']} of {figures['all']}",
            f"counts pinned to fewer than five values: {failures or 'none'}",
            f"{time.monotonic() - began:.0f} s",
        ],
    )
    assert not failures
