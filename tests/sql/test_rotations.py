"""A rotation of the storage key in the ledger: what it changes there, and what stays shut."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from sql import erasures, rotations
from sql.audit_log import faults
from sql.case_tables import SENTINEL_REVIEW
from sql.erasure_tables import TOMBSTONE
from sql.ledger import Ledger, LedgerError
from sql.ledger_answers import answer, answers
from sql.rotation_tables import RELEASE_REKEYED, ROTATION
from sql.rotations import Rekeyed
from tests.sql.test_erasures import begun
from tests.sql.test_ledger import AT
from tests.sql.test_sentinel_reviews import reviewed

WORKER = {"by": "worker", "at": AT}
UNDER = {name: f"{name} under the new key" for name in ("v", "a", "b")}


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        begun(opened, "a", "b")
        reviewed(opened)
        about = {"site_ods_code": "ZZ101", "rule": "T07", "value_digest": "v", "finding_id": "f"}
        until = AT.date() + timedelta(days=9)
        answer(opened, about, reason="as measured", expires=until, by="a", at=AT)
        yield opened


def changed(**beside):
    def new(old):
        return UNDER.get(old, f"new {old}")

    return Rekeyed(lambda old: "g" if old == "f" else old, new, new, new, **beside)


def held(ledger):
    """What the ledger keeps under the storage key."""
    with ledger.read() as connection:
        events = connection.execute(sa.select(SENTINEL_REVIEW.c.event_key)).scalars().all()
    given = [(one["finding_id"], one["value_digest"]) for one in answers(ledger)]
    return erasures.tombstones(ledger), events, given


def test_all_that_stands_under_the_key_changes_in_one_move(ledger):
    _, (event,), _ = held(ledger)
    number = rotations.begin(ledger, "old", "new", **WORKER)
    counts = rotations.tell_rewritten(ledger, number, changed(), **WORKER)
    assert counts == {"tombstones": 2, "reviews": 1, "answers": 1}
    assert held(ledger) == ({UNDER["a"], UNDER["b"]}, [f"new {event}"], [("g", UNDER["v"])])
    rotations.finish(ledger, number, **WORKER)
    (row,) = rotations.rotations(ledger)
    assert (row["state"], row["old_key"], row["new_key"]) == ("done", "old", "new")
    told = [event["action"] for event in ledger.events(rotations.subject(number))]
    assert told == ["key rotation begun", "rows re-keyed", "storage key rotated"]
    assert faults(ledger) == []


@pytest.mark.parametrize("moment", ["before", "begun", "rewritten", "done", "abandoned"])
def test_outside_that_move_neither_a_tombstone_nor_a_review_s_key_changes(ledger, moment):
    if moment != "before":
        number = rotations.begin(ledger, "old", "new", **WORKER)
    if moment in ("rewritten", "done"):
        rotations.tell_rewritten(ledger, number, changed(), **WORKER)
    if moment == "done":
        rotations.finish(ledger, number, **WORKER)
    if moment == "abandoned":
        rotations.abandon(ledger, number, **WORKER)
    before = held(ledger)
    for change in (
        TOMBSTONE.update().values(digest="d"),
        SENTINEL_REVIEW.update().values(event_key="another"),
    ):
        with pytest.raises(DBAPIError), ledger.write() as connection:
            connection.execute(change)
    assert held(ledger) == before


def test_within_it_nothing_else_of_them_changes(ledger):
    number = rotations.begin(ledger, "old", "new", **WORKER)
    for change in (
        TOMBSTONE.update().values(erasure=9),
        TOMBSTONE.delete(),
        SENTINEL_REVIEW.update().values(outcome="PLANNED", site_ods_code="ZZ102"),
        SENTINEL_REVIEW.delete(),
    ):
        with pytest.raises(DBAPIError):
            rekeying(ledger, change)
    assert erasures.tombstones(ledger) == {"a", "b"}
    assert [row["number"] for row in rotations.rotations(ledger, ["begun"])] == [number]


def rekeying(ledger, change):
    with ledger.write() as connection:
        connection.execute(ROTATION.update().values(state="rekeying"))
        connection.execute(TOMBSTONE.update().values(digest=TOMBSTONE.c.digest + "!"))
        connection.execute(change)


def test_how_keys_were_rotated_stays_on_record(ledger):
    number = rotations.begin(ledger, "old", "new", **WORKER)
    rotations.tell_rewritten(ledger, number, changed(releases={3: "ff"}), **WORKER)
    with pytest.raises(LedgerError, match="is rewritten; it cannot become abandoned"):
        rotations.abandon(ledger, number, **WORKER)
    rotations.finish(ledger, number, **WORKER)
    with pytest.raises(LedgerError, match="is done; it cannot become done"):
        rotations.finish(ledger, number, **WORKER)
    for change in (
        ROTATION.insert().values(
            old_key="x", new_key="y", begun_by="z", begun_at="t", state="rekeying"
        ),
        ROTATION.update().values(new_key="another"),
        ROTATION.update().values(state="rekeying"),
        ROTATION.update().values(done_at="another day"),
        ROTATION.delete(),
        RELEASE_REKEYED.update().values(full_sha256="00"),
        RELEASE_REKEYED.delete(),
    ):
        with pytest.raises(DBAPIError), ledger.write() as connection:
            connection.execute(change)
