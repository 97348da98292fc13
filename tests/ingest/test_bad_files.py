"""The 44 bad files and others of their kinds get their verdict, rule, line and column."""

from __future__ import annotations

import tempfile

import pytest

from tests.trials.bad_files import BAD_FILES, write
from tests.trials.judging import faults, see
from tests.trials.unseen import UNSEEN, clean_digests

# Every thirtieth here; `make trials` judges them all.
FEW = dict(list(UNSEEN.items())[::30])


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return clean_digests(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def empty_place(tmp_path, monkeypatch):
    """The working folder and the one for temporary files; empty, to see what is left."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_each_of_the_44_gets_its_verdict_and_place_twice_and_leaves_nothing(
    bad, clean, empty_place
):
    seen = see(bad, empty_place)
    assert faults(bad, seen, clean[bad.table]) == []
    again = see(bad, empty_place)
    assert (again.verdict, again.places, again.said) == (seen.verdict, seen.places, seen.said)
    assert list(empty_place.iterdir()) == []


@pytest.mark.parametrize("name", FEW)
def test_files_of_the_same_kinds_get_the_verdict_that_was_written_down(name, clean, empty_place):
    bad = UNSEEN[name]
    assert faults(bad, see(bad, empty_place), clean[bad.table]) == []
    assert list(empty_place.iterdir()) == []


def test_there_are_44_and_their_folder_says_what_is_expected(tmp_path):
    write(tmp_path)
    numbers = [bad.name[:2] for bad in BAD_FILES]
    assert numbers == [f"{n:02d}" for n in range(1, 45)]
    assert len(list(tmp_path.iterdir())) == 44 + 2
