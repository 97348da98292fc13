"""Upload: what is accepted, sending, checking only, progress, and stopping it."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.pages.submission_progress import steps
from expectations.dictionary import site_tables
from expectations.rules import catalogue
from ingest import check_only, inbox, progress
from ingest.depositing import MOST_WAITING
from ingest.home import open_home
from ingest.report_kept import kept_of
from sql.ledger import Ledger
from tests.dashboard.conftest import said
from tests.dashboard.test_submissions import button, sent

PROCEDURES = ("procedure.csv", b"procedure_id\n", "text/csv")


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    """A copy of the home in which submissions may be made."""
    return Path(shutil.copytree(home, tmp_path / "desk"))


def test_the_upload_area_says_what_is_accepted(open_page, desk):
    page = open_page("upload", "lead", at_home=desk)
    assert "Export of ZZ102" in page.file_uploader[0].label
    assert "50 MB" in page.file_uploader[0].label
    for form in (".zip", ".xlsx", ".csv", ".parquet"):
        assert form in said(page)


def test_a_sent_file_is_deposited_for_the_own_site(open_page, desk):
    page = open_page("upload", "uploader", at_home=desk)
    page.file_uploader[0].set_value(("2026-27-Q2.zip", b"PK", "application/zip")).run()
    button(page, "Send").click().run()
    row = inbox.submissions(desk, ["ZZ102"]).row(0, named=True)
    assert (row["filename"], row["state"]) == ("2026-27-Q2.zip", "received")
    assert row["received_by"] == "C. Demo, site uploader"
    assert row["received_at"] == datetime(2026, 11, 16, 12, tzinfo=UTC)
    assert "2026-27-Q2.zip (ZZ102)" in said(page)


def test_a_single_table_is_sent_with_what_its_manifest_would_say(open_page, desk):
    page = open_page("upload", "uploader", at_home=desk)
    page.file_uploader[0].set_value(PROCEDURES).run()
    choice = {one.label: one.value for one in page.selectbox}
    assert choice["Table"] == "procedure"
    assert choice["Type"] == "INCREMENTAL"
    assert choice["Quarter"].label == "2026/27 Q2"
    button(page, "Send").click().run()
    with Ledger(open_home(desk).ledger_path) as ledger:
        row = ledger.submissions()[0]
    form = inbox.Form.of(row["form"])
    assert form == inbox.Form("procedure", date(2026, 7, 1), date(2026, 9, 30))


def test_check_only_leaves_no_submission(open_page, desk):
    page = open_page("upload", "uploader", at_home=desk)
    page.file_uploader[0].set_value(PROCEDURES).run()
    button(page, "Check only").click().run()
    assert not inbox.submissions(desk, None).height
    assert "○ being checked; nothing is stored" in said(page)
    now = datetime(2026, 11, 16, 12, tzinfo=UTC)
    told = {"verdict": "held", "records": {"procedure": 7}, "notices": [], "not_evaluated": []}
    told |= {"findings": [], "exclusions": []}
    asked = check_only.carry_out(open_home(desk), lambda row, raw: kept_of(told), now)
    assert [(row["site_ods_code"], row["filename"]) for row in asked] == [
        ("ZZ102", "procedure.csv")
    ]
    page.run()
    assert "This export would be held: 7 rows read." in said(page)
    button(page, "Forget this check").click().run()
    assert not list((desk / "checks").iterdir())


@pytest.mark.parametrize("move", ["Send", "Check only"])
def test_who_has_sent_too_much_is_told_to_wait(open_page, desk, move):
    who = {"site": "ZZ102", "by": "C. Demo", "at": datetime(2026, 11, 16, 12, tzinfo=UTC)}
    leave = inbox.deposit if move == "Send" else check_only.ask
    at = desk if move == "Send" else open_home(desk)
    for _ in range(MOST_WAITING):
        leave(at, b"PK", "a.zip", **who)
    page = open_page("upload", "uploader", at_home=desk)
    page.file_uploader[0].set_value(PROCEDURES).run()
    button(page, move).click().run()
    (refusal,) = page.error
    assert "20 exports of ZZ102 wait to be checked, and no more than 20 may" in refusal.value


@pytest.mark.parametrize("persona", ["governance", "team", "commissioner"])
def test_only_a_site_sends_exports(open_page, desk, persona):
    page = open_page("upload", persona, at_home=desk)
    assert not page.file_uploader
    assert "may not upload" in said(page)


def test_a_waiting_submission_can_be_cancelled_by_its_site(open_page, desk):
    submission_id = sent(desk, "received")
    page = open_page("upload", "uploader", at_home=desk)
    button(page, "Cancel").click().run()
    with pytest.raises(progress.Cancelled, match=r"C\. Demo"):
        progress.stop_if_asked(open_home(desk), submission_id)


def test_the_steps_count_the_rules_of_the_tables_that_were_checked():
    checking = {"state": "checking"}
    assert steps({"state": "received"}, ()) == ["○ waits for its turn"]
    assert steps(checking, ("read",))[0] == "○ read and typed"
    of = sum(rule.table is not None for rule in catalogue().values())
    first = next(iter(site_tables()))
    own = sum(rule.table == first for rule in catalogue().values())
    told = steps(checking, ("read", first))
    assert told[:2] == ["● read and typed", f"○ checked by {own} of {of} rules"]
    assert steps(checking, ("read", *site_tables()))[1] == f"● checked by {of} of {of} rules"


def test_the_last_result_stands_below_the_upload_area(open_page, desk):
    sent(desk, "held")
    assert "held, 1 finding must be corrected" in said(open_page("upload", "lead", at_home=desk))
