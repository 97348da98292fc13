"""Outlier cases: what opens one, who may move it where, when it is late, and what stays."""

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy.exc import IntegrityError

from sql.access import Viewer
from sql.audit_log import faults
from sql.case_clock import clock, flagged_in_a_row, moves, waits_for
from sql.ledger import Ledger, LedgerError
from sql.outlier_cases import Found, cases, is_intact, move, open_cases, releases, steps
from sql.reader_periods import period, reporting_period

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday
TEAM = Viewer("E. Demo", "registry team")
TRUST = Viewer("Dr A. Demo", "governance lead", ("ZZ301", "ZZ302"), "ZZ3")
OTHER = Viewer("Dr F. Demo", "governance lead", ("ZZ102",), "ZZ1")
LEAD = Viewer("Dr B. Demo", "site lead", ("ZZ301",), "ZZ3")
COMMISSIONER = Viewer("D. Demo", "commissioner")
EVIDENCE = {"events": 9, "eligible": 60, "unknown": 1, "target": 0.05, "verdict": "alarm"}

# From potential to closed without a late stage: the move and who makes it.
WHOLE_WAY = [
    ("potential", "begin the data check", TEAM),
    ("data check", "data stand", TEAM),
    ("data stand", "notify the trust", TEAM),
    ("notified", "respond", TRUST),
    ("response received", "begin the review", TEAM),
    ("review", "confirm", TEAM),
    ("confirmed", "send the letter", TEAM),
    ("letter sent", "acknowledge", TRUST),
    ("acknowledged", "publish", TEAM),
    ("published", "close", TEAM),
]


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def found(site="ZZ301", year="2025/26", indicator="S2_30", kind="alarm", nation="E", **evidence):
    period = reporting_period(year)
    return Found(site, nation, indicator, kind, period, EVIDENCE | evidence, release=14)


def opened(ledger, **case):
    (number,) = open_cases(ledger, [found(**case)], by="E. Demo, registry team", at=AT)
    return number


def go(ledger, number, seen, name, viewer, days=0, text="said"):
    at = AT + timedelta(days=days)
    return move(ledger, number, name, seen=seen, viewer=viewer, at=at, text=text)


def walked(ledger, number, until):
    for seen, name, viewer in WHOLE_WAY:
        if seen == until:
            return
        go(ledger, number, seen, name, viewer)


def row(ledger, number, viewer=TEAM):
    return next(one for one in cases(ledger, viewer) if one["number"] == number)


def test_one_case_is_opened_of_a_site_indicator_and_period_however_often_it_is_found(ledger):
    assert open_cases(ledger, [found(), found(site="ZZ302")], by="team", at=AT) == [1, 2]
    again = [found(events=12), found(year="2024/25"), found(indicator="S5_30")]
    assert open_cases(ledger, again, by="team", at=AT) == [3, 4]
    assert len(cases(ledger, TEAM)) == 4
    assert json.loads(row(ledger, 1)["evidence"]) == EVIDENCE
    assert [e["action"] for e in ledger.events("case 1")] == ["case: opened"]
    assert releases(ledger) == {14}


def test_the_database_itself_keeps_one_case_and_frozen_evidence_and_legal_stages(ledger):
    number = opened(ledger)
    walked(ledger, number, "notified")
    for change in (
        "insert into outlier_case select 2, site_ods_code, indicator_id, period, period_start,"
        " period_end, kind, nation, opened_at, opened_by, release, evidence, evidence_digest,"
        " 'potential', stage_began, due, null, null, null from outlier_case",
        "update outlier_case set evidence = '{}'",
        "update outlier_case set site_ods_code = 'ZZ999'",
        "update outlier_case set stage = 'confirmed'",
        "delete from outlier_case",
        "update case_step set old = 'closed'",
        "update case_step set text = 'other words'",
        "delete from case_step",
    ):
        with pytest.raises(IntegrityError), ledger.write() as connection:
            connection.exec_driver_sql(change)
    with ledger.write() as connection:
        connection.exec_driver_sql("update case_step set text = ''")  # an erasure may
    assert is_intact(row(ledger, number))
    assert not is_intact(row(ledger, number) | {"evidence": "{}"})


def test_a_ledger_of_an_earlier_version_is_given_today_s_protection(tmp_path):
    path, name = tmp_path / "ledger.sqlite", "outlier_case: no delete"
    Ledger(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f'drop trigger "{name}"')
        raw.execute(f'create trigger "{name}" before delete on outlier_case begin select 1; end')
    raw.close()
    with Ledger(path) as ledger:
        opened(ledger)
        with pytest.raises(IntegrityError, match="never deleted"), ledger.write() as connection:
            connection.exec_driver_sql("delete from outlier_case")


