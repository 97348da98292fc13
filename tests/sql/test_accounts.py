"""Accounts: who lets whom in, as what, and that two people make an admin."""

from datetime import UTC, datetime

import pytest

from sql.accounts import (
    ADMIN,
    Rights,
    accounts,
    active,
    agree,
    begin,
    change,
    disable,
    grant,
    let_in,
)
from sql.audit_log import faults
from sql.ledger import Ledger, LedgerError

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
SITES = ("ZZ101", "ZZ102", "ZZ201")
A, B, C = "a@nhs.test", "b@nhs.test", "c@nhs.test"
LEAD = Rights("site lead", ("ZZ101",), "ZZ1")


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        begin(opened, {A: "Dr A", B: "Dr B"}, at=AT)
        yield opened


def granted(ledger, rights=LEAD, login="lead@nhs.test", by=A):
    return grant(ledger, login, "Dr L", rights, registered=SITES, by=by, at=AT)


def sign_in(ledger, login, subject):
    with ledger.write() as connection:
        return let_in(connection, login, subject, at=AT)


def standing(ledger, number):
    with ledger.read() as connection:
        return active(connection, number)


def state(ledger, number):
    return next(one.state for one in accounts(ledger) if one.number == number)


def test_a_registry_begins_with_two_admins_once(ledger, tmp_path, monkeypatch):
    assert [(one.login, one.role, one.state) for one in accounts(ledger)] == [
        (A, ADMIN, "active"),
        (B, ADMIN, "active"),
    ]
    with pytest.raises(LedgerError, match="accounts already"):
        begin(ledger, {C: "C", A: "A"}, at=AT)
    monkeypatch.delenv("IRE_LEDGER_URL", raising=False)
    with Ledger(tmp_path / "other.sqlite") as other:
        for one in ({}, {A: "Dr A"}, {A: "Dr A", A.upper(): "Dr A again"}, {A: "", B: "Dr B"}):
            with pytest.raises(LedgerError, match="name 2 people at least"):
                begin(other, one, at=AT)
        assert accounts(other) == []


def test_an_account_is_a_viewer_of_its_role_sites_and_trust(ledger):
    granted(ledger)
    viewer = sign_in(ledger, "Lead@nhs.test", "subject 1").viewer
    assert (viewer.name, viewer.role, viewer.sites, viewer.trust) == (
        "Dr L",
        "site lead",
        ("ZZ101",),
        "ZZ1",
    )
    assert viewer.may("sign off", "ZZ101")
    assert not viewer.may("sign off", "ZZ102")


@pytest.mark.parametrize(
    ("rights", "says"),
    [
        (Rights("site lead"), "say for which sites"),
        (Rights("commissioner", ("ZZ101",)), "name none"),
        (Rights("registry team", ("ZZ101",)), "name none"),
        (Rights("site lead", ("ZZ101", "ZZ999")), "ZZ999: no such site"),
        (Rights("owner"), "no such role"),
    ],
)
def test_a_role_and_its_sites_must_fit(ledger, rights, says):
    with pytest.raises(LedgerError, match=says):
        granted(ledger, rights)
    number = granted(ledger)
    with pytest.raises(LedgerError, match=says):
        change(ledger, number, rights, registered=SITES, by=A, at=AT)
    assert len(accounts(ledger)) == 3


def test_only_an_active_admin_manages_accounts(ledger):
    number = granted(ledger)
    for by in (C, "lead@nhs.test", ""):
        for act in (
            lambda by: granted(ledger, login="other@nhs.test", by=by),
            lambda by: change(ledger, number, LEAD, registered=SITES, by=by, at=AT),
            lambda by: disable(ledger, number, reason="left", by=by, at=AT),
            lambda by: agree(ledger, number, by=by, at=AT),
        ):
            with pytest.raises(LedgerError, match="managed by a registry admin"):
                act(by)
    assert len(accounts(ledger)) == 3


def test_an_admin_is_made_by_two_people(ledger):
    number = granted(ledger, Rights(ADMIN), C)
    assert state(ledger, number) == "proposed"
    assert sign_in(ledger, C, "subject c") is None
    for by, says in ((A, "another admin has to agree"), (C, "managed by a registry admin")):
        with pytest.raises(LedgerError, match=says):
            agree(ledger, number, by=by, at=AT)
    agree(ledger, number, by=B, at=AT)
    assert sign_in(ledger, C, "subject c").role == ADMIN
    with pytest.raises(LedgerError, match="nothing is proposed"):
        agree(ledger, number, by=B, at=AT)


def test_nobody_becomes_an_admin_by_a_change_or_changes_themselves(ledger):
    number = granted(ledger)
    with pytest.raises(LedgerError, match="made by two people"):
        change(ledger, number, Rights(ADMIN), registered=SITES, by=A, at=AT)
    with pytest.raises(LedgerError, match="nobody changes their own"):
        change(ledger, 1, Rights("registry team"), registered=SITES, by=A, at=AT)
    with pytest.raises(LedgerError, match="nobody changes their own"):
        disable(ledger, 1, reason="tired", by=A, at=AT)


def test_two_admins_are_left_whatever_is_disabled(ledger):
    with pytest.raises(LedgerError, match="2 admins have to be left"):
        disable(ledger, 2, reason="left", by=A, at=AT)
    number = granted(ledger, Rights(ADMIN), C)
    with pytest.raises(LedgerError, match="2 admins have to be left"):
        disable(ledger, 2, reason="left", by=A, at=AT)  # a proposed one does not count
    agree(ledger, number, by=B, at=AT)
    disable(ledger, 2, reason="left", by=A, at=AT)
    assert state(ledger, 2) == "disabled"


def test_a_change_and_a_disabling_hold_from_the_next_click(ledger):
    number = granted(ledger)
    sign_in(ledger, "lead@nhs.test", "subject 1")
    assert standing(ledger, number).sites == ("ZZ101",)
    change(ledger, number, Rights("site uploader", ("ZZ102",)), registered=SITES, by=B, at=AT)
    assert standing(ledger, number).role == "site uploader"
    with pytest.raises(LedgerError, match="say why"):
        disable(ledger, number, reason=" ", by=A, at=AT)
    disable(ledger, number, reason="left the trust", by=A, at=AT)
    assert standing(ledger, number) is None
    assert sign_in(ledger, "lead@nhs.test", "subject 1") is None


def test_whoever_is_given_the_address_later_is_not_let_in_by_it(ledger):
    granted(ledger)
    assert sign_in(ledger, "lead@nhs.test", "subject 1")
    assert sign_in(ledger, "lead@nhs.test", "subject 2") is None


def test_a_login_has_one_standing_account(ledger):
    number = granted(ledger)
    with pytest.raises(LedgerError, match="has an account already"):
        granted(ledger, login="LEAD@nhs.test")
    disable(ledger, number, reason="left", by=A, at=AT)
    assert granted(ledger) == number + 1


def test_every_move_is_in_the_log_without_the_subject(ledger):
    number = granted(ledger)
    sign_in(ledger, "lead@nhs.test", "subject 1")
    change(ledger, number, Rights("commissioner"), registered=SITES, by=B, at=AT)
    disable(ledger, number, reason="left", by=A, at=AT)
    events = ledger.events()
    assert [event["action"] for event in events] == [
        "account granted",
        "account granted",
        "account granted",
        "account bound",
        "account changed",
        "account disabled",
    ]
    assert [(event["by"], event["old"], event["new"]) for event in events[4:6]] == [
        (B, "active", "active"),
        (A, "active", "disabled"),
    ]
    assert "subject 1" not in str(events)
    assert not faults(ledger)
