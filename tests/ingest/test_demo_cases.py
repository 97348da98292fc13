"""The demo's cases: one missed its deadline, one was a data error, one is published."""

import json
from datetime import date

import pytest

from ingest import inbox
from sql import snapshots
from sql.access import DEMO_VIEWERS
from sql.analysis import TEAM
from sql.audit_log import faults
from sql.case_clock import clock, flagged_in_a_row
from sql.ledger import Ledger
from sql.locks import locks
from sql.outlier_cases import cases, is_intact, releases

TODAY = date(2026, 11, 16)


@pytest.fixture
def ledger(demo_home):
    with Ledger(demo_home / "ledger.sqlite") as opened:
        yield opened


def one(ledger, site, indicator, period):
    about = (site, indicator, period)
    return next(
        row
        for row in cases(ledger, TEAM)
        if (row["site_ods_code"], row["indicator_id"], row["period"]) == about
    )


def test_a_site_that_bleeds_two_years_on_end_has_missed_its_deadline(ledger):
    row = one(ledger, "ZZ102", "S2_30", "2025/26")
    assert (row["kind"], row["stage"]) == ("alarm", "notified")
    assert clock(row, TODAY).said == "LATE: due 6 Nov 2026, 6 working days over"
    assert flagged_in_a_row(cases(ledger, TEAM), row) == 2
    told = [event["action"] for event in ledger.events(f"case {row['number']}")]
    assert told[-1] == "case: escalate"
    assert [r for r in cases(ledger, TEAM) if r["due"] and clock(r, TODAY).is_late] == [row]


def test_a_data_error_is_closed_as_one_and_never_reaches_the_trust(ledger):
    row = one(ledger, "ZZ302", "D5_M12", "2024/25")
    assert (row["stage"], row["decision"]) == ("closed", "data error")
    told = [event["new"] for event in ledger.events(f"case {row['number']}")]
    assert told == ["potential", "data check", "closed"]


def test_a_quarter_that_nobody_reported_is_a_case_of_its_own(ledger):
    assert one(ledger, "ZZ501", "D3", "2026/27 Q2")["kind"] == "non-participation"


def test_the_evidence_is_what_it_was_and_its_release_is_kept(ledger, demo_home):
    found = cases(ledger, TEAM)
    assert all(is_intact(row) for row in found)
    assert releases(ledger) == snapshots.releases(ledger)
    for release in releases(ledger):
        assert (demo_home / "releases" / f"release-{release}.duckdb").is_file()
    flagged = [row for row in found if row["kind"] in ("alarm", "alert", "poor data")]
    assert {json.loads(row["evidence"])["data_date"] for row in flagged} == {"2026-06-30"}


def test_one_case_is_published_and_the_governance_lead_has_one_to_answer(ledger):
    (shown,) = cases(ledger, DEMO_VIEWERS["commissioner"])
    assert (shown["site_ods_code"], shown["period"]) == ("ZZ102", "2024/25")
    own = {row["stage"] for row in cases(ledger, DEMO_VIEWERS["governance"])}
    assert own == {"notified", "closed"}
    assert not faults(ledger)


def test_the_last_two_years_are_frozen_and_what_sites_signed_is_on_record(ledger, demo_home):
    newest = snapshots.taken_of(ledger, "2025/26")
    assert json.loads(newest["not_signed"]) == ["ZZ301", "ZZ501", "ZZ601"]
    assert len(json.loads(newest["signed"])) == 5
    assert not list(snapshots.differences(demo_home, ledger, newest))
    assert snapshots.taken_of(ledger, "2024/25")["release"] < newest["release"]
    # Locked again after ZZ102 sent its records anew, which changed nothing of the snapshot.
    assert len(locks(ledger)) == 4
    for one in inbox.kept_states(demo_home).taken:
        days = [date(2026, 9, 28), date(2026, 10, 15), date(2026, 11, 13)]
        assert [one.is_locked_on(day) for day in days] == [True, False, True]
    told = [e["action"] for e in ledger.events(f"snapshot {newest['number']}")]
    assert told == ["snapshot opened", "snapshot taken"]
