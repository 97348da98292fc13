"""Chart, table, sentence and download give one verdict; every pair up to 500 is a trial."""

import pytest

from sql.statistics import funnel
from tests.trials import one_verdict
from tests.trials.one_verdict import TARGETS, disagreements

SIZES = (*range(1, 31), 37, 58, 72, 100, 135, 250, 499, 500)


@pytest.mark.parametrize("target", TARGETS)
def test_one_verdict_stands_everywhere(target):
    pairs, wrong = disagreements(target, SIZES)
    assert pairs == sum(SIZES) + len(SIZES)
    assert wrong == []


def test_another_verdict_in_one_place_is_found(monkeypatch):
    def milder(events: int, n: int, target: float) -> funnel.Verdict:
        return funnel.judge(max(0, events - 1), n, target)

    monkeypatch.setattr(one_verdict, "judge", milder)
    _, wrong = disagreements(0.069, [20])
    assert wrong == ["5/20 against 0.069", "7/20 against 0.069"]
