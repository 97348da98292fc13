"""The outbox: who may be told, what is queued once, and how an attempt ends."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from sql.audit_log import faults
from sql.ledger import Ledger, LedgerError
from sql.outbox import WAITS, Letter, begin, messages, not_sent, queue, sent, still_told
from sql.recipients import add_recipient, recipients, remove_recipients

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
BODY = "As of 16 Nov 2026\n- Site Aldermere: decide"
LETTER = Letter("1 thing to act on", BODY, ("decide",))


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def added(ledger, address="lead@trust.nhs.uk", role="site lead", sites=("ZZ102",), **said):
    return add_recipient(ledger, address, role, sites, by="team", at=AT, **said)


@pytest.fixture
def lead(ledger):
    added(ledger)
    (one,) = recipients(ledger)
    return one


def queued(ledger, recipient, days=0, told=("decide",)):
    letter = Letter(LETTER.subject, f"{BODY}, day {days}", told)
    return queue(ledger, recipient, letter, by="worker", at=AT + timedelta(days=days))


@pytest.mark.parametrize(
    "address",
    [
        "lead@trust.nhs.uk\nBcc: all@example.org",
        "lead@trust.nhs.uk\n",
        "lead@trust.nhs.uk, other@trust.nhs.uk",
        "Lead <lead@trust.nhs.uk>",
        "lead@trust.nhs.uk\r",
        "lead @trust.nhs.uk",
        "-lead@trust.nhs.uk",
        "lead@localhost",
        "leád@trust.nhs.uk",
        '"a b"@trust.nhs.uk',
        "lead",
        "",
        f"{'a' * 250}@trust.nhs.uk",
    ],
)
def test_only_one_plain_mailbox_is_an_address(ledger, address):
    with pytest.raises(LedgerError, match="no plain e-mail address"):
        added(ledger, address)


@pytest.mark.parametrize("address", ["ire-lead@nhs.net", "a.o'neil+audit@gst.trust.nhs.uk"])
def test_a_plain_mailbox_is_an_address(ledger, address):
    added(ledger, address)
    assert [one.address for one in recipients(ledger)] == [address]


@pytest.mark.parametrize(
    ("role", "sites", "said"),
    [
        ("commissioner", (), "nobody is told as commissioner"),
        ("registry admin", (), "nobody is told as registry admin"),
        ("porter", ("ZZ102",), "nobody is told as porter"),
        ("site lead", (), "say for which sites"),
        ("registry team", ("ZZ102",), "has all sites"),
    ],
)
def test_a_recipient_has_a_role_that_acts_and_its_sites(ledger, role, sites, said):
    with pytest.raises(LedgerError, match=said):
        added(ledger, role=role, sites=sites)
    added(ledger, role="registry team", sites=())


def test_a_mailbox_is_told_by_a_role_once_until_it_is_removed(ledger):
    added(ledger)
    added(ledger, role="governance lead")
    with pytest.raises(LedgerError, match="already"):
        added(ledger, "LEAD@trust.nhs.uk")
    assert remove_recipients(ledger, "Lead@trust.nhs.uk", "site lead", by="team", at=AT) == 1
    assert [one.role for one in recipients(ledger)] == ["governance lead"]
    with pytest.raises(LedgerError, match="no such recipient"):
        remove_recipients(ledger, "lead@trust.nhs.uk", "site lead", by="team", at=AT)
    assert added(ledger) == 3


def test_the_log_has_digests_of_address_and_body_and_no_words(ledger, lead):
    queue(ledger, lead, LETTER, by="worker", at=AT)
    remove_recipients(ledger, lead.address, by="team", at=AT)
    events = ledger.events()
    assert [e["action"] for e in events] == [
        "recipient added",
        "message queued",
        "recipient removed",
    ]
    digest = hashlib.sha256(BODY.encode()).hexdigest()
    assert json.loads(events[1]["detail"]) == {"recipient": 1, "digest": digest}
    assert not any(word in str(events) for word in (lead.address, "Aldermere", "thing to act"))
    assert not faults(ledger)


def test_the_same_is_queued_once(ledger, lead):
    assert queue(ledger, lead, LETTER, by="worker", at=AT) == 1
    for days in (0, 1, 9):
        assert queue(ledger, lead, LETTER, by="worker", at=AT + timedelta(days=days)) is None
    # other words about the same are nothing new either
    assert queued(ledger, lead, 1) is None
    assert queued(ledger, lead, 1, ("decide", "report")) == 2
    assert still_told(ledger, lead, ("decide", "report", "other")) == {"decide", "report"}
    # and the same body is never written twice, whatever it tells
    again = Letter("other", BODY, ("new",))
    assert queue(ledger, lead, again, by="worker", at=AT + timedelta(days=5)) is None
    assert [m["number"] for m in messages(ledger)] == [1, 2]


@pytest.mark.parametrize(("often", "days"), [("daily", 1), ("weekly", 7)])
def test_nobody_is_told_more_often_than_asked(ledger, often, days):
    added(ledger, often=often)
    (one,) = recipients(ledger)
    assert queued(ledger, one) == 1
    assert queued(ledger, one, days - 1, ("new",)) is None
    assert queued(ledger, one, days, ("new",)) == 2


def test_what_failed_to_arrive_is_told_again(ledger, lead):
    number = queued(ledger, lead)
    begin(ledger, number, by="worker", at=AT)
    assert not_sent(ledger, number, "refused", by="worker", at=AT, is_final=True)
    assert still_told(ledger, lead, ("decide",)) == frozenset()
    assert queued(ledger, lead, 1) == 2


def test_what_stood_no_more_is_news_when_it_returns(ledger, lead):
    queued(ledger, lead, 0, ("decide", "report"))
    assert still_told(ledger, lead, ("decide",)) == {"decide"}
    assert still_told(ledger, lead, ("decide", "report")) == {"decide"}
    assert queued(ledger, lead, 1, ("decide",)) is None
    assert queued(ledger, lead, 2, ("decide", "report")) == 2


def test_an_attempt_is_begun_once_and_again_after_its_wait(ledger, lead):
    number, at, gaps = queued(ledger, lead), AT, []
    for wait in WAITS:
        assert begin(ledger, number, by="worker", at=at)
        assert not begin(ledger, number, by="other", at=at)
        was_last = not_sent(ledger, number, "no server", by="worker", at=at)
        gaps.append(was_last)
        assert not begin(ledger, number, by="worker", at=at + wait - timedelta(seconds=1))
        at += wait
    assert gaps == [False] * (len(WAITS) - 1) + [True]
    (row,) = messages(ledger, "failed")
    assert (row["attempts"], row["last_error"]) == (len(WAITS), "no server")
    assert ledger.events("message 1")[-1]["action"] == "message failed"


def test_two_attempts_without_an_answer_are_the_last(ledger, lead):
    number = queued(ledger, lead)
    for days in (0, 1):
        assert begin(ledger, number, by="worker", at=AT + timedelta(days=days))
    assert not begin(ledger, number, by="worker", at=AT + timedelta(days=2))
    (row,) = messages(ledger, "failed")
    assert row["last_error"] == "2 attempts had no answer; it may have arrived"


def test_what_was_sent_or_has_no_recipient_left_is_not_begun_again(ledger, lead):
    first = queued(ledger, lead)
    begin(ledger, first, by="worker", at=AT)
    sent(ledger, first, by="worker", at=AT)
    second = queued(ledger, lead, 1, ("new",))
    remove_recipients(ledger, lead.address, by="team", at=AT)
    later = AT + timedelta(days=3)
    assert not any(begin(ledger, number, by="worker", at=later) for number in (first, second))
    told = [(m["state"], m["last_error"]) for m in messages(ledger)]
    assert told == [("sent", None), ("failed", "the recipient was removed")]
