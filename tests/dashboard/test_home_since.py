"""Home says what changed since the last visit, to each as far as their rights go."""

import shutil
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from ingest import inbox
from ingest.inbox import Changed
from sql import ledger_engine
from sql.access import DEMO_VIEWERS
from sql.ledger import Ledger
from sql.ledger_errors import BUSY
from sql.ledger_events import utc
from sql.reader_source import NoRelease, Source
from sql.visits import visit
from tests.dashboard.conftest import drawn, finding, said
from tests.dashboard.twins import SECOND, drawn_of, twin_homes
from tests.sql.small_release import write_release

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
LAST = NOON - timedelta(days=14)
HERE = ("lead", "governance", "commissioner", "team")
SINCE = "2 Nov 2026, 12:00"


@pytest.fixture
def seen(home, tmp_path):
    """A home in which each persona was two weeks ago, and saw release 14."""
    copy = shutil.copytree(home, tmp_path / "home")
    _here(copy)
    return copy


def told(page):
    """What a page says, without the signs that part what Markdown could read."""
    return said(page).replace("\u200b", "")


def _here(home, release=14):
    with Ledger(home / "ledger.sqlite") as ledger:
        for persona in HERE:
            visit(ledger, DEMO_VIEWERS[persona], release, at=LAST)


@pytest.mark.parametrize("persona", HERE)
def test_nothing_is_said_at_the_first_visit_and_nothing_has_changed_at_the_second(
    open_page, home, seen, persona
):
    assert "Since your last visit" not in told(open_page("home", persona))
    assert f"Nothing has changed since {SINCE}." in told(open_page("home", persona, at_home=seen))


@pytest.mark.parametrize("persona", HERE[:2])
def test_the_release_and_the_own_figures_that_moved_are_told(open_page, seen, persona):
    write_release(seen, drawn()[1:], number=15)
    page = open_page("home", persona, at_home=seen)
    text = told(page)
    assert f"Since your last visit, {SINCE}" in text
    assert "Release 15, data to 30 Sep 2026, is served in place of release 14." in text
    moved = [one.value for one in page.dataframe if {"Then", "Now"} <= set(one.value)]
    if persona == "lead":  # of ZZ102, whose first procedure is gone
        (shown,) = moved
        rows = shown.set_index(shown.columns[0])
        assert list(rows.loc["Bleeding of any grade, 30 days"]) == ["6/31", "5/30"]
    else:
        assert moved == []


def test_a_visit_that_cannot_be_noted_takes_no_page(open_page, seen, monkeypatch):
    monkeypatch.setattr(ledger_engine, "WAIT_SECONDS", 0.2)
    tried, noted = [], []

    def told_of(*given, **named):
        tried.append(given)
        noted.append(visit(*given, **named))

    monkeypatch.setattr("sql.visits.visit", told_of)
    with Ledger(seen / "ledger.sqlite") as other, other.write():
        page = open_page("methods", "commissioner", at_home=seen)
        first = open_page("home", "commissioner", at_home=seen)
    assert (len(tried), len(noted)) == (2, 0)
    for one, drawn_last in ((page, "Methods"), (first, f"Nothing has changed since {SINCE}.")):
        assert not one.exception
        assert BUSY not in said(one)
        assert drawn_last in told(one)


def test_own_submissions_are_told_and_no_others(open_page, seen):
    for site, persona in (("ZZ102", "lead"), ("ZZ301", "governance"), ("ZZ401", "nobody")):
        inbox.deposit(seen, b"zip", "a.zip", site=site, by=persona, at=NOON)
    for persona, many in (("lead", 1), ("governance", 1), ("team", 3)):
        text = told(open_page("home", persona, at_home=seen))
        assert f"Submissions that came in or moved on: {many} received." in text
    assert f"Nothing has changed since {SINCE}." in told(
        open_page("home", "commissioner", at_home=seen)
    )


