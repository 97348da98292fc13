"""The ledger moves submissions only as the design allows, and forgets nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from sql.ledger import TRANSITIONS, Ledger, LedgerError

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path, database):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def received(ledger, name="one", site="ZZ101", at=AT):
    ledger.receive(
        name, site=site, filename="export.zip", size=1, sha256="0", by="data manager", at=at
    )
    return name


def moved(ledger, name, *states):
    for number, state in enumerate(states, 1):
        ledger.move(name, state, by="worker", at=AT + timedelta(hours=number))


def test_a_submission_goes_from_received_to_accepted_with_one_event_a_move(ledger):
    moved(ledger, received(ledger), "checking", "accepted")
    events = [(e["old"], e["new"], e["by"]) for e in ledger.events("one")]
    assert events == [
        (None, "received", "data manager"),
        ("received", "checking", "worker"),
        ("checking", "accepted", "worker"),
    ]


def every_state():
    return {"received", *TRANSITIONS, *(to for states in TRANSITIONS.values() for to in states)}


WAYS = {
    "received": (),
    "checking": ("checking",),
    "held": ("checking", "held"),
    "refused": ("refused",),
    "replaced": ("checking", "held", "replaced"),
    "lapsed": ("checking", "held", "lapsed"),
    "accepted": ("checking", "accepted"),
    "signed": ("checking", "accepted", "signed"),
    "superseded": ("checking", "accepted", "superseded"),
    "withdrawn": ("checking", "accepted", "withdrawn"),
}


@pytest.mark.parametrize("start", sorted(WAYS))
def test_a_move_that_the_design_does_not_allow_is_refused_and_changes_nothing(ledger, start):
    assert set(WAYS) == every_state()
    for number, to in enumerate(sorted(every_state())):
        name = received(ledger, f"submission {number}")
        moved(ledger, name, *WAYS[start])
        before = ledger.events(name)
        if to in TRANSITIONS.get(start, frozenset()):
            ledger.move(name, to, by="worker", at=AT)
        else:
            with pytest.raises(LedgerError):
                ledger.move(name, to, by="worker", at=AT)
            assert ledger.submission(name)["state"] == start
            assert ledger.events(name) == before


def test_refused_replaced_lapsed_and_withdrawn_are_ends():
    assert not {"refused", "replaced", "lapsed", "withdrawn"} & set(TRANSITIONS)


@pytest.mark.parametrize("change", ["update event set by = 'x'", "delete from event"])
def test_the_database_itself_refuses_to_change_an_event(ledger, change):
    received(ledger)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), ledger.write() as connection:
        connection.exec_driver_sql(change)
    assert len(ledger.events()) == 1


def test_the_head_is_the_hash_of_the_newest_event(ledger):
    assert ledger.head() == (0, "")
    received(ledger)
    newest = ledger.events()[-1]
    assert ledger.head() == (newest["number"], newest["hash"])


def test_a_failed_move_leaves_no_event(ledger):
    received(ledger)
    with pytest.raises(sa.exc.StatementError):
        ledger.move("one", "checking", by="worker", at=AT, received_at=object())
    assert len(ledger.events()) == 1
    assert ledger.submission("one")["state"] == "received"


def accepted(ledger, name, number, *then):
    received(ledger, name)
    ledger.move(name, "checking", by="worker", at=AT)
    ledger.move(name, "accepted", by="worker", at=AT, acceptance_number=number)
    for state in then:
        ledger.move(name, state, by="worker", at=AT + timedelta(days=2))


def test_the_walk_is_in_order_of_acceptance_without_the_withdrawn(ledger):
    accepted(ledger, "b", 1)
    accepted(ledger, "a", 2, "superseded")
    accepted(ledger, "c", 3, "withdrawn")
    assert [row["submission_id"] for row in ledger.walk()] == ["b", "a"]
    assert ledger.next_acceptance_number() == 4


def test_the_walk_as_of_a_day_still_holds_what_was_withdrawn_later(ledger):
    accepted(ledger, "a", 1, "withdrawn")
    accepted(ledger, "b", 2, "superseded")
    as_of = AT + timedelta(days=1)
    assert [row["submission_id"] for row in ledger.walk(as_of)] == ["a", "b"]
    assert [row["submission_id"] for row in ledger.walk(AT - timedelta(days=1))] == []


def test_an_unknown_submission_is_named(ledger):
    with pytest.raises(LedgerError, match="no submission nowhere"):
        ledger.submission("nowhere")


def test_the_walk_after_an_acceptance_is_what_stood_when_it_was_given(ledger):
    accepted(ledger, "a", 1)
    accepted(ledger, "b", 2)
    ledger.move("a", "withdrawn", by="site lead", at=AT)
    accepted(ledger, "c", 3, "superseded")
    told = [[row["submission_id"] for row in ledger.walk(after=number)] for number in (1, 2, 3)]
    assert told == [["a"], ["a", "b"], ["b", "c"]]
    with pytest.raises(LedgerError, match="number 4"):
        ledger.walk(after=4)
