"""Outlier cases in a real browser: from the trust's response to closure, by two people in turn."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from sql.audit_log import faults
from sql.ledger import Ledger
from sql.outlier_cases import Found, open_cases
from sql.reader_periods import reporting_period

pytestmark = pytest.mark.browser

OPENED = datetime(2026, 11, 12, 9, tzinfo=UTC)
LATE = "is LATE: due 6 Nov 2026, 6 working days over"
# The whole way: who makes the move, its name, what the page says after it.
WHOLE_WAY = [
    ("team", "Begin the data check", "Data check since"),
    ("team", "Data stand", "Data stand since"),
    ("team", "Notify the trust", "Notified since"),
    ("governance", "Respond", "Response received since"),
    ("team", "Begin the review", "Review since"),
    ("team", "Confirm", "Confirmed since"),
    ("team", "Send the letter", "Letter sent since"),
    ("governance", "Acknowledge", "Acknowledged since"),
    ("team", "Publish", "Published since"),
    ("team", "Close", "Closed 16 Nov 2026: confirmed."),
]
NAMES = {"team": "E. Demo, registry team", "governance": "Dr A. Demo, governance lead"}


def number_of(look, *about):
    """The number on the card that says all this."""
    card = look.page.get_by_test_id("stVerticalBlock").filter(
        has=look.page.get_by_role("button", name=re.compile(r"^Open case \d+$"))
    )
    for words in about:
        card = card.filter(has_text=words)
    return card.last.get_by_role("button").inner_text().removeprefix("Open case ")


def open_case(look, persona, number):
    look.at(persona, "Cases")
    look.page.get_by_role("button", name=f"Open case {number}", exact=True).click()
    look.page.wait_for_url(f"**case={number}*")
    look.still()


def record(look, move, text="In the words of the test."):
    look.page.get_by_test_id("stRadio").get_by_text(move, exact=True).click()
    look.still()
    area = look.page.get_by_test_id("stTextArea").locator("visible=true")
    if area.count():
        area.get_by_role("textbox").fill(text)
        look.page.keyboard.press("Tab")
        look.still()
    look.page.get_by_role("button", name="Record", exact=True).click()


def log_of(look):
    look.still()
    look.page.wait_for_timeout(1000)  # a table is drawn anew after the page
    return look.table("What was said")


@pytest.mark.trial
def test_a_case_is_walked_from_potential_to_closed_and_the_audit_log_tells_the_same(
    look_at_the_shared, shared_home
):
    look = look_at_the_shared
    evidence = {"title": "Quarter not reported", "sentence": "Elverstone Hospital sent nothing."}
    quarter = reporting_period("2026/27 Q1")
    found = Found("ZZ302", "E", "D3", "non-participation", quarter, evidence)
    with Ledger(shared_home / "ledger.sqlite") as ledger:
        (number,) = open_cases(ledger, [found], by="registry team", at=OPENED)
    looking = None
    for persona, move, after in WHOLE_WAY:
        if persona != looking:  # it stays open until the other side takes over
            open_case(look, persona, number)
            looking = persona
        assert "Elverstone Hospital sent nothing." in look.text()
        record(look, move)
        expect(look.page.get_by_text(after).first).to_be_visible()
    told = [(NAMES[persona], move) for persona, move, _ in WHOLE_WAY]
    assert [(row["By"], row["What was done"]) for row in log_of(look)][1:] == told
    look.fits_a_phone()
    with Ledger(shared_home / "ledger.sqlite") as ledger:
        logged = ledger.events(f"case {number}")[1:]
        assert not faults(ledger)
    assert [(event["by"], event["action"]) for event in logged] == [
        (by, f"case: {move[0].lower()}{move[1:]}") for by, move in told
    ]
    assert "2 outlier cases published" in look.at("commissioner", "Cases").text()


def test_a_governance_lead_finds_the_case_that_waits_for_it(look):
    look.at("governance", "Cases")
    number = number_of(look, "ZZ301", "Notified")
    assert f"Case {number}: ▲ poor data" in look.text()
    assert look.number("Waiting for you") == "1"
    look.fits_a_phone()


@pytest.mark.trial
def test_a_missed_deadline_is_loud_and_a_data_error_ends_a_case(look_at_the_shared):
    look = look_at_the_shared
    text = look.at("team", "Cases").text()
    assert LATE in text
    assert look.number("Late") == "1"
    assert LATE in look.at("lead", "Cases").text()
    late = number_of(look.at("team", "Cases"), "ZZ102", "Notified")
    open_case(look, "team", late)
    record(look, "Go on without a response")
    expect(look.page.get_by_text("Review since 16 Nov 2026")).to_be_visible()
    assert log_of(look)[-1]["Deadline met"] == "■ no, 6 working days over"
    missing = number_of(look, "ZZ501", "Potential")
    open_case(look, "team", missing)
    record(look, "Begin the data check")
    expect(look.page.get_by_text("Data check since 16 Nov 2026")).to_be_visible()
    record(look, "Close: data error")
    expect(look.page.get_by_text("Closed 16 Nov 2026: data error.")).to_be_visible()


def test_a_sentinel_event_is_reviewed_by_the_trust(look_at_the_shared):
    look = look_at_the_shared
    assert "2 of 3 wait for a review" in look.at("governance", "Home").text()
    look.at("governance", "Cases")
    look.page.get_by_role("tab", name="Sentinel events").click()
    look.still()
    look.page.get_by_role("textbox", name="Lesson").fill("Two electrodes were too close.")
    look.page.keyboard.press("Tab")
    look.still()
    look.page.get_by_role("button", name="Record the review").click()
    expect(look.page.get_by_text("1 of 3 waits for a review")).to_be_visible()
    assert "1 of 3 waits for a review" in look.at("governance", "Home").text()
