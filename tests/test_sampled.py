"""Of a test of many cases, as many are in every run as its mark names; the others are trials."""

from types import SimpleNamespace

import pytest

from tests.conftest import _sample


class Case:
    """What is asked of a test that was collected."""

    def __init__(self, name, kept=None):
        self.path, self.name, self.marks = "test_of_many.py", name, []
        self.sampled = None if kept is None else SimpleNamespace(args=(kept,))

    def get_closest_marker(self, name):
        return self.sampled if name == "sampled" else None

    def add_marker(self, name):
        self.marks.append(name)


@pytest.mark.parametrize("kept", [1, 3, 12])
def test_so_many_cases_stay_always_the_same_and_other_tests_whole(kept):
    runs = []
    for _ in range(2):
        cases = [Case(f"test_kills[{number}]", kept) for number in range(8)]
        others = [Case(f"test_whole[{number}]") for number in range(8)]
        _sample(cases + others)
        runs.append([case.name for case in cases if case.marks != ["trial"]])
        assert not any(other.marks for other in others)
    assert len(runs[0]) == min(kept, 8)
    assert runs[0] == runs[1]
