"""Mail handed to a real SMTP server: delivered, refused, waited for, and never twice too often."""

import logging
import smtplib
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from ingest.home import HomeError
from ingest.mailing import Server, send_queued, server_of
from sql.ledger import Ledger
from sql.outbox import Letter, begin, messages, queue
from sql.recipients import add_recipient, recipients
from tests.certificates import certificate_in
from tests.ingest.mailboxes import PASSWORD, Mailbox, free_port, serving

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
BODY = "IRE Liver Audit\n\nWITHIN 7 DAYS\n- Ysbyty Tŷ’r Coed – due. Page: Upload.\n.\nEnd\n"
SENDER = "ire-audit@registry.nhs.uk"
SETTINGS = {"IRE_SMTP_HOST": "localhost", "IRE_SMTP_FROM": SENDER}


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def start(mailbox):
    """Starts a server on a free port of this machine; gives how to reach it."""
    with ExitStack() as running:

        def started(port=0, security="none", **said):
            at = running.enter_context(serving(mailbox, port, **said))
            return Server("127.0.0.1", at, security, SENDER)

        yield started


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        add_recipient(opened, "lead@trust.nhs.uk", "site lead", ["ZZ102"], by="team", at=AT)
        add_recipient(opened, "team@registry.nhs.uk", "registry team", [], by="team", at=AT)
        yield opened


def queued(ledger, *indices, subject="IRE Liver Audit: 1 thing to act on"):
    every = recipients(ledger)
    letter = Letter(subject, BODY, ("due",))
    return [queue(ledger, every[n], letter, by="worker", at=AT) for n in indices or (0,)]


def send(ledger, server, **later):
    ended = send_queued(ledger, server, by="worker", at=AT + timedelta(**later))
    return ended["sent"], ended["failed"]


def states(ledger):
    return [(m["state"], m["attempts"], m["last_error"]) for m in messages(ledger)]


def test_a_message_is_delivered_once_as_it_was_written(ledger, start, mailbox):
    queued(ledger)
    server = start()
    assert send(ledger, server) == (1, 0)
    assert send(ledger, server, days=1) == (0, 0)
    ((_, envelope),) = mailbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["lead@trust.nhs.uk"])
    mail = message_from_bytes(envelope.content, policy=default)
    assert mail.get_content().replace("\r\n", "\n") == BODY
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert (mail["From"], mail["To"]) == (SENDER, "lead@trust.nhs.uk")
    assert mail["Subject"] == "IRE Liver Audit: 1 thing to act on"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == AT
    assert max(map(len, envelope.content.splitlines())) <= 78
    (row,) = messages(ledger)
    assert (row["state"], row["attempts"], row["unanswered"]) == ("sent", 1, 1)
    assert ledger.events("message 1")[-1]["action"] == "message sent"


@pytest.mark.parametrize("subject", ["ok\nBcc: all@example.org", "ok\r\nBcc: all@example.org"])
def test_no_header_can_be_smuggled_into_a_message(ledger, start, mailbox, subject):
    queued(ledger, subject=subject)
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        send(ledger, start())
    assert mailbox.taken == []


def test_a_recipient_refused_for_good_fails_loudly_and_others_are_served(
    ledger, start, mailbox, caplog
):
    queued(ledger, 0, 1)
    mailbox.refuses["lead@trust.nhs.uk"] = "550 no such person: secret words"
    with caplog.at_level(logging.ERROR):
        assert send(ledger, start()) == (1, 1)
    assert states(ledger) == [
        ("failed", 1, "SMTPRecipientsRefused 550"),
        ("sent", 1, None),
    ]
    assert "message 1 was not sent: SMTPRecipientsRefused 550" in caplog.text
    assert "secret words" not in caplog.text
    assert [e.rcpt_tos for _, e in mailbox.taken] == [["team@registry.nhs.uk"]]


def test_a_recipient_refused_for_now_is_tried_again(ledger, start, mailbox):
    queued(ledger)
    server = start()
    mailbox.refuses["lead@trust.nhs.uk"] = "451 greylisted"
    assert send(ledger, server) == (0, 0)
    assert states(ledger) == [("queued", 1, "SMTPRecipientsRefused 451")]
    mailbox.refuses.clear()
    assert send(ledger, server, minutes=4) == (0, 0)
    assert send(ledger, server, minutes=5) == (1, 0)


def test_mail_waits_for_a_server_that_is_down(ledger, start, mailbox):
    queued(ledger, 0, 1)
    port = free_port()
    down = Server("127.0.0.1", port, "none", SENDER)
    assert send(ledger, down) == (0, 0)
    assert states(ledger) == [("queued", 1, "no connection: ConnectionRefusedError")] * 2
    assert send(ledger, start(port), minutes=5) == (2, 0)
    assert len(mailbox.taken) == 2


