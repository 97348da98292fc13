"""One verdict for every number of events in up to 500 procedures, at three targets."""

import pytest

from tests.records import record
from tests.trials.one_verdict import LARGEST, TARGETS, disagreements

pytestmark = pytest.mark.trial


def test_chart_table_sentence_and_download_give_one_verdict_up_to_500():
    pairs, wrong = 0, []
    for target in TARGETS:
        compared, found = disagreements(target, range(1, LARGEST + 1))
        pairs += compared
        wrong += found
    record(
        "trial-one-verdict",
        "One verdict in chart, table, sentence and download",
        [
            f"{pairs:,} pairs of events and procedures, up to {LARGEST} procedures, against"
            f" {', '.join(f'{100 * one:g} %' for one in TARGETS)}",
            f"pairs of which two verdicts were given: {len(wrong)} {wrong[:5] or ''}".strip(),
        ],
    )
    assert pairs == len(TARGETS) * sum(range(2, LARGEST + 2))
    assert not wrong
