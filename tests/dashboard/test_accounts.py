"""Accounts and the audit log: for a registry admin alone."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime

import polars as pl
import pytest

from dashboard.pages.accounts import REACH, rights_frame
from dashboard.pages.audit_log import narrowed, shown
from ingest import inbox
from sql.access import DEMO_VIEWERS, MATRIX, AccessDenied
from sql.accounts import Rights, begin
from sql.ledger import Ledger
from tests.dashboard.conftest import said

ADMIN = DEMO_VIEWERS["admin"]
OTHER = "g.demo@registry.example"
AT = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def kept(home, tmp_path):
    """A home with two admins and a commissioner's account."""
    # Without what the shared home has logged of those who looked at it in other tests.
    copy = shutil.copytree(home, tmp_path / "kept", ignore=shutil.ignore_patterns("ledger.*"))
    with Ledger(copy / "ledger.sqlite") as ledger:
        begin(ledger, {ADMIN.login: ADMIN.name, OTHER: "G. Demo"}, at=AT)
    rights = Rights("commissioner")
    inbox.grant_account(copy, "c@icb.example", "C", rights, viewer=ADMIN, at=AT)
    return copy


def test_the_accounts_are_listed_with_role_sites_and_state(open_page, kept):
    page = open_page("accounts", "admin", at_home=kept)
    text = said(page)
    assert "3 active accounts." in text
    listed = page.dataframe[0].value
    assert listed["Signs in as"].to_list() == [ADMIN.login, OTHER, "c@icb.example"]
    assert listed["Role"].to_list() == ["registry admin", "registry admin", "commissioner"]
    assert not page.exception


def test_the_rights_shown_are_those_of_the_access_matrix():
    frame = rights_frame()
    for row in frame.iter_rows(named=True):
        for role, reaches in MATRIX.items():
            assert row[role] == REACH[reaches.get(row["may"], "none")]
    assert set(frame["may"]) == {action for of_role in MATRIX.values() for action in of_role}


def test_an_account_is_disabled_on_the_page_and_a_refusal_is_said(open_page, kept):
    page = open_page("accounts", "admin", at_home=kept)
    page.selectbox(key="account-close").select(3)
    next(b for b in page.button if b.label == "Disable for good").click().run()
    assert "say why the account is disabled" in said(page)
    page.selectbox(key="account-close").select(3)
    page.text_input[-1].input("left the board")
    next(b for b in page.button if b.label == "Disable for good").click().run()
    assert [one.state for one in inbox.accounts(kept, ADMIN)] == ["active", "active", "disabled"]


def test_the_audit_log_says_that_it_is_whole_and_what_happened(open_page, kept):
    page = open_page("audit-log", "admin", at_home=kept)
    assert "3 events, none changed, missing, swapped or added." in said(page)
    assert page.dataframe[0].value["Event"].to_list() == [3, 2, 1]
    assert page.dataframe[0].value["Who"].to_list()[0] == ADMIN.login


def test_a_tampered_log_is_said_to_be_so_with_the_event(open_page, kept):
    with Ledger(kept / "ledger.sqlite") as ledger, ledger.write() as connection:
        connection.exec_driver_sql("drop trigger event_no_update")
        connection.exec_driver_sql("update event set by = 'x' where number = 2")
    page = open_page("audit-log", "admin", at_home=kept)
    assert "The audit log is not whole: 1 fault" in page.error[0].value
    assert "Event 2: the event is not what was written" in said(page)


def test_a_word_an_action_and_a_day_in_london_narrow_the_log():
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # the next day in London
    events = pl.DataFrame(
        [
            {"number": 1, "at": AT.replace(month=6), "by": "Dr A", "action": "received"},
            {"number": 2, "at": late, "by": "Dr B", "action": "accepted"},
        ]
    ).with_columns(pl.lit('{"sites": ["ZZ101", "ZZ102"], "reason": null, "n": 1}').alias("detail"))
    events = shown(events)
    assert events["when"].to_list() == ["16 Jun 2026 13:00:00", "2 Jul 2026 00:30:00"]
    assert events["told"].to_list()[0] == "sites: ZZ101, ZZ102; n: 1"
    assert narrowed(events, "dr a", "", None)["number"].to_list() == [1]
    assert narrowed(events, "", "accepted", None)["number"].to_list() == [2]
    assert narrowed(events, "", "", date(2026, 7, 2))["number"].to_list() == [2]
    assert narrowed(events, "", "", date(2026, 7, 3)).height == 0


@pytest.mark.parametrize("persona", [name for name in DEMO_VIEWERS if name != "admin"])
def test_nobody_else_sees_or_changes_an_account_or_reads_the_log(kept, persona):
    viewer = DEMO_VIEWERS[persona]
    rights = Rights("commissioner")
    for act in (
        lambda: inbox.accounts(kept, viewer),
        lambda: inbox.grant_account(kept, "x@nhs.test", "X", rights, viewer=viewer, at=AT),
        lambda: inbox.agree_account(kept, 3, viewer=viewer, at=AT),
        lambda: inbox.change_account(kept, 3, rights, viewer=viewer, at=AT),
        lambda: inbox.disable_account(kept, 3, "left", viewer=viewer, at=AT),
        lambda: inbox.audit_events(kept, viewer),
        lambda: inbox.audit_faults(kept, viewer),
    ):
        with pytest.raises(AccessDenied):
            act()
    assert len(inbox.accounts(kept, ADMIN)) == 3
