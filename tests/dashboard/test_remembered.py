"""Kept answers: one for a scope and a release, never for another."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from dashboard.figures import SPECS
from dashboard.remembered import ANSWERS, Answers, remembered
from sql.access import DEMO_VIEWERS, AccessDenied
from sql.open_files import FILES
from sql.reader import Reader
from tests.dashboard.conftest import make_home, procedures, write_release

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _forget():
    ANSWERS.clear()


def counted(home, persona):
    with Reader.open(home, DEMO_VIEWERS[persona]) as reader:
        rates = remembered(reader, home).rates(["S5_30"])
        return dict(rates["site_id", "eligible"].iter_rows())


def test_an_answer_is_kept_for_viewers_of_equal_scope_only(home):
    assert counted(home, "lead") == {"ZZ102": 31}
    assert counted(home, "governance") == {"ZZ301": 45, "ZZ302": 22}
    assert set(counted(home, "team")) > {"ZZ102", "ZZ301"}


def test_a_refusal_is_not_forgotten_behind_a_kept_answer(home):
    counted(home, "team")
    with pytest.raises(AccessDenied):
        counted(home, "commissioner")


def test_a_new_release_is_asked_anew(tmp_path):
    home = make_home(tmp_path / "home")
    write_release(home, procedures("ZZ102", 12), number=1)
    assert counted(home, "lead") == {"ZZ102": 12}
    write_release(home, procedures("ZZ102", 13), number=2)
    assert counted(home, "lead") == {"ZZ102": 13}


def test_a_release_that_is_written_again_is_asked_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(FILES, "most", 0)  # this process writes the file too
    home = make_home(tmp_path / "home")
    write_release(home, procedures("ZZ102", 12), number=1)
    assert counted(home, "lead") == {"ZZ102": 12}
    shutil.rmtree(home / "releases")
    write_release(home, procedures("ZZ102", 11), number=1)
    assert counted(home, "lead") == {"ZZ102": 11}


def test_nothing_of_a_release_stays_when_another_is_read(tmp_path):
    home = make_home(tmp_path / "home")
    write_release(home, procedures("ZZ102", 12), number=1)
    counted(home, "lead")
    SPECS.of("a chart of it", lambda: {"datasets": {}})
    write_release(home, procedures("ZZ102", 13), number=2)
    counted(home, "lead")
    assert {question[2] for question in ANSWERS._kept} == {2}
    assert not SPECS._kept


def test_what_a_page_does_to_a_list_reaches_no_other_page(home):
    for _ in range(3):
        with Reader.open(home, DEMO_VIEWERS["lead"]) as reader:
            found = remembered(reader, home).periods()
        assert found[0] == "36 months"
        found.clear()


def test_a_question_is_of_texts_numbers_and_days_only(home):
    with Reader.open(home, DEMO_VIEWERS["lead"]) as reader:
        asked = remembered(reader, home)
        with pytest.raises(TypeError, match="DataFrame"):
            asked.rates(pl.DataFrame({"id": ["S5_30"]}))


def test_the_answers_asked_for_longest_ago_are_forgotten_first():
    answers, asked = Answers(2), []
    for question in "abacaba":
        answers.of(question, lambda question=question: asked.append(question))
    assert "".join(asked) == "abcb"


def test_equal_questions_are_asked_once(home, monkeypatch):
    asked = []
    whole = Reader.findings

    def findings(self, **named) -> pl.DataFrame:
        asked.append(named)
        return whole(self, **named)

    monkeypatch.setattr(Reader, "findings", findings)
    for _ in range(2):
        with Reader.open(home, DEMO_VIEWERS["lead"]) as reader:
            remembered(reader, home).findings(by="rule")
    assert asked == [{"by": "rule"}]


def test_a_frame_within_an_answer_is_never_pickled(monkeypatch):
    def refused(self):
        raise AssertionError("Polars holds the interpreter while it pickles")

    monkeypatch.setattr(pl.DataFrame, "__getstate__", refused)
    frame = pl.DataFrame({"n": [1, 2]})
    answers = Answers(2)
    for _ in range(2):
        found = answers.of("all", lambda: {"found": [frame, {"n": 3}]})
        assert found["found"][0].equals(frame)
        assert found["found"][0] is not frame
        found["found"].clear()


def test_no_page_has_polars_threads_wait_for_the_interpreter():
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        assert not re.search(r"map_elements|map_batches|pickle", path.read_text("utf-8")) or (
            path.name == "remembered.py"
        ), path.name
