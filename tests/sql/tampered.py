"""Tamper with an audit log as one might who can write to its database and lacks the key."""

from random import Random

from sql.ledger_events import FIELDS, event_hash, seal
from sql.ledger_tables import EVENT, LOG_HEAD

KINDS = ("flip", "delete", "swap", "truncate", "append", "rewrite")
NOT_THE_KEY = b"guessed"


def tamper(connection, kind, random):
    """Do it; gives the numbers of the events of which one must be named."""
    without_triggers(connection, "event")
    events = [dict(row) for row in connection.execute(EVENT.select()).mappings()]
    events.sort(key=lambda event: event["number"])
    return globals()[f"_{kind}"](connection, events, random)


def without_triggers(connection, table):
    """Take a table's triggers away: its owner can."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"alter table {table} disable trigger user")
        return
    query = "select name from sqlite_master where type = 'trigger' and tbl_name = ?"
    for (name,) in list(connection.exec_driver_sql(query, (table,))):
        connection.exec_driver_sql(f'drop trigger "{name}"')


def _put(connection, event):
    connection.execute(EVENT.update().where(EVENT.c.number == event["number"]).values(**event))


def _flip(connection, events, random: Random):
    """One character of one field."""
    event = random.choice(events)
    field = random.choice([*FIELDS[1:-1], "previous_hash", "hash"])
    text = event[field] or ""
    at = random.randrange(len(text) + 1)
    changed = text[:at] + random.choice("abcxyz019") + text[at + 1 :]
    _put(connection, event | {field: changed if changed != text else text + "z"})
    return {event["number"]}


def _delete(connection, events, random: Random):
    event = random.choice(events)
    connection.execute(EVENT.delete().where(EVENT.c.number == event["number"]))
    return {event["number"]}


def _swap(connection, events, random: Random):
    """What two events say, their hashes with it or not."""
    one, other = random.sample(events, 2)
    kept = ("number", "previous_hash", "hash") if random.random() < 0.5 else ("number",)
    for to, what in ((one, other), (other, one)):
        _put(connection, what | {name: to[name] for name in kept})
    return {one["number"], other["number"]}


def _truncate(connection, events, random: Random):
    """The last events; the head with them or not."""
    first = random.choice(events)["number"]
    connection.execute(EVENT.delete().where(EVENT.c.number >= first))
    if random.random() < 0.3:
        connection.execute(LOG_HEAD.delete())
        return {first, first - 1}
    if random.random() < 0.5:
        connection.execute(LOG_HEAD.update().values(number=first - 1))
        return {first, first - 1}
    return {first}


def _append(connection, events, random: Random):
    """An event that follows the last one, under a key that was guessed; the head moved or not."""
    last = events[-1]
    made = last | {"number": last["number"] + 1, "previous_hash": last["hash"], "by": "nobody"}
    made["hash"] = random.choice([last["hash"], event_hash(made, NOT_THE_KEY)])
    connection.execute(EVENT.insert().values(**made))
    if random.random() < 0.5:
        connection.execute(LOG_HEAD.update().values(number=made["number"]))
    return {made["number"]}


def write_anew(connection, key):
    """Every event by somebody else, chained and sealed as if it had been: by one with the key."""
    events = [dict(row) for row in connection.execute(EVENT.select()).mappings()]
    previous = ""
    for event in sorted(events, key=lambda event: event["number"]):
        changed = event | {"previous_hash": previous, "by": "nobody"}
        changed["hash"] = previous = event_hash(changed, key)
        _put(connection, changed)
    connection.execute(LOG_HEAD.update().values(seal=seal(len(events), previous, key)))


def _rewrite(connection, events, random: Random):
    """Change one, and chain all that follow it anew, under a key that was guessed."""
    start = random.randrange(len(events))
    previous = events[start]["previous_hash"]
    for event in events[start:]:
        changed = event | {"previous_hash": previous, "by": "nobody"}
        changed["hash"] = previous = event_hash(changed, NOT_THE_KEY)
        _put(connection, changed)
    return {events[start]["number"]}
