"""Locks of reporting years: who, when, why, and both ways on record."""

import json
from datetime import UTC, date, datetime

import pytest

from sql.ledger import Ledger, LedgerError
from sql.locks import lock, locked, locks, unlock
from sql.reader_periods import reporting_period

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
YEAR = reporting_period("2024/25")
SAID = {"by": "registry team", "at": AT}


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024/25", date(2024, 4, 1), date(2025, 3, 31)),
        ("2024-25-Q4", date(2025, 1, 1), date(2025, 3, 31)),
        ("2024/25 Q1", date(2024, 4, 1), date(2024, 6, 30)),
        ("2024/25-Q2", date(2024, 7, 1), date(2024, 9, 30)),
    ],
)
def test_a_reporting_period_is_a_financial_year_or_one_of_its_quarters(text, start, end):
    found = reporting_period(text)
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize("text", ["2024", "2024/26", "2024/25-Q5", "2024/25 Q", "next year"])
def test_what_names_no_reporting_period_is_told_how_to_name_one(text):
    with pytest.raises(ValueError, match="2026/27"):
        reporting_period(text)


def test_a_locked_year_is_locked_until_it_is_unlocked_and_both_are_on_record(ledger):
    number = lock(ledger, YEAR, reason="annual snapshot", **SAID)
    assert locked(ledger) == ((date(2024, 4, 1), date(2025, 3, 31)),)
    unlock(ledger, number, reason="one site's late deaths", **SAID)
    assert locked(ledger) == ()
    kept = locks(ledger)[0]
    assert (kept["reason"], kept["unlock_reason"]) == ("annual snapshot", "one site's late deaths")
    moves = [(e["old"], e["new"], e["by"]) for e in ledger.events(f"lock {number}")]
    assert moves == [("open", "locked", "registry team"), ("locked", "open", "registry team")]
    assert json.loads(ledger.events()[0]["detail"])["period_start"] == "2024-04-01"


def test_a_lock_and_an_unlock_need_a_reason(ledger):
    with pytest.raises(LedgerError, match="reason"):
        lock(ledger, YEAR, reason=" ", **SAID)
    number = lock(ledger, YEAR, reason="annual snapshot", **SAID)
    with pytest.raises(LedgerError, match="reason"):
        unlock(ledger, number, reason="", **SAID)
    assert len(locked(ledger)) == 1


def test_a_period_is_locked_once_and_unlocked_once(ledger):
    number = lock(ledger, YEAR, reason="annual snapshot", **SAID)
    with pytest.raises(LedgerError, match="locked already"):
        lock(ledger, reporting_period("2024/25 Q4"), reason="again", **SAID)
    lock(ledger, reporting_period("2025/26"), reason="the year after", **SAID)
    unlock(ledger, number, reason="mended", **SAID)
    with pytest.raises(LedgerError, match="no lock"):
        unlock(ledger, number, reason="mended", **SAID)
    assert lock(ledger, YEAR, reason="annual snapshot, again", **SAID) == 3
