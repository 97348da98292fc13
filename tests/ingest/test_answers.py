"""Answers "verified unusual": for one value, for 12 months at most, seen by all who review."""

from datetime import date, timedelta

import polars as pl
import pytest

from ingest import inbox
from ingest.answers import with_digests
from ingest.findings import FINDING_SCHEMA
from sql import ledger_answers
from sql.access import Viewer
from sql.audit_log import faults
from sql.ledger import LedgerError
from sql.publish_release import served
from sql.reader import Reader
from tests.ingest.test_journey import FIRST, Registry, cell, changed

RULE = "procedure.max_sbp.PLAUSIBLE"
UNUSUAL = "231"  # plausible up to 220, possible up to 320


@pytest.fixture
def registry(tmp_path):
    made = Registry(tmp_path / "home")
    yield made
    made.ledger.close()


def sent(registry, value=UNUSUAL):
    submission = registry.send(changed(FIRST, procedure=cell("max_sbp", 1, value)))
    registry.worker.check(submission)
    return submission


def query(registry, submission, today=None):
    findings = inbox.report(registry.home.path, submission, today).findings
    (row,) = findings.filter(pl.col("rule") == RULE).to_dicts()
    return row


def answered(registry, submission, **said):
    given = {"reason": "Read off the chart twice", "by": "data manager", "at": registry.now}
    finding = query(registry, submission)["finding_id"]
    return inbox.answer_finding(registry.home.path, submission, finding, **(given | said))


def test_an_answer_stands_at_once_and_after_the_same_value_is_sent_again(registry):
    first = sent(registry)
    assert query(registry, first)["answer"] is None
    answered(registry, first)
    today = registry.now.date()
    assert query(registry, first, today)["answer"] == "Read off the chart twice"
    second = sent(registry)
    assert query(registry, second)["answer"] == "Read off the chart twice"
    assert query(registry, second)["status"] == "persisting"


@pytest.mark.trial
def test_another_value_opens_the_query_again(registry):
    answered(registry, sent(registry))
    assert query(registry, sent(registry, "232"))["answer"] is None
    assert query(registry, sent(registry, UNUSUAL))["answer"] is not None


def test_an_answer_ends_on_its_day(registry):
    first = sent(registry)
    last = registry.now.date() + timedelta(days=30)
    answered(registry, first, expires=last)
    assert query(registry, first, last)["answer"] is not None
    assert query(registry, first, last + timedelta(days=1))["answer"] is None
    registry.now += timedelta(days=31)
    assert query(registry, sent(registry))["answer"] is None


def test_an_answer_stands_for_twelve_months_at_most(registry):
    first = sent(registry)
    with pytest.raises(LedgerError, match="12 months"):
        answered(registry, first, expires=registry.now.date() + timedelta(days=367))
    with pytest.raises(LedgerError, match="12 months"):
        answered(registry, first, expires=registry.now.date() - timedelta(days=1))
    answered(registry, first)
    (given,) = inbox.answers(registry.home.path, ["ZZ101"]).to_dicts()
    assert given["expires"] == registry.now.date() + timedelta(days=365)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "see 943 476 5919"])
def test_an_answer_needs_a_reason_that_names_nobody(registry, reason):
    with pytest.raises(LedgerError):
        answered(registry, sent(registry), reason=reason)
    assert inbox.answers(registry.home.path, None).is_empty()


def test_only_a_query_of_this_submission_can_be_answered(registry):
    submission = registry.send(changed(FIRST, patient=cell("albumin", 1, "4.1")))
    registry.worker.check(submission)
    findings = inbox.report(registry.home.path, submission).findings
    held = findings.filter(pl.col("severity") == "R")["finding_id"][0]
    said = {"reason": "right", "by": "data manager", "at": registry.now}
    with pytest.raises(LedgerError, match="only a query"):
        inbox.answer_finding(registry.home.path, submission, held, **said)
    with pytest.raises(LedgerError, match="no such finding"):
        inbox.answer_finding(registry.home.path, submission, "0" * 64, **said)


def test_an_answer_is_an_event_and_neither_value_nor_reason_stands_in_the_log(registry):
    number = answered(registry, sent(registry))
    (event,) = registry.ledger.events(f"answer {number}")
    assert (event["action"], event["by"]) == ("finding answered", "data manager")
    assert "chart" not in event["detail"]
    assert not faults(registry.ledger)
    (kept,) = ledger_answers.answers(registry.ledger)
    assert UNUSUAL not in str({k: v for k, v in kept.items() if k in ("reason", "rule")})
    assert len(kept["value_digest"]) == 64


def test_an_answer_taken_back_opens_the_query_again(registry):
    first = sent(registry)
    number = answered(registry, first)
    inbox.take_back_answer(registry.home.path, number, by="registry team", at=registry.now)
    assert query(registry, first, registry.now.date())["answer"] is None
    (given,) = inbox.answers(registry.home.path, None).to_dicts()
    assert given["taken_back_by"] == "registry team"
    with pytest.raises(LedgerError, match="no answer"):
        inbox.take_back_answer(registry.home.path, number, by="x", at=registry.now)


