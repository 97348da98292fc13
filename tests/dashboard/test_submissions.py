"""Submissions: sending, following, deciding, and who may do which."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import inbox
from ingest.home import open_home
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
    "rule": "lesion.size_mm.HARD",
    "table": "lesion",
    "key": "L12",
    "column": "size_mm",
    "line": 12,
    "is_protected": False,
}


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    """A copy of the home in which submissions may be made."""
    return Path(shutil.copytree(home, tmp_path / "desk"))


def sent(home: Path, state: str, site: str = "ZZ102", *, is_protected: bool = False) -> str:
    """A submission brought to a state, with a report where it has been checked."""
    submission_id = inbox.deposit(home, b"zip", f"{state}.zip", site=site, by="C. Demo", at=AT)
    with Ledger(open_home(home).ledger_path) as ledger:
        if state == "received":
            return submission_id
        ledger.move(submission_id, "checking", by="worker", at=AT)
        values = {"records_read": 40, "records_excluded": 0, "findings_R": 1, "findings_B": 2}
        ledger.move(submission_id, "held", by="worker", at=AT, **values)
        if state == "accepted":
            ledger.move(submission_id, "accepted", by="worker", at=AT, acceptance_number=1)
    told = {
        "verdict": state,
        "records": {"lesion": 40},
        "notices": ["The header was read without regard to case."],
        "not_evaluated": [],
        "findings": [FINDING],
        "exclusions": [EXCLUSION | {"is_protected": is_protected}],
    }
    inbox.write_report(open_home(home), submission_id, told)
    return submission_id


def requests(home: Path) -> list[tuple[str, str]]:
    with Ledger(open_home(home).ledger_path) as ledger:
        return [(one["submission_id"], one["kind"]) for one in open_requests(ledger)]


def button(page, label):
    return next((one for one in page.button if one.label == label), None)


def test_with_nothing_sent_the_page_says_so(open_page, desk):
    assert "Nothing has been sent yet." in said(open_page("submissions", "lead", at_home=desk))


def test_the_upload_area_says_what_is_accepted(open_page, desk):
    page = open_page("submissions", "lead", at_home=desk)
    label = page.file_uploader[0].label
    assert "Export of ZZ102" in label
    assert ".zip" in label
    assert ".xlsx" in label
    assert "50 MB" in label


def test_a_sent_file_is_deposited_for_the_own_site(open_page, desk):
    page = open_page("submissions", "uploader", at_home=desk)
    page.file_uploader[0].set_value(("2026-27-Q2.zip", b"PK", "application/zip"))
    button(page, "Send").click().run()
    row = inbox.submissions(desk, ["ZZ102"]).row(0, named=True)
    assert (row["filename"], row["state"]) == ("2026-27-Q2.zip", "received")
    assert row["received_by"] == "C. Demo, site uploader"
    assert row["received_at"] == datetime(2026, 11, 16, 12, tzinfo=UTC)
    assert f"Received as {row['submission_id']}" in said(page)


def test_a_waiting_submission_is_said_to_wait(open_page, desk):
    sent(desk, "received")
    text = said(open_page("submissions", "lead", at_home=desk))
    assert "received.zip (ZZ102): waiting to be checked." in text


def test_another_sites_submission_is_not_listed(open_page, desk):
    sent(desk, "held", site="ZZ101")
    assert "Nothing has been sent yet." in said(open_page("submissions", "lead", at_home=desk))


@pytest.mark.parametrize("persona", ["governance", "team"])
def test_only_a_site_sends_exports(open_page, desk, persona):
    assert not open_page("submissions", persona, at_home=desk).file_uploader


def test_the_findings_of_a_held_submission_say_line_and_fix(open_page, desk):
    sent(desk, "held")
    page = open_page("submissions", "lead", at_home=desk)
    found = next(frame.value for frame in page.dataframe if "What to do" in frame.value)
    row = found.iloc[0]
    assert (row["File"], row["Line"], row["Column"]) == ("lesion.csv", 12, "size_mm")
    assert row["What to do"] == "Check the value and its unit."
    assert "held, 1 finding must be corrected" in said(page)


def test_a_site_accepts_listed_exclusions_once_it_has_confirmed(open_page, desk):
    submission_id = sent(desk, "held")
    page = open_page("submissions", "lead", at_home=desk)
    assert button(page, "Accept listed exclusions").disabled
    page.checkbox[0].check().run()
    button(page, "Accept listed exclusions").click().run()
    assert requests(desk) == [(submission_id, "accept")]


def test_a_protected_exclusion_needs_the_registry_team(open_page, desk):
    sent(desk, "held", is_protected=True)
    page = open_page("submissions", "lead", at_home=desk)
    assert button(page, "Accept listed exclusions") is None
    assert "the registry team must agree" in said(page)


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
