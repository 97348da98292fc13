"""Visits: which one was the last, whose it was, and what happened after it."""

from datetime import timedelta

import pytest

from sql import visits
from sql.access import DEMO_VIEWERS, Viewer
from sql.accounts import Rights, begin, disable, grant
from sql.audit_log import faults
from sql.ledger import Ledger
from sql.ledger_tables import VISIT
from sql.visits import AWAY, MARKED_EVERY, Visit, last_visit, touched_since
from tests.sql.test_ledger import AT

LEAD, TEAM = DEMO_VIEWERS["lead"], DEMO_VIEWERS["team"]


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def visit(ledger, viewer, release, *, at):
    """As a page does it; gives what it reads before it is drawn."""
    last = last_visit(ledger, viewer, at=at)
    visits.visit(ledger, viewer, release, at=at)
    assert last_visit(ledger, viewer, at=at) == last, "and throughout the visit"
    return last


def test_the_first_visit_has_none_before_it_however_long_it_lasts(ledger):
    at = AT
    for _ in range(5):
        assert visit(ledger, LEAD, 1, at=at) is None
        at += AWAY - timedelta(seconds=1)


def test_after_so_long_away_another_begins_and_knows_the_last_moment_of_the_one_before(ledger):
    visit(ledger, LEAD, 1, at=AT)
    last = AT + timedelta(minutes=30)
    visit(ledger, LEAD, 2, at=last)
    back = last + AWAY
    assert visit(ledger, LEAD, 3, at=back) == Visit(last, 2)
    assert visit(ledger, LEAD, 4, at=back + timedelta(hours=1)) == Visit(last, 2)
    assert visit(ledger, LEAD, 4, at=back + timedelta(hours=9)) == Visit(
        back + timedelta(hours=1), 4
    )


def test_a_release_that_comes_within_a_minute_is_seen(ledger):
    visit(ledger, LEAD, 1, at=AT)
    visit(ledger, LEAD, 2, at=AT + MARKED_EVERY / 2)
    assert visit(ledger, LEAD, 2, at=AT + AWAY + MARKED_EVERY).release == 2


def test_a_visit_is_of_one_person(ledger):
    visit(ledger, LEAD, 1, at=AT)
    assert visit(ledger, TEAM, 1, at=AT + AWAY) is None


def test_a_login_given_anew_was_never_here(ledger):
    begin(ledger, {"a@nhs.test": "Dr A", "b@nhs.test": "Dr B"}, at=AT)
    by = {"registered": {"ZZ101"}, "by": "a@nhs.test", "at": AT}
    rights = Rights("site lead", ("ZZ101",))
    first = grant(ledger, "lead@nhs.test", "Dr L", rights, **by)
    person = Viewer("Dr L", "site lead", ("ZZ101",), None, "lead@nhs.test")
    visit(ledger, person, 1, at=AT)
    disable(ledger, first, reason="left", by="b@nhs.test", at=AT)
    visits.visit(ledger, person, 1, at=AT)  # by a page that was open then
    with ledger.read() as connection:
        assert connection.execute(VISIT.select()).all() == []
    grant(ledger, "lead@nhs.test", "Dr M", rights, **by)
    assert visit(ledger, person, 1, at=AT + AWAY) is None


def test_what_happened_is_what_came_after_and_a_visit_is_no_event(ledger):
    ledger.append("published", "release 1", by="worker", at=AT)
    ledger.append("published", "release 2", by="worker", at=AT + timedelta(seconds=1))
    visit(ledger, LEAD, 2, at=AT + timedelta(seconds=2))
    assert touched_since(ledger, AT) == [("published", "release 2")]
    assert faults(ledger) == []