def test_a_server_that_stays_down_fails_every_message_in_the_end(ledger, caplog):
    queued(ledger)
    down = Server("127.0.0.1", free_port(), "none", SENDER)
    ends = [send(ledger, down, days=2 * days) for days in range(6)]
    assert ends == [(0, 0)] * 4 + [(0, 1), (0, 0)]
    assert "message 1 was not sent: no connection" in caplog.text


def test_a_message_without_an_answer_is_sent_once_more_with_the_same_id(ledger, start, mailbox):
    queued(ledger)
    server = start()
    mailbox.data_reply = None
    for days in range(4):
        send(ledger, server, days=days)
    (row,) = messages(ledger)
    assert (row["state"], row["attempts"]) == ("failed", 2)
    assert row["last_error"] == "2 attempts had no answer; it may have arrived"
    ids = [message_from_bytes(e.content)["Message-ID"] for _, e in mailbox.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_crash_between_sending_and_recording_sends_once_more_and_not_twice(
    ledger, start, mailbox, monkeypatch
):
    queued(ledger)
    server = start()

    def crashes(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ingest.mailing.outbox.sent", crashes)
        for days in range(2):
            with pytest.raises(KeyboardInterrupt):
                send(ledger, server, days=days)
        assert send(ledger, server, days=2) == (0, 1)
    assert len(mailbox.taken) == 2


def test_another_sender_at_the_same_time_sends_nothing_twice(ledger, start, mailbox):
    (number,) = queued(ledger)
    assert begin(ledger, number, by="other", at=AT)
    assert send(ledger, start()) == (0, 0)
    assert mailbox.taken == []


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate of 127.0.0.1 that this process trusts; gives the server's context."""
    made = certificate_in(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.public))
    return context


def with_password(server, password=PASSWORD):
    return Server(server.host, server.port, server.security, SENDER, "ire-audit", password)


def test_mail_and_password_go_over_starttls(ledger, start, mailbox, certificate):
    queued(ledger)
    said = {"authenticator": mailbox.login, "auth_required": True, "require_starttls": True}
    server = start(security="starttls", tls_context=certificate, **said)
    assert send(ledger, with_password(server)) == (1, 0)
    assert mailbox.logins == [("ire-audit", PASSWORD)]
    assert [is_encrypted for is_encrypted, _ in mailbox.taken] == [True]


def test_a_wrong_password_is_waited_for_and_never_told(ledger, start, mailbox, certificate, caplog):
    queued(ledger)
    said = {"authenticator": mailbox.login, "auth_required": True}
    server = with_password(start(security="starttls", tls_context=certificate, **said), "wrong-one")
    with caplog.at_level(logging.DEBUG):
        send(ledger, server)
    assert states(ledger) == [("queued", 1, "no connection: SMTPAuthenticationError 535")]
    assert "wrong-one" not in caplog.text + repr(server) + str(ledger.events())


def test_nothing_is_sent_to_a_server_that_does_not_prove_itself(
    ledger, start, mailbox, certificate, monkeypatch
):
    queued(ledger)
    monkeypatch.delenv("SSL_CERT_FILE")
    unproven = start(security="starttls", tls_context=certificate, authenticator=mailbox.login)
    send(ledger, with_password(unproven))
    assert states(ledger)[0][2] == "no connection: SSLCertVerificationError"
    send(ledger, with_password(start(security="starttls")), minutes=5)  # offers no encryption
    assert states(ledger)[0][2] == "no connection: SMTPNotSupportedError"
    assert (mailbox.taken, mailbox.logins) == ([], [])


def test_the_environment_names_the_server():
    assert server_of({}) is None
    assert server_of(SETTINGS) == Server("localhost", 587, "starttls", SENDER)
    more = {"SECURITY": "tls", "USER": "ire-audit", "PASSWORD": PASSWORD}
    named = SETTINGS | {f"IRE_SMTP_{name}": value for name, value in more.items()}
    assert server_of(named) == Server("localhost", 465, "tls", SENDER, "ire-audit", PASSWORD)
    assert PASSWORD not in repr(server_of(named))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECURITY", "ssl"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "²"),
        ("FROM", ""),
        ("FROM", "a@b.nhs.uk\nBcc: c@d.nhs.uk"),
        ("USER", "ire-audit"),
        ("PASSWORD", PASSWORD),
    ],
)
def test_a_setting_that_cannot_be_followed_is_named(name, value):
    with pytest.raises(HomeError, match=f"IRE_SMTP_{name}") as refused:
        server_of(SETTINGS | {f"IRE_SMTP_{name}": value})
    assert PASSWORD not in str(refused.value)


def test_no_password_goes_over_an_open_line():
    said = {"IRE_SMTP_SECURITY": "none", "IRE_SMTP_USER": "u", "IRE_SMTP_PASSWORD": PASSWORD}
    with pytest.raises(HomeError, match="open line"):
        server_of(SETTINGS | said)


def test_the_errors_that_are_told_hold_no_word_of_the_server():
    from ingest.mailing import _words

    assert _words(smtplib.SMTPDataError(554, b"943 476 5919")) == "SMTPDataError 554"
