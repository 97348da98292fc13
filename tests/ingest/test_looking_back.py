"""The registry as it stood: who may ask for a day, what the worker builds, and how often."""

from datetime import date, timedelta

import duckdb
import pytest

from ingest import inbox
from sql.accepted import end_of
from sql.access import DEMO_VIEWERS, AccessDenied, Viewer
from sql.publish_release import next_number, public_path, served
from sql.reader import Reader
from sql.requests import open_requests
from tests.ingest.test_snapshotting import YEAR, opened

TEAM, COMMISSIONER = DEMO_VIEWERS["team"], DEMO_VIEWERS["commissioner"]
ADMIN = Viewer("Admin", "registry admin")


@pytest.fixture
def stood(registry):
    """Ask for a day, as a page does."""
    yesterday = registry.now.date()
    registry.now += timedelta(days=1)

    def ask(day=yesterday, viewer=TEAM):
        return inbox.as_it_stood(registry.home.path, viewer, day, by="page", at=registry.now)

    return ask


def test_a_day_is_asked_of_the_worker_built_once_and_never_served(registry, stood, monkeypatch):
    registry.worker.publish()
    assert stood() == stood()
    assert (stood().release, stood().why, stood().is_begun) == (None, "", False)
    registry.worker.run_once()
    assert stood().release == 2
    assert served(registry.home.path) == 1
    registry.worker.run_once()
    assert (stood().release, next_number(registry.home.path)) == (2, 3)
    about = f"rebuild as of {end_of(stood().day).isoformat()}"
    told = [e["action"] for e in registry.ledger.events(about)]
    assert told == ["rebuild as of requested"]
    with monkeypatch.context() as other:  # what other code rebuilt is not today's definitions
        for module in ("ingest.looking_back", "sql.rebuilt"):
            other.setattr(f"{module}.made_by", lambda: "another version")
        assert stood().release is None
    assert stood().release == 2
    (registry.home.path / "releases" / "release-2.duckdb").unlink()  # pruned: it is asked anew
    assert stood().release is None
    assert len(open_requests(registry.ledger)) == 1


def test_before_the_register_there_was_no_data_and_today_is_not_over(registry, stood):
    day = date(2020, 1, 1)
    stood(day)
    registry.worker.run_once()
    assert stood(day).why == (
        "No register was loaded by the end of 1 Jan 2020: there was no data yet."
    )
    assert stood(registry.now.date()).why.endswith("is not over yet.")


def test_a_day_that_cannot_be_rebuilt_is_said_and_stops_nobody_else(
    registry, stood, monkeypatch, caplog
):
    def broken(as_of):
        raise RuntimeError("an audit does not hold")

    stood()
    monkeypatch.setattr(registry.worker, "publish", broken)
    registry.worker.carry_out_requests()
    assert "our fault, incident" in stood().why
    assert "could not be rebuilt" in caplog.text


def frozen(registry, viewer=COMMISSIONER):
    return inbox.as_frozen(registry.home.path, viewer, YEAR, by="page", at=registry.now)


def test_a_commissioner_sees_snapshots_only_and_of_them_the_public_file(registry, stood):
    with pytest.raises(AccessDenied, match="annual snapshots only"):
        stood(viewer=COMMISSIONER)
    with pytest.raises(AccessDenied):
        frozen(registry, ADMIN)
    assert "No snapshot of 2024/25" in frozen(registry, TEAM).why
    opened(registry)
    registry.worker.take_snapshot(1, by="registry team")
    found = frozen(registry)
    assert (found.release, found.day, found.snapshot) == (1, registry.now.date(), YEAR)
    assert not found.is_rebuilt
    (kept,) = inbox.kept_states(registry.home.path).taken
    assert (kept.year, kept.release) == (YEAR, 1)
    days = (found.day - timedelta(days=1), found.day)
    assert [kept.is_locked_on(day) for day in days] == [False, True]
    (registry.home.path / "releases" / "release-1.duckdb").unlink()
    with Reader.open(registry.home.path, COMMISSIONER, release=1) as reader:
        assert reader.release().number == 1
    # One of another version is kept as it is; its moment is shown, rebuilt.
    public = public_path(registry.home.path, 1)
    public.chmod(0o644)
    with duckdb.connect(str(public)) as connection:
        connection.execute("update pub_release set schema_version = 0")
    assert frozen(registry).release is None
    registry.worker.carry_out_requests()
    assert (frozen(registry).release, frozen(registry).is_rebuilt) == (2, True)
    assert frozen(registry).snapshot == YEAR
