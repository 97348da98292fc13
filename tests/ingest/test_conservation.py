"""No record is lost without a word: read = accepted + excluded + duplicates."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.home import create_home
from tests.trials.judging import NOW
from tests.trials.random_exports import random_file, unaccounted

SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**32))
def test_every_record_is_kept_excluded_or_a_duplicate_whatever_is_empty(seed, tmp_path):
    path = tmp_path / f"{seed}"
    if path.exists():
        return
    table, content, made = random_file(Random(seed))
    assert unaccounted(create_home(path, demo_today=NOW.date()), table, content, made) in (
        None,
        "refused",
    )
