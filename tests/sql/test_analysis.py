"""What opens an outlier case: an analysis, a quarter not reported, poor data; and what does not."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from sql import analysis
from sql.case_stages import policy
from sql.ledger import Ledger, LedgerError
from sql.outlier_cases import analysed, cases, open_cases
from sql.reader_periods import period
from tests.sql.small_release import procedures, write_release
from tests.sql.small_snapshot import freeze

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
NATIONS = {"ZZ102": "S"}
LAST_DAY = date(2026, 9, 30)


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def drawn(day=date(2025, 6, 1), **counts):
    """ZZ102 bleeds in 7 of 31; the others in none of 40."""
    made = procedures("ZZ102", 31, **{"S2_30": 7, **counts}) + procedures("ZZ101", 40)
    for one in made:
        one.day = day
    return made


def analyse(home, ledger, text="2025/26", *, is_frozen=True):
    of = analysis.analysed_period(text)
    if is_frozen:
        freeze(ledger, of.label)
    return analysis.analyse(home, ledger, of, NATIONS, by="registry team", at=AT)


def opened(ledger):
    return [
        (c["site_ods_code"], c["indicator_id"], c["kind"]) for c in cases(ledger, analysis.TEAM)
    ]


def test_an_analysis_opens_a_potential_case_of_each_flag_with_its_evidence(tmp_path, ledger):
    home = write_release(tmp_path, drawn(), missing={"ZZ102": ("2025/26 Q4", "2026/27 Q1")})
    found = analyse(home, ledger)
    assert (found.release, found.snapshot, found.flagged, found.opened) == (14, 1, 1, [1])
    (case,) = cases(ledger, analysis.TEAM)
    assert opened(ledger) == [("ZZ102", "S2_30", "alarm")]
    kept = [case[name] for name in ("stage", "period", "nation", "release")]
    assert kept == ["potential", "2025/26", "S", 14]
    told = json.loads(case["evidence"])
    assert (told["events"], told["eligible"], told["unknown"], told["target"]) == (7, 31, 0, 0.05)
    assert (told["verdict"], told["indicator_version"]) == ("alarm", "1.0")
    assert told["lower"] < told["rate"] == 7 / 31 < told["upper"]
    assert (told["data_date"], told["snapshot"]) == ("2026-09-30", "2025/26")
    assert told["quarters_missing"] == ["2025/26 Q4"]
    assert analysed(ledger) == {"2025/26"}


@pytest.mark.parametrize(("events", "kind"), [(4, None), (5, "alert"), (6, "alert"), (7, "alarm")])
def test_what_is_flagged_is_what_the_tail_rule_flags(tmp_path, ledger, events, kind):
    analyse(write_release(tmp_path, drawn(S2_30=events)), ledger)
    assert opened(ledger) == ([("ZZ102", "S2_30", kind)] if kind else [])


def test_what_says_only_that_data_are_missing_is_flagged_as_poor_data(tmp_path, ledger):
    row = {"indicator_id": "D5_M12", "site_id": "ZZ101"}
    followed = [row | {"value": int(n < 10)} for n in range(19)]
    analyse(write_release(tmp_path, procedures("ZZ101", 40), more=followed), ledger)
    assert opened(ledger) == [("ZZ101", "D5_M12", "poor data")]
    assert json.loads(cases(ledger, analysis.TEAM)[0]["evidence"])["verdict"] == "alarm"


def test_an_analysis_run_again_opens_nothing_twice_and_only_what_is_new(tmp_path, ledger):
    home = write_release(tmp_path, drawn())
    analyse(home, ledger)
    assert analyse(home, ledger).opened == []
    # Death within 30 days in 4 of 31 is flagged anew; the case of the first run stays as it was.
    # It reads the snapshot's release whatever is served: here as other definitions flag it.
    later = write_release(tmp_path / "later", drawn(S2_30=9, S7_30=4))
    write_release(later, drawn(S2_30=9, S5_30=9), number=15)
    assert analyse(later, ledger).opened == [2]
    newest, first = cases(ledger, analysis.TEAM)
    assert (newest["indicator_id"], newest["release"]) == ("S7_30", 14)
    assert (json.loads(first["evidence"])["events"], first["release"]) == (7, 14)


def test_only_the_period_analysed_is_judged(tmp_path, ledger):
    home = write_release(tmp_path, drawn(day=date(2025, 3, 31)))
    assert analyse(home, ledger).opened == []
    assert analyse(home, ledger, "2024/25").opened == [1]


def test_a_year_that_the_release_does_not_reach_the_end_of_is_not_analysed(tmp_path, ledger):
    home = write_release(tmp_path, drawn())
    with pytest.raises(LedgerError, match=r"2026/27 ends on 31 Mar 2027; release 14 has data to"):
        analyse(home, ledger, "2026/27", is_frozen=False)
    assert not analysed(ledger)


def test_a_year_without_a_snapshot_is_not_analysed_and_it_is_said_what_to_do(tmp_path, ledger):
    home = write_release(tmp_path, drawn())
    with pytest.raises(LedgerError, match=r"2025/26 has no snapshot.* snapshot open 2025/26"):
        analyse(home, ledger, is_frozen=False)
    assert not analysed(ledger)
    assert not cases(ledger, analysis.TEAM)


def test_a_half_year_that_is_switched_on_rests_on_the_release_served(tmp_path, ledger, monkeypatch):
    monkeypatch.setattr(analysis, "policy", lambda: replace(policy(), half_year=True))
    home = write_release(tmp_path, drawn())
    found = analyse(home, ledger, "2025/26 H1", is_frozen=False)
    assert (found.release, found.snapshot, found.opened) == (14, None, [1])
    assert json.loads(cases(ledger, analysis.TEAM)[0]["evidence"])["snapshot"] is None


@pytest.mark.parametrize("text", ["2025", "2025/27", "2025/26 Q2", "36 months", "12 months", ""])
def test_an_analysis_takes_a_year_and_nothing_else(text):
    with pytest.raises(LedgerError, match="takes a year"):
        analysis.analysed_period(text)


def test_a_half_year_is_analysed_only_where_it_is_switched_on(monkeypatch):
    with pytest.raises(LedgerError, match="half_year is off"):
        analysis.analysed_period("2025/26 H2")
    switched_on = replace(policy(), half_year=True)
    monkeypatch.setattr(analysis, "policy", lambda: switched_on)
    found = analysis.analysed_period("2025-26-H2")
    assert (found.label, found.start, found.end) == (
        "2025/26 H2",
        date(2025, 10, 1),
        date(2026, 3, 31),
    )


def test_a_quarter_due_is_a_case_where_nothing_came_and_none_where_an_upload_waits(ledger):
    told = [("ZZ101", "received", False), ("ZZ102", "missing", True), ("ZZ201", "held", True),
            ("ZZ301", "nil return", False), ("ZZ302", "missing", False)]  # fmt: skip
    owed = pl.DataFrame(
        [
            (site, site, "2026/27 Q2", LAST_DAY, date(2026, 11, 11), state, is_late)
            for site, state, is_late in told
        ],
        schema=[
            *("site_ods_code", "site_name", "quarter", "quarter_end", "due_date", "state"),
            "is_late_today",
        ],
        orient="row",
    )
    found = analysis.missing_quarters(owed, NATIONS)
    open_cases(ledger, found, by="worker", at=AT)
    assert open_cases(ledger, found, by="worker", at=AT) == []
    assert opened(ledger) == [("ZZ102", "D3", "non-participation")]
    assert "due 11 Nov 2026" in cases(ledger, analysis.TEAM)[0]["evidence"]


def fields(filled, expected, site="ZZ101"):
    row = {"indicator_id": "D2", "unit": "field", "event_date": date(2026, 7, 1), "site_id": site}
    return [row | {"value": int(n < filled)} for n in range(expected)]


@pytest.mark.parametrize(
    ("filled", "expected", "is_case"),
    [(18, 20, False), (17, 20, True), (8, 10, True), (0, 9, False), (0, 0, False)],
)
def test_a_quarter_below_the_declared_completeness_is_a_case_of_poor_data(
    tmp_path, ledger, filled, expected, is_case
):
    home = write_release(tmp_path, drawn(), more=fields(filled, expected))
    found = analysis.poor_quarters(home, period("2026/27 Q2", LAST_DAY), NATIONS)
    open_cases(ledger, found, by="worker", at=AT)
    assert opened(ledger) == ([("ZZ101", "D2", "poor data")] if is_case else [])


def test_poor_data_is_not_judged_before_the_release_reaches_the_quarter_s_end(tmp_path):
    home = write_release(tmp_path, drawn(), more=fields(0, 20))
    assert analysis.poor_quarters(home, period("2026/27 Q3", LAST_DAY), NATIONS) == []
