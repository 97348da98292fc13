"""Sign-offs: what may be signed, what becomes of it, and what ends it."""

from datetime import UTC, datetime

import pytest

from sql.ledger import Ledger, LedgerError
from sql.reader_periods import reporting_period
from sql.sign_offs import sign_off, sign_offs, signed, void

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
Q1 = reporting_period("2026/27 Q1")
TEXT = "Complete and right to the best of my knowledge."
SAID = {"by": "site lead", "at": AT, "text": TEXT}
QUARTERS = {
    "Q1": ("2026-04-01", "2026-06-30"),
    "Q2": ("2026-07-01", "2026-09-30"),
    "Q1 to Q2": ("2026-04-01", "2026-09-30"),
}


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def sent(ledger, name, *states, period="Q1", site="ZZ101", kind="INCREMENTAL"):
    file = {"filename": f"{name}.zip", "size": 1, "sha256": "0"}
    ledger.receive(name, site=site, by="data manager", at=AT, **file)
    start, end = QUARTERS[period]
    for state in states:
        said = {"period_start": start, "period_end": end, "submission_type": kind}
        ledger.move(name, state, by="worker", at=AT, **said if state != "checking" else {})
    return name


IN = ("checking", "accepted")


def state(ledger, name):
    return ledger.submission(name)["state"]


def test_a_signed_quarter_s_accepted_submissions_are_signed_and_the_text_is_kept(ledger):
    sent(ledger, "first", *IN)
    sent(ledger, "correction", *IN, kind="CORRECTION")
    sent(ledger, "later", *IN, period="Q2")
    sent(ledger, "other site", *IN, site="ZZ102")
    sent(ledger, "gone", *IN, "withdrawn")
    number = sign_off(ledger, "ZZ101", Q1, **SAID)
    assert signed(ledger, "ZZ101") == {"first", "correction"}
    states = [state(ledger, n) for n in ("first", "correction", "later", "other site", "gone")]
    assert states == ["signed", "signed", "accepted", "accepted", "withdrawn"]
    assert sign_offs(ledger)[0]["text"] == TEXT
    assert TEXT in ledger.events(f"sign-off {number}")[0]["detail"]
    assert [e["new"] for e in ledger.events("first")].count("signed") == 1


def test_a_quarter_of_which_nothing_is_accepted_is_not_signed(ledger):
    with pytest.raises(LedgerError, match="2026/27 Q1"):
        sign_off(ledger, "ZZ101", Q1, **SAID)
    sent(ledger, "correction", *IN, kind="CORRECTION")
    with pytest.raises(LedgerError, match="2026/27 Q1"):
        sign_off(ledger, "ZZ101", Q1, **SAID)


def test_a_year_is_signed_when_every_quarter_of_it_is_there(ledger):
    sent(ledger, "two quarters", *IN, period="Q1 to Q2")
    with pytest.raises(LedgerError, match="2026/27 Q3"):
        sign_off(ledger, "ZZ101", reporting_period("2026/27"), **SAID)
    assert state(ledger, "two quarters") == "accepted"
    sign_off(ledger, "ZZ101", Q1, **SAID)
    assert state(ledger, "two quarters") == "signed"


@pytest.mark.parametrize("waiting", [(), ("checking",), ("checking", "held")])
def test_a_period_with_a_submission_that_waits_is_not_signed(ledger, waiting):
    sent(ledger, "first", *IN)
    sent(ledger, "second", *waiting)
    with pytest.raises(LedgerError, match=r"second\.zip"):
        sign_off(ledger, "ZZ101", Q1, **SAID)
    assert state(ledger, "first") == "accepted"


def test_a_held_submission_of_another_period_does_not_stop_a_sign_off(ledger):
    sent(ledger, "first", *IN)
    sent(ledger, "second", "checking", "held", period="Q2")
    sign_off(ledger, "ZZ101", Q1, **SAID)
    assert state(ledger, "first") == "signed"


def test_a_sign_off_needs_its_text_and_is_given_once(ledger):
    sent(ledger, "first", *IN)
    with pytest.raises(LedgerError, match="text"):
        sign_off(ledger, "ZZ101", Q1, **SAID | {"text": " "})
    sign_off(ledger, "ZZ101", Q1, **SAID)
    with pytest.raises(LedgerError, match="signed already"):
        sign_off(ledger, "ZZ101", Q1, **SAID)


def test_a_voided_sign_off_stays_on_record_and_its_submissions_are_accepted_again(ledger):
    sent(ledger, "first", *IN)
    number = sign_off(ledger, "ZZ101", Q1, **SAID)
    void(ledger, number, by="worker", at=AT, reason="new rows")
    assert (state(ledger, "first"), signed(ledger, "ZZ101")) == ("accepted", frozenset())
    kept = sign_offs(ledger, ["ZZ101"])[0]
    assert (kept["text"], kept["void_reason"]) == (TEXT, "new rows")
    assert [e["new"] for e in ledger.events("first")][-2:] == ["signed", "accepted"]
    assert sign_off(ledger, "ZZ101", Q1, **SAID) == number + 1


def test_a_submission_that_another_sign_off_covers_stays_signed(ledger):
    sent(ledger, "both", *IN, period="Q1 to Q2")
    first = sign_off(ledger, "ZZ101", Q1, **SAID)
    sign_off(ledger, "ZZ101", reporting_period("2026/27 Q2"), **SAID)
    void(ledger, first, by="worker", at=AT, reason="new rows")
    assert state(ledger, "both") == "signed"
