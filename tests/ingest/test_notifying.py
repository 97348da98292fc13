"""The worker and the command line tell people by e-mail: once a day, and never from a demo."""

from datetime import UTC, date, datetime

import pytest

from ingest.__main__ import main
from ingest.home import create_home
from ingest.mailing import Server
from ingest.notifying import Notifier
from sql.ledger import Ledger
from sql.outbox import messages
from sql.recipients import add_recipient
from tests.ingest.mailboxes import Mailbox, serving

TODAY = date(2026, 11, 16)
SENDER = "ire-audit@registry.nhs.uk"


@pytest.fixture
def mailbox():
    return Mailbox()


def made(path, demo_today=None):
    return create_home(path / "home", demo_today=demo_today)


def hold(ledger, number, at):
    """Something to tell the registry team of."""
    about = {"site": "RXX01", "filename": "x.zip", "size": 1, "sha256": "0", "by": "site"}
    ledger.receive(f"held {number}", at=at, **about)
    for state in ("checking", "held"):
        ledger.move(f"held {number}", state, by="worker", at=at)


def told(ledger):
    return [m["state"] for m in messages(ledger)]


def team(ledger, at):
    add_recipient(ledger, "team@registry.nhs.uk", "registry team", [], by="team", at=at)


def test_the_worker_writes_once_a_day_in_the_morning_of_london_and_sends(tmp_path, mailbox):
    clock = [datetime(2026, 11, 16, 6, 59, tzinfo=UTC)]
    home = made(tmp_path)
    with Ledger(home.ledger_path) as ledger, serving(mailbox) as port:
        server = Server("127.0.0.1", port, "none", SENDER)
        notifier = Notifier(home, ledger, lambda: clock[0], server)
        team(ledger, clock[0])
        found = []
        for at in ((16, 6, 59), (16, 7, 0), (16, 18, 0), (17, 6, 0), (17, 8, 0)):
            clock[0] = datetime(2026, 11, *at, tzinfo=UTC)
            hold(ledger, str(at), clock[0].replace(day=1 + len(found)))
            notifier.run_once()
            found.append(told(ledger))
    assert found == [[], ["sent"], ["sent"], ["sent"], ["sent", "sent"]]
    assert len(mailbox.taken) == 2


def test_without_a_server_nothing_is_written(tmp_path):
    at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    home = made(tmp_path)
    with Ledger(home.ledger_path) as ledger:
        team(ledger, at)
        hold(ledger, 1, at)
        Notifier(home, ledger, lambda: at, None).run_once()
        assert told(ledger) == []


def test_a_demo_home_writes_and_never_sends(tmp_path, mailbox):
    home = made(tmp_path, TODAY)
    with Ledger(home.ledger_path) as ledger, serving(mailbox) as port:
        team(ledger, home.noon)
        hold(ledger, 1, home.noon)
        server = Server("127.0.0.1", port, "none", SENDER)
        for _ in range(2):
            Notifier(home, ledger, lambda: home.noon, server).run_once()
        assert told(ledger) == ["queued"]
    assert mailbox.taken == []


@pytest.fixture
def run(capsys):
    def ran(home, *arguments):
        code = main(["notify", *arguments, "--home", str(home.path)])
        said = capsys.readouterr()
        return code, said.out.strip(), said.err.strip()

    return ran


TEAM = ("add", "--address", "team@registry.nhs.uk", "--role", "registry team")


def test_recipients_are_added_listed_and_removed(tmp_path, run):
    home = made(tmp_path, TODAY)
    said = "recipient 1: team@registry.nhs.uk is told weekly as registry team"
    assert run(home, *TEAM, "--often", "weekly") == (0, said, "")
    assert run(home, "list")[1] == "1  team@registry.nhs.uk  registry team  all sites  weekly"
    assert run(home, *TEAM)[0] == 2
    lead = ("add", "--address", "lead@trust.nhs.uk", "--role", "site lead")
    assert run(home, *lead, "--site", "ZZ999")[2].endswith("ZZ999: no such site in the register")
    assert run(home, *lead)[2].endswith("site lead: say for which sites")
    gone = run(home, "remove", "--address", "team@registry.nhs.uk")
    assert gone == (0, "team@registry.nhs.uk removed (1 recipient)", "")
    assert run(home, "list")[1] == ""


def test_what_there_is_to_tell_is_sent_and_the_outbox_shows_it(tmp_path, run, mailbox, monkeypatch):
    home = made(tmp_path)
    run(home, *TEAM)
    with Ledger(home.ledger_path) as ledger:
        hold(ledger, 1, datetime.now(UTC))
    code, _, complaint = run(home, "send")
    assert (code, complaint) == (
        2,
        "ire-audit: no mail server is set; set IRE_SMTP_HOST and IRE_SMTP_FROM",
    )
    with serving(mailbox) as port:
        settings = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "FROM": SENDER}
        for name, value in settings.items():
            monkeypatch.setenv(f"IRE_SMTP_{name}", value)
        sent = "1 message queued\n1 sent, 0 failed, 0 waiting to be tried again"
        assert run(home, "send") == (0, sent, "")
        again = "no message queued\n0 sent, 0 failed, 0 waiting to be tried again"
        assert run(home, "send") == (0, again, "")
    assert len(mailbox.taken) == 1
    shown = run(home, "outbox")[1]
    assert shown.startswith("1  sent  ")
    assert "team@registry.nhs.uk  IRE Liver Audit: 1 thing to act on  1  20" in shown


def test_a_message_that_is_not_sent_ends_the_command_with_a_fault(
    tmp_path, run, mailbox, monkeypatch
):
    home = made(tmp_path)
    run(home, *TEAM)
    with Ledger(home.ledger_path) as ledger:
        hold(ledger, 1, datetime.now(UTC))
    mailbox.refuses["team@registry.nhs.uk"] = "550 unknown"
    with serving(mailbox) as port:
        settings = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "FROM": SENDER}
        for name, value in settings.items():
            monkeypatch.setenv(f"IRE_SMTP_{name}", value)
        code, said, _ = run(home, "send")
    assert (code, said.splitlines()[1]) == (1, "0 sent, 1 failed, 0 waiting to be tried again")
    assert "SMTPRecipientsRefused 550" in run(home, "outbox")[1]


def test_a_demo_home_shows_what_it_would_send(tmp_path, run, monkeypatch):
    monkeypatch.setenv("IRE_SMTP_HOST", "mail.example.org")
    home = made(tmp_path, TODAY)
    run(home, *TEAM)
    with Ledger(home.ledger_path) as ledger:
        hold(ledger, 1, home.noon)
    code, shown, _ = run(home, "send")
    assert code == 0
    assert "To: team@registry.nhs.uk\nSubject: IRE Liver Audit: 1 thing to act on\n" in shown
    assert "- 14 Dec 2026: an export of RXX01 is held" in shown
    assert shown.endswith("a demo home sends nothing")
