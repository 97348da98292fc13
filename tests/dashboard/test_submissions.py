"""Submissions: sending, following, deciding, and who may do which."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from dashboard.pages import submission_difference
from dashboard.pages.home_site import last_submission_text
from dashboard.pages.submission_detail import NUMBERS, numbers_of
from ingest import inbox
from ingest.folder import EXPORT
from ingest.home import open_home
from ingest.report_kept import kept_of
from sql.ledger import Ledger
from sql.requests import open_requests
from tests.dashboard.conftest import said

AT = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
FINDING = {
    "rule": "lesion.size_mm.HARD",
    "code": "RANGE",
    "severity": "R",
    "table": "lesion",
    "file": "lesion.csv",
    "line": 12,
    "column": "size_mm",
    "key": "L12",
    "message": "Size: outside 1 to 200 mm.",
    "fix": "Check the value and its unit.",
}
EXCLUSION = {
    "rule": "lesion.max_diameter_mm.HARD",
    "table": "lesion",
    "key": "L12",
    "column": "max_diameter_mm",
    "line": 12,
    "is_protected": False,
}


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    """A copy of the home in which submissions may be made."""
    return Path(shutil.copytree(home, tmp_path / "desk"))


def sent(
    home: Path, state: str, site: str = "ZZ102", *, is_protected: bool = False, also: list = ()
) -> str:
    """A submission brought to a state, with a report where it has been checked."""
    submission_id = inbox.deposit(home, b"zip", f"{state}.zip", site=site, by="C. Demo", at=AT)
    with Ledger(open_home(home).ledger_path) as ledger:
        if state == "received":
            return submission_id
        ledger.move(submission_id, "checking", by="worker", at=AT)
        values = {"records_read": 40, "records_excluded": 0}
        values |= {"findings_F": 0, "findings_R": 1, "findings_B": 2}
        ledger.move(submission_id, "held", by="worker", at=AT, **values)
        if state == "accepted":
            ledger.move(submission_id, "accepted", by="worker", at=AT, acceptance_number=1)
    told = {
        "verdict": state,
        "records": {"lesion": 40},
        "notices": ["The header was read without regard to case."],
        "not_evaluated": [],
        "findings": [FINDING, *also],
        "exclusions": [EXCLUSION | {"is_protected": is_protected}],
    }
    inbox.write_report(open_home(home), submission_id, kept_of(told))
    return submission_id


def requests(home: Path) -> list[tuple[str, str]]:
    with Ledger(open_home(home).ledger_path) as ledger:
        return [(one["submission_id"], one["kind"]) for one in open_requests(ledger)]


def button(page, label):
    return next((one for one in page.button if one.label == label), None)


def confirm(page):
    next(
        one for one in page.checkbox if one.label.startswith("These may be left out")
    ).check().run()


def test_of_a_curve_the_events_are_told_and_not_taken_for_those_alive():
    frame = pl.DataFrame(
        {
            "kind": ["survival", "rate", "rate"],
            "numerator_after": [10, 1, None],
            "denominator_after": [46, 46, None],
            "unknown_after": [0, 4, None],
        }
    )
    told = frame.select(submission_difference.share_text("after"))["after"].to_list()
    assert told == ["10 events/46", "1/46 (4 unknown)", "0/0"]


def test_with_nothing_sent_the_page_says_so(open_page, desk):
    assert "Nothing has been sent yet." in said(open_page("submissions", "lead", at_home=desk))


def test_a_waiting_submission_is_said_to_wait(open_page, desk):
    sent(desk, "received")
    text = said(open_page("submissions", "lead", at_home=desk))
    assert "received.zip (ZZ102)" in text
    assert "○ waits for its turn" in text


def test_another_sites_submission_is_not_listed(open_page, desk):
    sent(desk, "held", site="ZZ101")
    assert "Nothing has been sent yet." in said(open_page("submissions", "lead", at_home=desk))


def test_the_findings_of_a_held_submission_say_line_and_fix(open_page, desk):
    sent(desk, "held")
    page = open_page("submissions", "lead", at_home=desk)
    found = next(frame.value for frame in page.dataframe if "What to do" in frame.value)
    row = found.iloc[0]
    assert row["Where"] == "lesion.csv, line 12, size_mm"
    assert row["Kind"] == "▲ to correct"
    assert row["What to do"] == "Check the value and its unit."
    assert "held, 1 finding must be corrected" in said(page)


def test_a_site_accepts_listed_exclusions_once_it_has_confirmed(open_page, desk):
    submission_id = sent(desk, "held")
    page = open_page("submissions", "lead", at_home=desk)
    assert button(page, "Accept listed exclusions").disabled
    reasons = [one.value["Reason"] for one in page.dataframe if "Reason" in one.value]
    assert "outside" in reasons[0].iloc[0]  # in words, not the id of a rule
    confirm(page)
    button(page, "Accept listed exclusions").click().run()
    assert requests(desk) == [(submission_id, "accept")]


def test_a_protected_exclusion_is_said_to_need_the_site_and_the_registry_team(open_page, desk):
    submission_id = sent(desk, "held", is_protected=True)
    page = open_page("submissions", "lead", at_home=desk)
    assert "the site and the registry team must both agree" in said(page)
    confirm(page)
    button(page, "Accept listed exclusions").click().run()
    team = open_page("submissions", "team", at_home=desk)
    confirm(team)
    assert button(team, "Accept listed exclusions").disabled
    reason = next(one for one in team.text_input if one.label.startswith("Why the registry"))
    reason.set_value("the row is another patient's").run()
    button(team, "Accept listed exclusions").click().run()
    both = [(submission_id, "accept"), (submission_id, "accept for the registry")]
    assert requests(desk) == both


def test_the_registry_team_alone_accepts_nothing_that_is_not_protected(open_page, desk):
    sent(desk, "held")
    page = open_page("submissions", "team", at_home=desk)
    assert button(page, "Accept listed exclusions") is None
    assert "the site decides alone" in said(page)


def test_what_is_accepted_is_the_list_that_was_shown(open_page, desk):
    sent(desk, "held")
    page = open_page("submissions", "lead", at_home=desk)
    confirm(page)
    button(page, "Accept listed exclusions").click().run()
    with Ledger(open_home(desk).ledger_path) as ledger:
        asked = open_requests(ledger)[0]
    row = inbox.submissions(desk, ["ZZ102"]).row(0, named=True)
    assert asked["digest"] == inbox.report(desk, row["submission_id"]).exclusions_digest


def test_a_kind_leaves_only_its_findings(open_page, desk):
    sent(desk, "held", also=[FINDING | {"severity": "W", "rule": "D03", "message": "Late."}])
    page = open_page("submissions", "lead", at_home=desk)
    assert "2 findings, of 2 rules" in said(page)
    kinds = next(one for one in page.multiselect if one.label == "Kind")
    kinds.set_value(["○ query"]).run()
    assert "1 finding of 2 findings, of 1 rule" in said(page)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ALREADY_RECEIVED", "already received, nothing changed. Nothing to do."),
        ("CANCELLED", "cancelled, nothing of it was kept."),
        ("ENCODING", "refused (ENCODING), nothing of it was used. Correct the export"),
    ],
)
def test_a_refusal_asks_for_a_correction_only_where_there_is_a_fault(code, says):
    row = dict.fromkeys(("findings_R", "findings_W", "findings_B", "records_read"))
    row |= {"filename": "q.zip", "received_at": AT, "state": "refused", "code": code}
    assert says in last_submission_text(row)
    assert ("Correct" in last_submission_text(row)) == (code == "ENCODING")


@pytest.mark.parametrize(
    ("state", "read", "says"),
    [
        ("refused", 0, (None, None, None, None)),  # could not be read: nothing was counted
        ("checking", None, (None, None, None, None)),
        ("refused", 30, (30, None, 3, 1)),
        ("held", 30, (30, None, 3, 1)),
        ("accepted", 30, (30, 28, 3, 1)),
        ("accepted", 0, (0, 0, 3, 1)),  # a nil return
    ],
)
def test_numbers_are_told_only_of_what_was_counted(state, read, says):
    row = {"state": state, "records_read": read, "records_excluded": 2 if read else None}
    row |= {"findings_F": 1, "findings_R": 2, "findings_B": 1}
    assert dict(numbers_of(row)) == dict(zip(NUMBERS, says, strict=True))


QUERY = FINDING | {
    "severity": "W",
    "rule": "D03",
    "message": "The decision is old.",
    "finding_id": "f1",
    "value_digest": "d1",
}


def test_a_site_answers_a_query_and_the_answer_stands_until_its_day(open_page, desk):
    sent(desk, "accepted", also=[QUERY])
    page = open_page("submissions", "uploader", at_home=desk)
    assert "Queries open: 1" in said(page)
    assert button(page, "Answer").disabled
    next(one for one in page.text_input if one.label.startswith("Why it is right")).set_value(
        "the meeting was held again by telephone"
    ).run()
    button(page, "Answer").click().run()
    answered = inbox.answers(desk, ["ZZ102"]).row(0, named=True)
    assert answered["reason"] == "the meeting was held again by telephone"
    assert answered["expires"] == date(2027, 11, 16)
    assert "the meeting was held again by telephone" in said(page)
    assert button(page, "Answer") is None  # no open query is left
    assert "Queries open: 0" in said(page)
    assert "no query to look at (1 answered)" in said(page)
    assert "1 query answered." in said(page)


@pytest.mark.parametrize("persona", ["governance", "team"])
def test_only_the_site_answers_a_query(open_page, desk, persona):
    sent(desk, "accepted", "ZZ301" if persona == "governance" else "ZZ102", also=[QUERY])
    page = open_page("submissions", persona, at_home=desk)
    assert "The decision is old." in said(page)
    assert button(page, "Answer") is None


def test_a_checked_submission_gives_its_receipt_and_its_file_as_received(open_page, desk):
    submission_id = sent(desk, "accepted")
    page = open_page("submissions", "lead", at_home=desk)
    labels = {one.label for one in page.get("download_button")}
    assert {"Receipt (PDF)", "Receipt (HTML)"} <= labels
    assert "The export as received" not in labels
    assert "The export as received is not kept" in said(page)
    folder = open_home(desk).submission_folder(submission_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{EXPORT}.zip").write_bytes(b"as it was sent")
    page = open_page("submissions", "lead", at_home=desk)
    assert "The export as received" in {one.label for one in page.get("download_button")}
    assert "is not kept" not in said(page)
    assert inbox.receipt_pdf(desk, submission_id).startswith(b"%PDF")
    assert submission_id in inbox.receipt_html(desk, submission_id)


@pytest.mark.parametrize(("persona", "is_offered"), [("uploader", True), ("team", False)])
def test_a_site_takes_its_history_with_it_for_checks_offline(open_page, desk, persona, is_offered):
    sent(desk, "accepted")
    page = open_page("submissions", persona, at_home=desk)
    labels = [one.label for one in page.get("download_button")]
    assert (
        any(label.startswith("What the registry holds of ZZ102") for label in labels) == is_offered
    )


def test_a_site_lead_withdraws_with_a_reason(open_page, desk):
    submission_id = sent(desk, "accepted")
    page = open_page("submissions", "lead", at_home=desk)
    assert button(page, "Withdraw").disabled
    reason = next(one for one in page.text_input if one.label.startswith("Reason"))
    reason.set_value("sent by mistake").run()
    button(page, "Withdraw").click().run()
    assert requests(desk) == [(submission_id, "withdraw")]


@pytest.mark.parametrize("persona", ["uploader", "governance", "team"])
def test_nobody_but_the_site_lead_withdraws(open_page, desk, persona):
    site = "ZZ301" if persona == "governance" else "ZZ102"
    sent(desk, "accepted", site=site)
    page = open_page("submissions", persona, at_home=desk)
    assert "accepted" in said(page)
    assert button(page, "Withdraw") is None


def test_home_begins_with_the_findings_of_the_last_submission_and_their_effect(open_page, desk):
    sent(desk, "held")
    text = said(open_page("home", "lead", at_home=desk))
    assert "held.zip: 1 finding." in text
    place = '"lesion.csv, line 12, size_mm"'
    assert f"{FINDING['message']},{place},{FINDING['fix']}," in text
    assert "2 open findings on current rows, of 1 rule, whichever" in text


def test_what_would_be_left_out_names_its_record_and_can_be_taken_away(open_page, desk):
    submission_id = sent(desk, "held")
    page = open_page("submissions", "lead", at_home=desk)
    listed = next(one.value for one in page.dataframe if "Record" in one.value)
    assert listed["Record"].to_list() == [EXCLUSION["key"]]
    offered = [one.proto.id for one in page.get("download_button")]
    assert any(one.endswith(f"download-exclusions-{submission_id}.csv") for one in offered)
