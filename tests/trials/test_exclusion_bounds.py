"""At full counts: no sequence of accepted exclusions makes harm look better than it may be."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.ingest.bounds import FAULTS, Step, steps, tables_of, truths
from tests.ingest.small_registry import BOUNDED
from tests.ingest.test_exclusion_bounds import EVENTFUL, bettered
from tests.records import record

pytestmark = pytest.mark.trial

SEED, SEQUENCES = 532, 300


def test_no_exclusion_and_no_sequence_of_them_betters_a_worst_case(tmp_path):
    failures, drawn = [], []
    truth = tables_of(EVENTFUL)
    for fault in FAULTS:
        everywhere = tuple((*fault, row) for row in range(3))
        step = Step(is_full=False, faults=everywhere, drops=(), repeats=(), denies=True)
        failures += bettered(tmp_path / "homes", truth, [step])

    @seed(SEED)
    @settings(
        max_examples=SEQUENCES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(truth=truths(), sent=steps())
    def draw(truth, sent):
        drawn.append(len(sent))
        failures.extend(bettered(tmp_path / "homes", truth, sent))

    draw()
    record(
        "trial-exclusion-bounds",
        "Worst cases after accepted exclusions",
        [
            f"{len(FAULTS)} kinds of fault alone, and {len(drawn)} sequences of one to three"
            f" submissions ({sum(drawn)} in all) with faults, rows left out and keys repeated,"
            f" every exclusion accepted; seed {SEED}",
            f"the worst case of {', '.join(BOUNDED)} is never better than where the same rows are"
            " sent right, and each complication or death left out is on the governance lead's page",
            f"failures: {failures or 'none'}",
        ],
    )
    assert len(drawn) >= SEQUENCES * 0.9
    assert not failures
