"""Is the audit log whole? Every event that was changed, taken out, swapped or added is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from sql.ledger import Ledger
from sql.ledger_events import event_hash, seal
from sql.ledger_tables import EVENT, LOG_HEAD


class Fault(NamedTuple):
    """Where the log is not as it was written: the event's number, and what is wrong there."""

    number: int
    says: str


class Anchor(NamedTuple):
    """How far the log went when something outside it was made."""

    where: str  # what holds it: release 12
    number: int
    hash: str


def faults(ledger: Ledger, anchors: Iterable[Anchor] = ()) -> list[Fault]:
    """Every fault of the log, in the order of its events; none where it is whole.

    Args:
        anchors: heads that were written outside the ledger, against which it is held.
    """
    with ledger.read() as connection:
        query = sa.select(EVENT).order_by(EVENT.c.number)
        events = [dict(row) for row in connection.execute(query).mappings()]
        heads = [dict(row) for row in connection.execute(sa.select(LOG_HEAD)).mappings()]
    key = ledger.audit_key
    found = [*_of_events(events, key), *_of_head(events, heads, key), *_of_anchors(events, anchors)]
    return sorted(set(found))


def _of_events(events: list[dict[str, Any]], key: bytes) -> Iterator[Fault]:
    expected, previous = 1, ""
    for event in events:
        number = event["number"]
        if number < 1:
            yield Fault(number, "an event was added: the log begins with number 1")
            continue
        if number > expected:
            yield Fault(expected, f"{_listed(expected, number - 1)} taken out")
        if event["hash"] != event_hash(event, key):
            yield Fault(number, "the event is not what was written")
        elif event["previous_hash"] != previous and number == expected:
            yield Fault(number, "the event does not follow the one before it")
        expected, previous = number + 1, event["hash"]


def _of_head(
    events: list[dict[str, Any]], heads: list[dict[str, Any]], key: bytes
) -> Iterator[Fault]:
    last = max((event["number"] for event in events), default=0)
    if not heads:
        yield Fault(last, "the head of the log was taken out")
        return
    number = heads[0]["number"]
    if number > last:
        yield Fault(last + 1, f"{_listed(last + 1, number)} taken out from the end")
        return
    sealed = {0: "", **{event["number"]: event["hash"] for event in events}}.get(number)
    if sealed is None or heads[0]["seal"] != seal(number, sealed, key):
        yield Fault(number, "the head of the log is not the one that was written")
    elif number < last:
        yield Fault(number + 1, f"{_listed(number + 1, last)} added")


def _of_anchors(events: list[dict[str, Any]], anchors: Iterable[Anchor]) -> Iterator[Fault]:
    hashes: Mapping[int, str] = {event["number"]: event["hash"] for event in events}
    for anchor in anchors:
        if anchor.number not in hashes:
            yield Fault(anchor.number, f"the event is gone that {anchor.where} was made after")
        elif hashes[anchor.number] != anchor.hash:
            yield Fault(anchor.number, f"{anchor.where} was made after another event")


def _listed(first: int, last: int) -> str:
    return f"event {first} was" if first == last else f"events {first} to {last} were"
