"""Sentinel events of a home with the reviews that stand, and words that may not be kept."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from ingest import inbox
from ingest.home import create_home
from sql.access import DEMO_VIEWERS
from sql.ledger import LedgerError

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
GOVERNANCE = DEMO_VIEWERS["governance"]
EVENTS = pl.DataFrame(
    {
        "site_id": ["ZZ301", "ZZ301"],
        "procedure_id": ["P2", "P1"],
        "complication_id": [None, "C1"],
        "event": ["death within 90 days", "needle-tract seeding"],
        "onset_date": [date(2026, 11, 1), None],
    }
)


@pytest.fixture
def home(tmp_path):
    return create_home(tmp_path / "home", demo_today=AT.date()).path


def told(home, viewer=GOVERNANCE):
    return inbox.with_reviews(home, EVENTS, viewer, AT.date())


def said(home, key, lesson, outcome="UNRELATED"):
    words = {"outcome": outcome, "lesson": lesson}
    return inbox.review_event(home, key, site="ZZ301", viewer=GOVERNANCE, at=AT, **words)


def test_each_event_has_the_last_review_of_it_and_its_days(home):
    _, second = told(home)["event_key"]
    assert told(home)["by"].null_count() == 2
    said(home, second, "An old scar.", "DATA")
    said(home, second, "A scar, seen on the first scan too.")
    found = told(home)
    assert found["procedure_id"].to_list() == ["P2", "P1"]
    assert found["days_elapsed"].to_list() == [15, None]
    assert found["lesson"].to_list() == [None, "A scar, seen on the first scan too."]
    assert found["outcome"].to_list() == [None, "Not related to the procedure"]
    assert found["at"].to_list() == [None, AT]
    assert told(home, DEMO_VIEWERS["lead"])["by"].null_count() == 2


def test_words_with_an_nhs_number_are_not_kept(home):
    with pytest.raises(LedgerError, match="NHS number"):
        said(home, told(home)["event_key"][0], "Patient 943 476 5919 died at home.")
    assert told(home)["by"].null_count() == 2
