"""Kept answers: one for a scope and a release, never for another."""

from __future__ import annotations

import polars as pl
import pytest
import streamlit as st

from dashboard.remembered import remembered
from sql.access import DEMO_VIEWERS, AccessDenied
from sql.reader import Reader
from tests.dashboard.conftest import make_home, procedures, write_release


@pytest.fixture(autouse=True)
def _forget():
    st.cache_data.clear()


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