def test_a_case_walks_from_potential_to_closed_and_the_log_tells_the_same(ledger):
    number = opened(ledger)
    for seen, name, viewer in WHOLE_WAY:
        go(ledger, number, seen, name, viewer)
    closed = row(ledger, number)
    assert (closed["stage"], closed["decision"]) == ("closed", "confirmed")
    assert closed["published_at"]
    assert closed["closed_at"]
    told = [(s["old"], s["move"]) for s in steps(ledger, TEAM, number)][1:]
    assert told == [(seen, name) for seen, name, _ in WHOLE_WAY]
    logged = [(e["old"], e["action"], e["by"]) for e in ledger.events(f"case {number}")][1:]
    assert logged == [
        (seen, f"case: {name}", f"{viewer.name}, {viewer.role}") for seen, name, viewer in WHOLE_WAY
    ]
    assert not faults(ledger)
    assert all("said" not in e["detail"] for e in ledger.events(f"case {number}"))


@pytest.mark.parametrize(("until", "name"), [("data check", "close: data error"),
                                             ("data check", "close: no case"),
                                             ("review", "close: data error"),
                                             ("review", "close: no case")])  # fmt: skip
def test_a_case_that_is_none_is_closed_with_its_reason(ledger, until, name):
    number = opened(ledger)
    walked(ledger, number, until)
    with pytest.raises(LedgerError, match="say w"):
        go(ledger, number, until, name, TEAM, text=" ")
    assert go(ledger, number, until, name, TEAM) == "closed"
    assert row(ledger, number)["decision"] == name.removeprefix("close: ")
    assert steps(ledger, TEAM, number)[-1]["text"] == "said"


@pytest.mark.parametrize(("seen", "name", "mover"), WHOLE_WAY)
def test_a_move_is_made_only_by_those_who_may_and_only_from_its_stage(ledger, seen, name, mover):
    number = opened(ledger)
    walked(ledger, number, seen)
    for viewer in {TEAM, TRUST, OTHER, LEAD, COMMISSIONER} - {mover}:
        with pytest.raises(LedgerError, match=r"for the (registry team|governance lead)"):
            go(ledger, number, seen, name, viewer)
    assert row(ledger, number)["stage"] == seen
    stage = go(ledger, number, seen, name, mover)
    with pytest.raises(LedgerError, match="has no move"):
        go(ledger, number, stage, name, mover)


def test_words_that_are_needed_are_asked_for_and_kept_short(ledger):
    number = opened(ledger)
    assert go(ledger, number, "potential", "begin the data check", TEAM, text="") == "data check"
    with pytest.raises(LedgerError, match="what was checked"):
        go(ledger, number, "data check", "data stand", TEAM, text="")
    with pytest.raises(LedgerError, match="at most 2000"):
        go(ledger, number, "data check", "data stand", TEAM, text="x" * 2001)


def test_a_person_who_looked_before_another_moved_is_told_so(ledger):
    number = opened(ledger)
    go(ledger, number, "potential", "begin the data check", TEAM)
    with pytest.raises(LedgerError, match="data check now: somebody moved it"):
        go(ledger, number, "potential", "begin the data check", TEAM)
    with pytest.raises(LedgerError, match="no case 7"):
        go(ledger, 7, "potential", "begin the data check", TEAM)


def test_of_two_who_move_a_case_at_once_one_is_refused(ledger, tmp_path):
    number = opened(ledger)
    walked(ledger, number, "review")
    together, said = Barrier(2), []

    def decide(name):
        with Ledger(tmp_path / "ledger.sqlite") as own:
            together.wait()
            try:
                said.append(go(own, number, "review", name, TEAM))
            except LedgerError as refusal:
                said.append(str(refusal))

    pair = [Thread(target=decide, args=(name,)) for name in ("confirm", "close: no case")]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    stage = row(ledger, number)["stage"]
    refused = f"case {number} is at {stage} now: somebody moved it since you looked; look again"
    assert stage in ("confirmed", "closed")
    assert sorted(said) == sorted([stage, refused])
    assert len(steps(ledger, TEAM, number)) == 7


@pytest.mark.parametrize(
    ("until", "due"),
    [  # opened and moved on Monday 1 June 2026, in England
        ("potential", "2026-06-15"),
        ("data check", "2026-06-15"),  # the clock of stage 1 runs on
        ("data stand", "2026-06-08"),
        ("notified", "2026-07-06"),
        ("response received", "2026-06-29"),
        ("review", "2026-06-29"),
        ("confirmed", "2026-06-08"),
        ("letter sent", "2026-06-15"),
        ("acknowledged", None),
        ("published", None),
    ],
)
def test_each_stage_is_due_so_many_working_days_after_it_began(ledger, until, due):
    number = opened(ledger)
    walked(ledger, number, until)
    assert row(ledger, number)["due"] == due


