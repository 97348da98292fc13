"""The page Cases: the board, one case, what each viewer may do, sentinel events."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import polars as pl
import pytest

from dashboard import app
from ingest import inbox
from ingest.attaching import look_into_waiting
from ingest.home import open_home
from sql import erasures
from sql.access import DEMO_VIEWERS, Viewer
from sql.analysis import analyse, analysed_period
from sql.erased import tell_rewritten
from sql.ledger import Ledger
from sql.outlier_cases import Found, move, open_cases
from sql.publish_release import public_path
from sql.reader_periods import reporting_period
from sql.snapshot_rebuilt import enter
from sql.warehouse import release_path
from tests.dashboard.conftest import drawn, said, specs
from tests.sql.small_release import Complication, write_release
from tests.sql.small_snapshot import freeze

TEAM, TRUST = DEMO_VIEWERS["team"], Viewer("Dr G. Demo", "governance lead", ("ZZ102",), "ZZ1")
OPENED = datetime(2026, 9, 1, 9, tzinfo=UTC)  # a Tuesday; the demo's today is 16 Nov 2026
TO_NOTIFIED = ("begin the data check", "data stand", "notify the trust")


@pytest.fixture
def registry(home, tmp_path):
    """A copy of the demo home with the analysis of 2025/26: ZZ102 bleeds, ZZ301 has a case too."""
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    with Ledger(copy / "ledger.sqlite") as ledger:
        freeze(ledger)
        analyse(copy, ledger, analysed_period("2025/26"), {}, by="registry team", at=OPENED)
        evidence = {"title": "Quarter not reported", "sentence": "Site ZZ301 sent nothing."}
        found = Found("ZZ301", "E", "D3", "non-participation",
                      reporting_period("2026/27 Q1"), evidence)  # fmt: skip
        open_cases(ledger, [found], by="registry team", at=OPENED)
    return copy


def go(registry, number, *names, viewer=TEAM, at=OPENED):
    with Ledger(registry / "ledger.sqlite") as ledger:
        for name in names:
            seen = next(row for row in inbox.cases(registry, TEAM) if row["number"] == number)
            move(ledger, number, name, seen=seen["stage"], viewer=viewer, at=at, text="in words")


def test_each_viewer_finds_its_own_sites_cases_and_their_clocks(open_page, registry):
    go(registry, 1, *TO_NOTIFIED)
    team = said(open_page("cases", "team", at_home=registry))
    assert "Open cases: 2" in team
    assert "Late: 2" in team
    assert "LATE: due 6 Oct 2026, 29 working days over" in team
    assert "It waits for the trust's written response, owed by the governance lead." in team
    lead = said(open_page("cases", "lead", at_home=registry))
    assert "ZZ102" in lead
    assert "ZZ301" not in lead
    governance = said(open_page("cases", "governance", at_home=registry))
    assert "ZZ102" not in governance
    assert "Site ZZ301 sent nothing." in governance


def test_a_case_shows_its_frozen_evidence_and_what_the_release_has_now(open_page, registry):
    text = said(open_page("cases", "team", at_home=registry, case="1"))
    assert "Counted,6,6" in text
    assert "Out of,31,31" in text
    assert "The data have not changed these counts since." in text
    assert "release 14, the annual snapshot of 2025/26, data to 30 Sep 2026" in text
    (row,) = [one for one in inbox.cases(registry, TEAM) if one["number"] == 1]
    assert f"SHA-256 {row['evidence_digest'][:12]}" in text
    assert json.loads(row["evidence"])["events"] == 6
    bleeds = [Complication("ZZ102", f"C{n}", f"P{n:03d}") for n in range(6)]
    write_release(registry, drawn()[1:], bleeds[1:], number=15)
    later = said(open_page("cases", "team", at_home=registry, case="1"))
    assert "Counted,6,5" in later
    assert "the case rests on the frozen ones" in later


@pytest.mark.parametrize(("eligible", "charts"), [(9, 0), (10, 1)])
def test_no_share_of_few_is_drawn_as_evidence(open_page, registry, eligible, charts):
    figures = {
        "events": 3,
        "eligible": eligible,
        "unknown": 0,
        "known": eligible,
        "unit": "patient",
    }
    evidence = figures | {
        "title": "Followed up",
        "sentence": "ZZ302: few.",
        "verdict": "alert",
        "target": 0.9,
        "direction": "lower",
        "excluded_by_site": 0,
        "immature": 0,
        "rate": 3 / eligible,
        "lower": 0.1,
        "upper": 0.7,
        "indicator_version": "1.0",
        "data_date": "2026-09-30",
    }
    found = Found("ZZ302", "E", "D5_M12", "poor data", reporting_period("2025/26"), evidence)
    with Ledger(registry / "ledger.sqlite") as ledger:
        open_cases(ledger, [found], by="registry team", at=OPENED)
    page = open_page("cases", "team", at_home=registry, case="3")
    assert len(specs(page)) == charts
    assert ("A share is drawn from 10 patients on." in said(page)) == (not charts)


def erased(ledger):
    """An erasure that has ended."""
    number = erasures.order(ledger, "ZZ102", reason="a letter", by="team", at=OPENED)
    said = {"by": "worker", "at": OPENED}
    erasures.preview(ledger, number, {}, **said)
    erasures.confirm(ledger, number, **said)
    erasures.begin(ledger, number, {}, (), **said)
    tell_rewritten(ledger, number, {}, findings=(), reviews=(), ids={}, **said)
    erasures.finish(ledger, number, {}, **said)
    return number


def test_a_case_says_what_an_erasure_did_to_its_release(open_page, registry):
    def text():
        return said(open_page("cases", "team", at_home=registry, case="1"))

    assert "that release" not in text()
    write_release(registry, drawn()[1:], number=15)
    release_path(registry, 14).unlink()
    public_path(registry, 14).unlink()
    assert "that release is not kept here, and nothing was built in its place" in text()
    hashes = dict.fromkeys(("full_sha256", "public_hash", "rules_hash", "code_hash"), "0")
    with Ledger(registry / "ledger.sqlite") as ledger:
        number = erased(ledger)
        gone = text()
        values = {"erasure": number, "records": 3, "replaced": 14, "release": 15} | hashes
        enter(ledger, 1, values, by="worker", at=OPENED)
    assert "an erasure removed that release, and nothing was built in its place" in gone
    assert "release 14, the annual snapshot of 2025/26, data to 30 Sep 2026" in gone
    assert "Counted,6," in gone
    assert "an erasure removed that release, and release 15 was built in its place" in text()


def test_each_viewer_is_told_what_may_be_done_and_why_the_rest_may_not(open_page, registry):
    team = open_page("cases", "team", at_home=registry, case="1")
    assert [b.label for b in team.button if b.label == "Record"] == ["Record"]
    assert team.radio[0].options == ["Begin the data check", "Escalate"]
    lead = open_page("cases", "lead", at_home=registry, case="1")
    assert "Nothing by you at this stage." in said(lead)
    assert "Begin the data check: for the registry team." in said(lead)
    assert not lead.radio
    assert not [b for b in lead.button if b.label == "Record"]


def test_a_governance_lead_responds_and_the_log_says_what_and_when(open_page, registry):
    go(registry, 2, *TO_NOTIFIED)
    page = open_page("cases", "governance", at_home=registry, case="2")
    assert page.radio[0].options == ["Respond"]
    record = next(b for b in page.button if b.label == "Record")
    assert record.disabled
    page.text_area[0].input("The nil return was overlooked.").run()
    next(b for b in page.button if b.label == "Record").click().run()
    text = said(page)
    assert "Response received since 16 Nov 2026" in text
    assert "The nil return was overlooked." in text
    assert "Dr A. Demo, governance lead" in text
    assert "■ no, 29 working days over" in text


def test_a_case_that_somebody_moved_meanwhile_is_not_moved_again(open_page, registry):
    page = open_page("cases", "team", at_home=registry, case="1")
    go(registry, 1, "begin the data check")
    page.radio[0].set_value("begin the data check")
    next(b for b in page.button if b.label == "Record").click().run()
    assert "Data check since" in said(page)
    assert [s["new"] for s in inbox.case_steps(registry, TEAM, 1)] == ["potential", "data check"]


def listed(persona):
    return [page.title for page in app.listed(DEMO_VIEWERS[persona])]


def test_a_commissioner_sees_published_cases_without_a_figure(open_page, registry):
    nothing = said(open_page("cases", "commissioner", at_home=registry))
    assert "No outlier case has been published." in nothing
    assert "Cases" not in listed("commissioner")
    go(registry, 1, *TO_NOTIFIED)
    go(registry, 1, "respond", viewer=TRUST)
    go(registry, 1, "begin the review", "confirm", "send the letter")
    go(registry, 1, "acknowledge", viewer=TRUST)
    go(registry, 1, "publish")
    assert "Cases" in listed("commissioner")
    page = open_page("cases", "commissioner", at_home=registry)
    (shown,) = [frame.value for frame in page.dataframe]
    assert shown["Decision"].to_list() == ["confirmed"]
    assert shown["Site"].to_list() == ["Site ZZ102 (ZZ102)"]
    assert not {"6", "31", "in words"} & set(shown.astype(str).to_numpy().ravel())


def test_a_flag_outside_an_analysis_is_provisional_and_no_case(open_page, home):
    text = said(open_page("cases", "lead", at_home=home))
    assert "No outlier case is on record" in text
    assert "No year is analysed yet." in text


def test_a_sentinel_event_waits_until_its_review_is_recorded(open_page, registry):
    graver = [Complication("ZZ301", "C1", "P000", grade="IVa", lfpse="LF1")]
    write_release(registry, drawn(), graver, number=15)
    page = open_page("cases", "governance", at_home=registry)
    assert "1 of 1 waits for a review" in said(page)
    lesson = next(area for area in page.text_area if area.label.startswith("Lesson"))
    lesson.input("Two electrodes were too close.").run()
    next(b for b in page.button if b.label == "Record the review").click().run()
    assert "All 1 are reviewed." in said(page)
    assert "Two electrodes were too close." in said(page)
    team = open_page("cases", "team", at_home=registry)
    assert "Two electrodes were too close." in said(team)
    assert not [b for b in team.button if b.label == "Record the review"]
    assert pl.DataFrame(inbox.cases(registry, TEAM)).height == 2


def test_home_tells_a_governance_lead_what_waits_for_a_decision(open_page, registry):
    go(registry, 2, *TO_NOTIFIED)
    graver = [Complication("ZZ301", "C1", "P000", grade="IVa", lfpse="LF1")]
    write_release(registry, drawn(), graver, number=15)
    text = said(open_page("home", "governance", at_home=registry))
    assert "1 outlier case open: 1 waits for you, 1 late." in text
    assert "Sentinel events of the rolling 36 months: 1 of 1 waits for a review" in text
    assert "■ LATE: due 6 Oct 2026" in text
    team = said(open_page("home", "team", at_home=registry))
    assert "2 outlier cases open: 1 waits for you, 2 late." in team


def test_documents_are_listed_to_those_who_see_the_case_and_attached_by_those_who_move_it(
    open_page, registry
):
    one = inbox.attach_document(
        registry, 2, "response.txt", b"What the trust found.", viewer=TEAM, at=OPENED
    )
    with Ledger(registry / "ledger.sqlite") as ledger:
        look_into_waiting(open_home(registry), ledger, OPENED)
    assert one == 1
    page = open_page("cases", "governance", at_home=registry, case="2")
    text = said(page)
    assert 'response.txt,1 kB,● kept,"E. Demo, registry team, 1 Sep 2026, 10:00"' in text
    assert "It must hold no patient-identifiable information." in text
    assert page.get("file_uploader")
    team = open_page("cases", "team", at_home=registry, case="1")
    assert "No document is attached." in said(team)
    assert team.get("file_uploader")
    lead = open_page("cases", "lead", at_home=registry, case="1")
    assert "No document is attached." in said(lead)
    assert not lead.get("file_uploader")