def test_answers_are_seen_as_they_stood_at_a_moment(registry):
    first = sent(registry)
    number = answered(registry, first)
    moment = registry.now
    registry.now += timedelta(days=2)
    ledger_answers.take_back(registry.ledger, number, by="registry team", at=registry.now)
    then = ledger_answers.answers(registry.ledger, as_of=moment)
    assert [row["taken_back_at"] for row in then] == [None]
    assert len(ledger_answers.standing(then, moment.date())) == 1
    now = ledger_answers.answers(registry.ledger, as_of=registry.now)
    assert not ledger_answers.standing(now, registry.now.date())
    assert not ledger_answers.answers(registry.ledger, as_of=moment - timedelta(days=1))


TEAM = Viewer("E. Demo", "registry team")


def counted(registry):
    """Of the unusual blood pressure: how many open, how many answered, in the served release."""
    registry.worker.run_once()
    with Reader.open(registry.home.path, TEAM) as reader:
        found = reader.findings(today=registry.now.date()).filter(pl.col("rule") == RULE)
    return (found["findings"].sum(), found["answered"].sum())


@pytest.mark.trial
def test_an_answer_takes_the_query_out_of_the_open_ones_of_the_release(registry):
    first = sent(registry)
    assert counted(registry) == (1, 0)
    number = answered(registry, first)
    assert counted(registry) == (0, 1)
    sent(registry, "232")  # an answer holds for its value
    assert counted(registry) == (1, 0)
    sent(registry, UNUSUAL)
    assert counted(registry) == (0, 1)
    inbox.take_back_answer(registry.home.path, number, by="registry team", at=registry.now)
    assert counted(registry) == (1, 0)


def test_a_release_is_built_for_a_new_answer_and_not_again_without_one(registry):
    first = sent(registry)
    assert counted(registry) == (1, 0)
    before = served(registry.home.path)
    registry.worker.run_once()
    assert served(registry.home.path) == before
    answered(registry, first)
    registry.restart()
    registry.worker.reconcile()  # an answer given while nobody worked is not forgotten
    assert counted(registry) == (0, 1)
    assert served(registry.home.path) == before + 1
    registry.restart()
    registry.worker.reconcile()
    registry.worker.run_once()
    assert served(registry.home.path) == before + 1


@pytest.mark.trial
def test_a_release_rebuilt_as_of_a_moment_knows_the_answers_of_then(registry):
    first = sent(registry)
    assert counted(registry) == (1, 0)
    moment = registry.now
    registry.now += timedelta(days=1)
    answered(registry, first)
    assert counted(registry) == (0, 1)
    rebuilt = registry.worker.publish(as_of=moment)
    pointer = rebuilt.full.parent / "CURRENT"
    pointer.write_text(f'{{"release": {rebuilt.number}}}')
    with Reader.open(registry.home.path, TEAM) as reader:
        assert reader.findings().filter(pl.col("rule") == RULE)["findings"].sum() == 1


def test_another_site_sees_no_answer_of_this_one(registry):
    answered(registry, sent(registry))
    assert inbox.answers(registry.home.path, ["ZZ102"]).is_empty()
    assert inbox.answers(registry.home.path, ["ZZ101"]).height == 1


def digest(column, rows, *, keys=(b"k" * 32,), rule="procedure.max_sbp.PLAUSIBLE", row_id=1):
    findings = pl.DataFrame(
        [{"rule": rule, "table_name": "procedure", "column_name": column, "row_id": row_id}],
        schema=FINDING_SCHEMA,
    )
    return with_digests(findings, {"procedure": rows}, {}, keys)["value_digest"][0]


def rows(**values):
    from expectations.dictionary import site_tables, stored_columns

    names = stored_columns(site_tables()["procedure"])
    cells = dict.fromkeys(names) | {"procedure_id": "p1"} | values
    return pl.DataFrame([cells]).with_columns(
        row_id=pl.lit(1, pl.Int64), record_key=pl.lit("p1"), procedure_date=date(2026, 1, 1)
    )


def test_a_digest_is_of_the_column_or_of_the_row_and_is_keyed():
    one = digest("max_sbp", rows(max_sbp=231))
    assert one == digest("max_sbp", rows(max_sbp=231, comment="another"))
    assert one != digest("max_sbp", rows(max_sbp=232))
    assert one != digest("max_sbp", rows(max_sbp=231), keys=(b"l" * 32,))
    whole = digest(None, rows(max_sbp=231))
    assert whole != digest(None, rows(max_sbp=231, comment="another"))
    assert digest("max_sbp", rows(max_sbp=231), keys=None) is None
    assert digest("max_sbp", rows(), rule="P01") is None  # no query
