"""Reviews of sentinel events: whose they are, which stands, and that no log names a patient."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from sql.access import DEMO_VIEWERS, Viewer
from sql.ledger import Ledger, LedgerError
from sql.sentinel_reviews import event_key, review, reviews

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
TRUST = Viewer("Dr A. Demo", "governance lead", ("ZZ301", "ZZ302"), "ZZ3")
EVENT = {
    "site_id": "ZZ301",
    "procedure_id": "P-0042",
    "complication_id": "C-7",
    "event": "Clavien-Dindo IV or V",
}
KEY = event_key(EVENT, (b"storage key",))


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def reviewed(ledger, viewer=TRUST, days=0, **said):
    said = {"site": "ZZ301", "outcome": "PLANNED", "lesson": "Heparin is stopped earlier."} | said
    return review(ledger, KEY, viewer=viewer, at=AT + timedelta(days=days), **said)


def test_an_event_keeps_its_key_until_it_is_another_event():
    assert event_key(dict(EVENT), (b"storage key",)) == KEY
    assert len(KEY) == 64
    others = [EVENT | {name: "other"} for name in EVENT] + [EVENT | {"complication_id": None}]
    assert len({KEY, *(event_key(other, (b"storage key",)) for other in others)}) == 6
    assert event_key(EVENT, (b"another key",)) != KEY


def test_a_review_is_kept_and_a_newer_one_stands_beside_it(ledger):
    assert (reviewed(ledger), reviewed(ledger, days=1, outcome="SYSTEM")) == (1, 2)
    told = [(one["event_key"], one["outcome"], one["by"]) for one in reviews(ledger, TRUST)]
    by = "Dr A. Demo, governance lead"
    assert told == [(KEY, "PLANNED", by), (KEY, "SYSTEM", by)]


def test_the_audit_log_tells_of_a_review_without_a_patient_s_fact(ledger):
    reviewed(ledger)
    (event,) = ledger.events("review 1")
    assert (event["action"], event["new"]) == ("event reviewed", "reviewed")
    assert set(json.loads(event["detail"])) == {
        *("site_ods_code", "outcome"),
        "lesson_digest",
    }
    for fact in ("P-0042", "C-7", "Heparin"):
        assert fact not in json.dumps(event)


@pytest.mark.parametrize(
    ("viewer", "said", "words"),
    [
        (TRUST, {"lesson": " "}, "needs its lesson"),
        (TRUST, {"lesson": "x" * 2001}, "at most 2000"),
        (TRUST, {"outcome": "FINE"}, "no such outcome"),
        (TRUST, {"site": "ZZ102"}, "governance lead of the site's trust"),
        *((DEMO_VIEWERS[name], {}, "governance lead of the site's trust")
          for name in ("lead", "uploader", "commissioner", "team")),
    ],
)  # fmt: skip
def test_only_the_governance_lead_of_the_trust_reviews_and_says_the_lesson(
    ledger, viewer, said, words
):
    with pytest.raises(LedgerError, match=words):
        reviewed(ledger, viewer, **said)
    assert not reviews(ledger, DEMO_VIEWERS["team"])


def test_each_viewer_sees_the_reviews_of_its_own_sites(ledger):
    reviewed(ledger)
    seen = {name: len(reviews(ledger, viewer)) for name, viewer in DEMO_VIEWERS.items()}
    nothing = dict.fromkeys(("lead", "uploader", "commissioner", "admin"), 0)
    assert seen == {"governance": 1, "team": 1} | nothing


def test_a_review_stays_and_only_its_words_may_be_taken_out(ledger):
    reviewed(ledger)
    for change in (
        "update sentinel_review set outcome = 'DATA'",
        "update sentinel_review set lesson = 'other words'",
        "delete from sentinel_review",
    ):
        with pytest.raises(IntegrityError, match="what was said stays"), ledger.write() as writing:
            writing.exec_driver_sql(change)
    with ledger.write() as writing:
        writing.exec_driver_sql("update sentinel_review set lesson = ''")
