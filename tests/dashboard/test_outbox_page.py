"""The page Outbox: how each message stands, and nothing of what it says or to which mailbox."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from dashboard import app
from ingest import inbox
from sql.access import DEMO_VIEWERS, AccessDenied, Viewer
from sql.ledger import Ledger
from sql.outbox import Letter, begin, not_sent, queue, sent
from sql.recipients import add_recipient, recipients
from tests.dashboard.conftest import said

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def written(home, tmp_path):
    """Of three messages the first was sent, the second has failed, the third is tried again."""
    copy = shutil.copytree(home, tmp_path / "home")
    roles = (("site lead", ("ZZ102",)), ("governance lead", ("ZZ301",)), ("registry team", ()))
    with Ledger(copy / "ledger.sqlite") as ledger:
        for role, sites in roles:
            add_recipient(ledger, "box@trust.nhs.uk", role, sites, by="team", at=AT)
        for one in recipients(ledger):
            letter = Letter("1 thing to act on", f"secret words for {one.role}", ("decide",))
            number = queue(ledger, one, letter, by="worker", at=AT)
            begin(ledger, number, by="worker", at=AT)
        sent(ledger, 1, by="worker", at=AT)
        not_sent(ledger, 2, "the server refused the recipient", by="worker", at=AT, is_final=True)
        not_sent(ledger, 3, "the server did not answer", by="worker", at=AT)
    return copy


def test_the_team_reads_how_each_message_stands_and_no_word_of_it(open_page, written):
    page = open_page("outbox", "team", at_home=written)
    text = said(page)
    assert not page.exception
    assert "3 messages: 1 failed, 1 sent, 1 queued." in text
    (shown,) = [frame.value for frame in page.dataframe]
    assert shown["State"].to_list() == ["○ queued", "■ failed", "● sent"]
    assert shown["Recipient"].to_list() == ["registry team", "governance lead", "site lead"]
    assert shown["Sites"].to_list() == ["all", "ZZ301", "ZZ102"]
    assert shown["Attempts"].to_list() == ["1 of 5"] * 3
    assert shown["Sent, or next try"].to_list() == [
        "next 16 Nov 2026, 09:05",
        "–",
        "sent 16 Nov 2026, 09:00",
    ]
    assert shown["Last answer"].to_list()[:2] == [
        "the server did not answer",
        "the server refused the recipient",
    ]
    for hidden in ("secret", "trust.nhs.uk", "thing to act on"):
        assert hidden not in text
    assert not any("body" in row or "address" in row for row in inbox.outbox(written, TEAM))


TEAM = DEMO_VIEWERS["team"]


def test_an_empty_outbox_says_so(open_page):
    assert "No message has been written." in said(open_page("outbox", "team"))


@pytest.mark.parametrize("persona", ["lead", "uploader", "governance", "commissioner"])
def test_no_other_viewer_sees_the_outbox(written, persona):
    who = DEMO_VIEWERS[persona]
    assert "Outbox" not in [page.title for page in app.PAGES if who.may(page.action)]
    with pytest.raises(AccessDenied):
        inbox.outbox(written, who)


def test_the_registry_admin_sees_it_too(written):
    assert len(inbox.outbox(written, Viewer("F. Demo", "registry admin"))) == 3
