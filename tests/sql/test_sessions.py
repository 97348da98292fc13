"""Sessions: what a sign-in opens, for how long, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sql.accounts import Account, Rights, begin, change, disable, grant
from sql.audit_log import faults
from sql.ledger import Ledger
from sql.sessions import IDLE, LONGEST, MARKED_EVERY, SKEW, SignIn, is_over, sign_out, stand

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
A, LEAD = "a@nhs.test", "lead@nhs.test"
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        begin(opened, {A: "Dr A", "b@nhs.test": "Dr B"}, at=AT)
        rights = Rights("site lead", ("ZZ101",), "ZZ1")
        grant(opened, LEAD, "Dr L", rights, registered=("ZZ101", "ZZ102"), by=A, at=AT)
        yield opened


def said(login=LEAD, subject="subject 1", at=AT, nonce="n1", **claims):
    token = {"iss": "https://id.test", "sub": subject, "email": login, "email_verified": True}
    return SignIn.of({**token, "iat": int(at.timestamp()), "nonce": nonce, **claims})


def used(ledger, until):
    """Click every 20 minutes up to a moment; gives what the last click found."""
    at, found = AT, stand(ledger, said(), at=AT)
    while at < until:
        at = min(at + timedelta(minutes=20), until)
        found = stand(ledger, said(), at=at)
    return found


def actions(ledger):
    return [event["action"] for event in ledger.events()][3:]


def test_a_sign_in_opens_the_account_of_its_address_and_is_entered_once(ledger):
    for minutes in range(3):
        account = stand(ledger, said("Lead@NHS.test"), at=AT + minutes * timedelta(minutes=1))
        assert (account.login, account.role, account.sites) == (LEAD, "site lead", ("ZZ101",))
    assert actions(ledger) == ["account bound", "signed in"]
    assert not faults(ledger)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (said("stranger@nhs.test"), "no account"),
        (said(email_verified=False), "unverified"),
        (said(email_verified="true"), "unverified"),
        (said(email=None), "no account"),
        (said(at=AT - LONGEST), "too long"),
        (said(at=AT + SKEW + A_MOMENT), "too long"),
    ],
)
def test_nobody_is_let_in_by_anything_else_and_each_denial_is_entered_once(ledger, asked, why):
    for _ in range(3):
        assert stand(ledger, asked, at=AT) == why
    assert actions(ledger) == ["sign-in denied"]


@pytest.mark.parametrize("at", [AT - LONGEST + A_MOMENT, AT + SKEW])
def test_the_clocks_may_differ_a_little(ledger, at):
    assert isinstance(stand(ledger, said(at=at), at=AT), Account)


def test_another_person_of_the_same_address_is_not_let_in(ledger):
    assert isinstance(stand(ledger, said(), at=AT), Account)
    assert stand(ledger, said(subject="subject 2"), at=AT) == "no account"
    assert stand(ledger, said(iss="https://other.test"), at=AT) == "no account"


def test_signing_out_ends_that_session_for_whoever_holds_its_cookie(ledger):
    other = said(nonce="n2")
    assert isinstance(stand(ledger, said(), at=AT), Account)
    assert isinstance(stand(ledger, other, at=AT), Account)
    for _ in range(2):
        sign_out(ledger, said(), at=AT)
    assert stand(ledger, said(), at=AT) == "signed out"
    assert isinstance(stand(ledger, other, at=AT), Account)
    assert actions(ledger)[-1] == "session ended"
    assert actions(ledger).count("session ended") == 1


@pytest.mark.parametrize(
    ("away", "is_open"), [(IDLE - A_MOMENT, True), (IDLE, False), (timedelta(days=20), False)]
)
def test_a_session_without_a_click_ends(ledger, away, is_open):
    stand(ledger, said(), at=AT)
    assert is_over(ledger, said(), at=AT + away) is not is_open
    found = stand(ledger, said(), at=AT + away)
    assert isinstance(found, Account) if is_open else found in ("idle", "too long")


def test_a_click_within_the_minute_counts_from_the_last_that_was_marked(ledger):
    stand(ledger, said(), at=AT)
    stand(ledger, said(), at=AT + MARKED_EVERY - A_MOMENT)
    assert stand(ledger, said(), at=AT + IDLE) == "idle"


def test_asking_whether_it_is_over_is_no_click(ledger):
    stand(ledger, said(), at=AT)
    for minute in range(30):
        assert not is_over(ledger, said(), at=AT + timedelta(minutes=minute))
    assert stand(ledger, said(), at=AT + IDLE) == "idle"


def test_a_session_in_use_ends_all_the_same_and_stays_ended(ledger):
    assert isinstance(used(ledger, AT + LONGEST - A_MOMENT), Account)
    assert stand(ledger, said(), at=AT + LONGEST) == "too long"
    assert stand(ledger, said(), at=AT) == "too long"


def test_a_change_of_rights_and_a_closed_account_hold_at_the_next_click(ledger):
    stand(ledger, said(), at=AT)
    rights = Rights("site uploader", ("ZZ102",))
    change(ledger, 3, rights, registered=("ZZ102",), by=A, at=AT)
    assert stand(ledger, said(), at=AT).role == "site uploader"
    disable(ledger, 3, reason="left the trust", by=A, at=AT)
    assert stand(ledger, said(), at=AT) == "disabled"
    assert stand(ledger, said(nonce="n2"), at=AT) == "no account"


def test_neither_the_log_nor_the_session_holds_what_the_provider_said(ledger):
    stand(ledger, said(subject="S-4711", nonce="N-4711"), at=AT)
    with ledger.read() as connection:
        kept = connection.exec_driver_sql("select * from session").all()
    assert "4711" not in str(ledger.events()) + str(kept)