def test_a_deadline_counts_the_bank_holidays_of_the_site_s_nation(ledger):
    # Scotland has 15 June 2026 off, England has not.
    english, scottish = opened(ledger), opened(ledger, site="ZZ302", nation="S")
    assert row(ledger, english)["due"] == "2026-06-15"
    assert row(ledger, scottish)["due"] == "2026-06-16"


@pytest.mark.parametrize(
    ("today", "is_late", "said"),
    [
        ("2026-06-12", False, "due 15 Jun 2026, 1 working day left"),
        ("2026-06-15", False, "due 15 Jun 2026, today"),
        ("2026-06-16", True, "LATE: due 15 Jun 2026, 1 working day over"),
        ("2026-06-22", True, "LATE: due 15 Jun 2026, 5 working days over"),
    ],
)
def test_a_case_is_late_from_the_day_after_it_was_due(ledger, today, is_late, said):
    found = clock(row(ledger, opened(ledger)), date.fromisoformat(today))
    assert (found.is_late, found.said) == (is_late, said)


def test_a_missed_deadline_opens_the_way_on_and_the_escalation_and_stays_on_record(ledger):
    number = opened(ledger)
    walked(ledger, number, "notified")  # due 6 July
    go_on = "go on without a response"
    for name in (go_on, "escalate"):
        with pytest.raises(LedgerError, match="once the deadline 6 Jul 2026 has passed"):
            go(ledger, number, "notified", name, TEAM, days=35)
    assert go(ledger, number, "notified", "escalate", TEAM, days=36) == "notified"
    assert go(ledger, number, "notified", go_on, TEAM, days=37) == "review"
    late = steps(ledger, TEAM, number)[-1]
    assert (late["was_due"], late["at"][:10]) == ("2026-07-06", "2026-07-08")
    detail = json.loads(ledger.events(f"case {number}")[-1]["detail"])
    assert detail["was_due"] == "2026-07-06"


def test_the_moves_open_to_a_viewer_are_told_and_why_the_others_are_closed(ledger):
    number = opened(ledger)
    walked(ledger, number, "notified")
    told = {m.name: why for m, why in moves(row(ledger, number), TRUST, AT.date())}
    assert told["respond"] == ""
    assert told["escalate"] == "for the registry team"
    told = {m.name: why for m, why in moves(row(ledger, number), TEAM, AT.date())}
    assert told["respond"] == "for the governance lead of the site's trust"
    assert told["escalate"] == "open once the deadline 6 Jul 2026 has passed"
    assert waits_for(row(ledger, number), TRUST)
    assert not waits_for(row(ledger, number), TEAM)
    assert not waits_for(row(ledger, number), OTHER)


def test_each_viewer_sees_the_cases_of_its_own_sites_and_a_commissioner_published_ones(ledger):
    own, other = opened(ledger), opened(ledger, site="ZZ102")
    seen = {v: [c["number"] for c in cases(ledger, v)] for v in (TEAM, TRUST, OTHER, LEAD)}
    assert seen == {TEAM: [other, own], TRUST: [own], OTHER: [other], LEAD: [own]}
    assert not cases(ledger, Viewer("Admin", "registry admin"))
    assert not cases(ledger, COMMISSIONER)
    assert steps(ledger, TRUST, own)
    assert not steps(ledger, TRUST, other)
    walked(ledger, own, "published")
    (shown,) = cases(ledger, COMMISSIONER)
    assert shown["number"] == own
    assert not {"evidence", "evidence_digest", "due"} & set(shown)
    assert not steps(ledger, COMMISSIONER, own)


def test_periods_flagged_on_end_are_counted_and_a_data_error_is_no_flag(ledger):
    years = ("2022/23", "2024/25", "2025/26")
    first, second, third = (opened(ledger, year=year) for year in years)
    opened(ledger, year="2023/24", site="ZZ302")
    rows = cases(ledger, TEAM)
    counted = {one["period"]: flagged_in_a_row(rows, one) for one in rows}
    assert [counted[year] for year in years] == [1, 1, 2]
    walked(ledger, second, "data check")
    go(ledger, second, "data check", "close: data error", TEAM)
    half = Found("ZZ301", "E", "S2_30", "alarm", period("2025/26 H2", AT.date()), EVIDENCE)
    open_cases(ledger, [half], by="team", at=AT)
    rows = cases(ledger, TEAM)
    assert flagged_in_a_row(rows, rows[0]) == 1
    assert flagged_in_a_row(rows, row(ledger, third)) == 1
    assert flagged_in_a_row(rows, row(ledger, first)) == 1
