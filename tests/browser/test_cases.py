"""Outlier cases in a real browser: from the trust's response to closure, by two people in turn."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LATE = "is LATE: due 6 Nov 2026, 6 working days over"
# From the stage in which the demo leaves the case of ZZ301: who, the move, the stage after.
REST = [
    ("governance", "Respond", "Response received"),
    ("team", "Begin the review", "Review"),
    ("team", "Confirm", "Confirmed"),
    ("team", "Send the letter", "Letter sent"),
    ("governance", "Acknowledge", "Acknowledged"),
    ("team", "Publish", "Published"),
    ("team", "Close", "Closed"),
]


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


def test_a_case_is_walked_to_its_closure_by_governance_lead_and_registry_team(look_at_a_copy):
    look = look_at_a_copy
    look.at("governance", "Cases")
    number = number_of(look, "ZZ301", "Notified")
    assert f"Case {number}: ▲ poor data" in look.text()
    look.fits_a_phone()
    for persona, move, stage in REST:
        open_case(look, persona, number)
        record(look, move)
        after = "Closed 16 Nov 2026: confirmed." if stage == "Closed" else f"{stage} since 16 Nov"
        expect(look.page.get_by_text(after).first).to_be_visible()
    log = log_of(look)
    assert [row["What was done"] for row in log][-len(REST) :] == [move for _, move, _ in REST]
    assert {row["By"] for row in log[-len(REST) :]} == {
        "Dr A. Demo, governance lead",
        "E. Demo, registry team",
    }
    text = look.at("commissioner", "Cases").text()
    assert "2 outlier cases published" in text


def test_a_missed_deadline_is_loud_and_a_data_error_ends_a_case(look_at_a_copy):
    look = look_at_a_copy
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


def test_a_sentinel_event_is_reviewed_by_the_trust(look_at_a_copy):
    look = look_at_a_copy
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
