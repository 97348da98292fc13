"""The page Erasure: an order with its preview, what was done, and what it does not reach."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from ingest import inbox
from sql import erasures
from sql.access import DEMO_VIEWERS
from sql.erasure_tables import COUNTS
from sql.ledger import Ledger
from tests.dashboard.conftest import said

TEAM = DEMO_VIEWERS["team"]
AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
FOUND = dict.fromkeys(COUNTS, 0) | {"patients": 1, "records": 19, "submissions": 2}


@pytest.fixture
def asked(home, tmp_path):
    """A home in which one order waits for its confirmation."""
    copy = shutil.copytree(home, tmp_path / "home")
    with Ledger(copy / "ledger.sqlite") as ledger:
        number = erasures.order(ledger, "ZZ102", reason="letter of 3 May", by=TEAM.by, at=AT)
        erasures.preview(
            ledger, number, FOUND | {"sites": '["ZZ102", "ZZ302"]'}, by="worker", at=AT
        )
    return copy


def button(page, label):
    return next(one for one in page.button if one.label == label)


def state(home):
    return [row["state"] for row in inbox.erasure_list(home, TEAM)]


def test_an_order_says_what_it_touches_and_is_carried_out_only_by_who_is_sure(open_page, asked):
    page = open_page("erasure", "team", at_home=asked)
    text = said(page)
    assert "1 patient, 19 records, 2 submissions" in text
    assert "of ZZ102, ZZ302." in text
    assert "letter of 3 May" in text
    assert button(page, "Erase").disabled
    page.checkbox(key="sure-1").check().run()
    button(page, "Erase").click().run()
    assert state(asked) == ["confirmed"]
    assert "being erased" in said(page)
    assert inbox.asked(asked, "erasure 1")["kind"].to_list() == ["carry out an erasure"]


def test_an_order_is_cancelled_with_a_reason(open_page, asked):
    page = open_page("erasure", "team", at_home=asked)
    page.text_input(key="why-1").input("another patient").run()
    button(page, "Cancel the order").click().run()
    assert state(asked) == ["cancelled"]
    (shown,) = [frame.value for frame in page.dataframe]
    assert shown["State"].to_list() == ["– cancelled"]
    assert shown["Reason"].to_list() == ["letter of 3 May (another patient)"]


def box(page, label):
    return next(one for one in page.text_input if one.label.startswith(label))


def test_what_is_no_id_is_refused_with_its_line_and_not_shown_again(open_page, asked):
    page = open_page("erasure", "team", at_home=asked)
    box(page, "Site whose ids").input("ZZ102")
    page.text_area[0].input("943 476 5919")
    box(page, "Reason, kept").input("a letter")
    button(page, "Count what it would touch").click().run()
    text = said(page)
    assert "Line 1 holds an NHS number" in text
    assert "943 476 5919" not in text
    assert len(state(asked)) == 1


def test_the_page_says_what_an_erasure_does_not_reach(open_page, asked):
    text = said(open_page("erasure", "team", at_home=asked))
    for what in ("board packs already issued", "backups, until they expire", "28 days at most"):
        assert what in text


def test_nothing_erased_is_said(open_page, home):
    assert "No patient has been erased" in said(open_page("erasure", "team", at_home=home))