def test_a_release_that_is_not_kept_any_more_is_named_and_not_compared(open_page, seen):
    write_release(seen, drawn()[1:], number=15)
    for path in (seen / "releases").glob("release-14.*"):
        path.unlink()
    page = open_page("home", "lead", at_home=seen)
    assert "is served in place of release 14." in told(page)
    assert not [one for one in page.dataframe if {"Then", "Now"} <= set(one.value)]


@pytest.mark.parametrize("persona", ["lead", "commissioner"])
def test_home_stands_when_the_release_last_seen_goes_while_it_is_compared(
    open_page, seen, monkeypatch, persona
):
    write_release(seen, drawn()[1:], number=15)
    opened = Source._open

    def gone(source, path):
        if path.name.startswith("release-14."):
            raise NoRelease("Release 14 is not kept here any more.")
        return opened(source, path)

    monkeypatch.setattr(Source, "_open", gone)
    page = open_page("home", persona, at_home=seen)
    assert "is served in place of release 14." in told(page)
    assert "is not kept here" not in told(page)
    assert len(page.dataframe) > 0


def test_home_stands_when_the_rows_of_the_release_last_seen_are_gone(open_page, seen):
    write_release(seen, drawn()[1:], number=15)
    (seen / "releases/release-14.duckdb").unlink()
    page = open_page("home", "lead", at_home=seen)
    assert "is served in place of release 14." in told(page)
    assert len(page.dataframe) > 0


@pytest.mark.parametrize("now", [14, 15])
def test_a_finding_whose_answer_has_lapsed_since_was_not_open_then(open_page, seen, now):
    found = [finding(5, answered_until=None), finding(9, answered_until=date(2026, 11, 5))]
    for number in range(14, now + 1):
        write_release(seen, drawn(), findings=found, number=number)
    text = told(open_page("home", "lead", at_home=seen))
    assert "Open findings on current rows: 1 then, 2 now." in text
    assert ("is served in place of" in text) == (now == 15)


@pytest.mark.parametrize(("seconds", "is_new"), [(-1, False), (0, False), (1, True)])
def test_a_case_is_new_to_a_commissioner_if_published_after_the_visit(
    open_page, seen, monkeypatch, seconds, is_new
):
    case = {"published_at": utc(LAST + timedelta(seconds=seconds))}
    changed = Changed(pl.DataFrame(), [case], is_snapshot_taken=False)
    monkeypatch.setattr("ingest.inbox.Desk.changed_since", lambda desk, at: changed)
    text = told(open_page("home", "commissioner", at_home=seen))
    assert ("1 outlier case published." in text) == is_new


def test_a_number_of_a_case_is_not_read_as_how_many(open_page, seen, monkeypatch):
    cases = [{"number": 9, "stage": "notified"}, {"number": 3, "stage": "review"}]
    changed = Changed(pl.DataFrame(), cases, is_snapshot_taken=False)
    monkeypatch.setattr("ingest.inbox.Desk.changed_since", lambda desk, at: changed)
    text = told(open_page("home", "lead", at_home=seen))
    assert (
        "2 outlier cases opened, moved on or decided: case 9 (notified), case 3 (review)." in text
    )


def test_a_commissioner_is_told_which_kinds_of_figures_differ_and_no_number(open_page, tmp_path):
    home, _ = twin_homes(tmp_path)
    _here(home)
    write_release(home, drawn_of(SECOND), number=15)  # other counts, and no other rounding
    text = told(open_page("home", "commissioner", at_home=home))
    assert "Release 15, data to 30 Sep 2026, is served in place of release 14." in text
    assert (
        "None of these published figures has changed: complications, compliance of sites, "
        "compliance by year, who reports, overall survival." in text
    )
    write_release(home, drawn_of(SECOND | {"ZZ201": (115, 27, 0)}), number=16)
    text = told(open_page("home", "commissioner", at_home=home))
    (line,) = [one for one in text.splitlines() if "not what they were" in one]
    assert "compliance of sites" in line
    assert "complications" not in line
    assert not set("0123456789") & set(line)
