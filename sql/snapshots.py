"""Annual snapshots: a reporting year that sites validate, and that is then frozen and locked.

A snapshot begins as validating and ends as taken or cancelled; neither changes again. Each
move and its event are one transaction, the lock of the year included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql.audit_log import faults
from sql.hashes import full_hash, public_hash
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.locks import lock_of, lock_within
from sql.reader_periods import DUE, Period, day, reporting_period
from sql.sign_offs import have_signed
from sql.snapshot_policy import window_on
from sql.snapshot_rebuilt import ACTION as REBUILT
from sql.snapshot_rebuilt import NOW, REKEYED, as_now
from sql.snapshot_tables import CANCELLED, OPEN, SNAPSHOT, TAKEN

Row = Mapping[str, Any]
Owed = Mapping[str, Collection[Period]]  # the quarters of the year expected of each site


@dataclass(frozen=True)
class Frozen:
    """The release that a snapshot rests on, and what it was made from."""

    release: int
    data_date: str
    full_sha256: str
    public_hash: str
    rules_hash: str
    code_hash: str


def snapshot_year(text: str) -> Period:
    """The reporting year that a person names: 2025/26.

    Raises:
        LedgerError: if it names none.
    """
    try:
        found = reporting_period(text)
    except ValueError:
        found = None
    if found is None or not is_year(found):
        raise LedgerError(f"no reporting year: {text!r}; a snapshot is of a year, such as 2025/26")
    return found


def is_year(of: Period) -> bool:
    """True of a whole reporting year, false of a part of one."""
    return re.fullmatch(r"[0-9]{4}/[0-9]{2}", of.label) is not None


def open_snapshot(ledger: Ledger, of: Period, *, today: date, by: str, at: datetime) -> int:
    """Open the validation window of a reporting year; gives the snapshot's number.

    Raises:
        LedgerError: if the year's last quarter is not due yet, or it has a snapshot already.
    """
    if of.end + DUE >= today:
        raise LedgerError(
            f"the last quarter of {of.label} is due on {day(of.end + DUE)}; open it after that"
        )
    window = window_on(today)
    values = {
        "period": of.label,
        "period_start": of.start.isoformat(),
        "period_end": of.end.isoformat(),
        "window_end": (today + timedelta(days=window.days)).isoformat(),
        "window_source": window.source + ("" if window.is_confirmed else " (to be confirmed)"),
    }
    with ledger.write() as connection:
        for row in _rows(connection):
            if row["period"] == of.label and row["state"] != CANCELLED:
                raise LedgerError(f"{of.label} has a snapshot already: it is {row['state']}")
        made = connection.execute(
            SNAPSHOT.insert().values(**values, state=OPEN, opened_at=utc(at), opened_by=by)
        )
        number = number_of(made)
        append(connection, at, by, "snapshot opened", _subject(number), None, OPEN, values)
    return number


def cancel(ledger: Ledger, number: int, *, by: str, at: datetime, reason: str) -> None:
    """End a validation without a snapshot.

    Raises:
        LedgerError: if no reason is given, or it is not validating.
    """
    if not reason.strip():
        raise LedgerError("to cancel a snapshot needs a reason")
    with ledger.write() as connection:
        row = _open(connection, number)
        values = {"cancelled_at": utc(at), "cancelled_by": by, "cancel_reason": reason}
        _end(connection, number, CANCELLED, values)
        detail = {"period": row["period"], "reason": reason}
        told = ("snapshot cancelled", _subject(number), OPEN, CANCELLED)
        append(connection, at, by, *told, detail)


def take(
    ledger: Ledger, number: int, frozen: Frozen, owed: Owed, *, today: date, by: str, at: datetime
) -> None:
    """Record the release that is the snapshot, who had signed, and lock the year.

    Raises:
        LedgerError: if it is not validating, or may not be taken yet.
    """
    with ledger.write() as connection:
        row = _open(connection, number)
        signed, not_signed = have_signed(connection, owed)
        closed = why_not(row, signed, not_signed, today)
        if closed:
            raise LedgerError(closed)
        of = snapshot_year(row["period"])
        reason = f"annual snapshot {number}: release {frozen.release}"
        lock = lock_of(connection, of) or lock_within(connection, of, by=by, at=at, reason=reason)
        sides = {"signed": json.dumps(signed), "not_signed": json.dumps(not_signed)}
        values = asdict(frozen) | sides | {"lock_number": lock}
        _end(connection, number, TAKEN, values | {"taken_at": utc(at), "taken_by": by})
        detail = {"period": of.label} | asdict(frozen) | {"lock": lock}
        detail |= {"signed": signed, "not_signed": not_signed}
        append(connection, at, by, "snapshot taken", _subject(number), OPEN, TAKEN, detail)


def why_not(row: Row, signed: Collection[str], not_signed: Collection[str], today: date) -> str:
    """Why a snapshot may not be taken on this day, as a sentence; empty where it may."""
    last = date.fromisoformat(row["window_end"])
    if today > last or (signed and not not_signed):
        return ""
    return (
        f"sites may validate {row['period']} up to {day(last)}, and {len(not_signed)} "
        f"({', '.join(sorted(not_signed))}) have not signed it; take it after that day"
    )


def snapshots(ledger: Ledger) -> Sequence[Row]:
    """Every snapshot there ever was, newest first: with the release and hashes that it has now,
    and `erased`, how many records have been erased since it was taken."""
    with ledger.read() as connection:
        return list(reversed(_rows(connection)))


def snapshot(ledger: Ledger, number: int) -> Row:
    """One snapshot.

    Raises:
        LedgerError: if there is none of that number.
    """
    with ledger.read() as connection:
        return _one(connection, number)


def taken_of(ledger: Ledger, label: str) -> Row | None:
    """The snapshot that was taken of a reporting year."""
    found = [r for r in snapshots(ledger) if (r["period"], r["state"]) == (label, TAKEN)]
    return found[0] if found else None


def releases(ledger: Ledger) -> frozenset[int]:
    """The releases that are snapshots: they are kept."""
    return frozenset(int(r["release"]) for r in snapshots(ledger) if r["release"] is not None)


def signatures(ledger: Ledger, owed: Owed) -> tuple[list[str], list[str]]:
    """The sites that have signed all that is expected of them by now, and those that have not."""
    with ledger.read() as connection:
        return have_signed(connection, owed)


def differences(home: Path, ledger: Ledger, row: Row) -> Iterator[str]:
    """What is not as it was when a snapshot was taken, each as a sentence; nothing if it holds."""
    events = ledger.events(_subject(row["number"]))
    told = [e for e in events if e["new"] == TAKEN or e["action"] in (REBUILT, REKEYED)]
    logged = json.loads(told[-1]["detail"]) if told else {}
    for fault in faults(ledger):
        yield f"Event {fault.number} of the audit log: {fault.says}."
    for name in NOW:
        if logged.get(name) != row[name]:
            yield f"The ledger's {name} is not what the audit log has."
    release = row["release"]
    hashes = (("full_sha256", full_hash, "full file"), ("public_hash", public_hash, "public file"))
    for name, now_of, what in hashes:
        try:
            found = now_of(home, release)
        except Exception as error:  # gone, or no database any more: each is a difference
            yield f"The {what} of release {release} cannot be read: {type(error).__name__}."
            continue
        if found != row[name]:
            yield f"The {what} of release {release} is not the one that was taken."


def _end(connection: sa.Connection, number: int, state: str, values: Mapping[str, Any]) -> None:
    change = SNAPSHOT.update().where(SNAPSHOT.c.number == number)
    connection.execute(change.values(state=state, **values))


def _open(connection: sa.Connection, number: int) -> Row:
    row = _one(connection, number)
    if row["state"] != OPEN:
        raise LedgerError(f"snapshot {number} of {row['period']} is {row['state']}")
    return row


def _one(connection: sa.Connection, number: int) -> Row:
    for row in _rows(connection):
        if row["number"] == number:
            return row
    raise LedgerError(f"no snapshot {number}; list them: ire-audit snapshot list")


def _rows(connection: sa.Connection) -> list[Row]:
    query = sa.select(SNAPSHOT).order_by(SNAPSHOT.c.number)
    return [as_now(connection, dict(row)) for row in connection.execute(query).mappings().all()]


def _subject(number: int) -> str:
    return f"snapshot {number}"
