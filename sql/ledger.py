"""The ledger: submissions and their states, and the append-only audit log.

SQLAlchemy Core over SQLite or PostgreSQL. Every write is one transaction under one lock; the
event that records a change is appended in it, chained to the one before it by its hash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql.ledger_engine import close, compact, engine_for, reading, writing
from sql.ledger_errors import LedgerAway, LedgerError
from sql.ledger_events import Head, append, head, utc
from sql.ledger_schema import make_ready
from sql.ledger_tables import EVENT, IN_THE_WALK, SUBMISSION, TRANSITIONS
from sql.secrets import secret

__all__ = ["IN_THE_WALK", "TRANSITIONS", "Ledger", "LedgerAway", "LedgerError"]

# Beside what moves in the walk: what a release is no longer true of, once it is entered.
_SHOWN = (
    *("register loaded", "policy loaded", "finding answered", "answer taken back"),
    "rows erased",
)


class Ledger:
    """One registry's ledger. Open it once a process; close it at the end.

    Raises:
        SecretMissing: if the key of its log is not set.
        LedgerError: if its database is of a later version, or not one to keep a ledger in.
        LedgerAway: if its database does not answer.
    """

    def __init__(self, path: Path) -> None:
        self.audit_key = secret(path.parent, "IRE_AUDIT_KEY", "audit")
        self._engine = engine_for(path, self.audit_key)
        make_ready(self._engine)

    def close(self) -> None:
        close(self._engine)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def compact(self) -> None:
        """Leave nothing of what was deleted in the file, its free pages or its log."""
        compact(self._engine)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction under the write lock; all of it is kept, or none."""
        with writing(self._engine) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """What is read in it is of one moment."""
        with reading(self._engine) as connection:
            yield connection

    # Submissions

    def receive(
        self,
        submission_id: str,
        *,
        site: str,
        filename: str,
        size: int,
        sha256: str,
        by: str,
        at: datetime,
        form: str | None = None,
    ) -> None:
        """Enter a deposited file as received; `form` stands for its manifest."""
        with self.write() as connection:
            connection.execute(
                SUBMISSION.insert().values(
                    submission_id=submission_id,
                    site_ods_code=site,
                    state="received",
                    filename=filename,
                    bytes=size,
                    sha256=sha256,
                    received_at=utc(at),
                    received_by=by,
                    attempts=0,
                    form=form,
                )
            )
            append(connection, at, by, "received", submission_id, None, "received", {})

    def move(
        self,
        submission_id: str,
        to: str,
        *,
        by: str,
        at: datetime,
        detail: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """Move a submission to another state, with the columns that change with it.

        Raises:
            LedgerError: if its state does not lead there.
        """
        with self.write() as connection:
            move(connection, submission_id, to, by=by, at=at, detail=detail, **values)

    def submission(self, submission_id: str) -> Mapping[str, Any]:
        with self.read() as connection:
            return one(connection, submission_id)

    def submissions(
        self, sites: Collection[str] | None = None, states: Collection[str] | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Submissions in the order received; of these sites and states only, where given."""
        query = sa.select(SUBMISSION).order_by(SUBMISSION.c.received_at, SUBMISSION.c.submission_id)
        if sites is not None:
            query = query.where(SUBMISSION.c.site_ods_code.in_(sites))
        if states is not None:
            query = query.where(SUBMISSION.c.state.in_(states))
        with self.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def walk(
        self, as_of: datetime | None = None, *, after: int | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """The accepted submissions in order of acceptance, withdrawn ones left out.

        With `as_of`, what stood at the end of that moment; with `after`, what stood when
        that acceptance number had just been given: later acceptances and withdrawals are
        not seen.
        """
        accepted = SUBMISSION.c.acceptance_number.is_not(None)
        query = sa.select(SUBMISSION).where(accepted)
        query = query.order_by(SUBMISSION.c.acceptance_number)
        with self.read() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
            if as_of is None and after is None:
                return [row for row in rows if row["state"] in IN_THE_WALK]
            events = (
                sa.select(EVENT.c.subject, EVENT.c.new)
                .where(EVENT.c.new.in_(("accepted", "withdrawn")))
                .order_by(EVENT.c.number)
            )
            if as_of is not None:
                events = events.where(EVENT.c.at <= utc(as_of))
            if after is not None:
                events = events.where(EVENT.c.number <= _accepted_by(connection, rows, after))
            last = dict(iter(connection.execute(events).all()))
        return [row for row in rows if last.get(row["submission_id"]) == "accepted"]

    def next_acceptance_number(self) -> int:
        with self.read() as connection:
            found = connection.execute(
                sa.select(sa.func.max(SUBMISSION.c.acceptance_number))
            ).scalar()
        return (found or 0) + 1

    # Events

    def append(
        self,
        action: str,
        subject: str,
        *,
        by: str,
        at: datetime,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Record what happened beside a submission's states: a release, a register load."""
        with self.write() as connection:
            append(connection, at, by, action, subject, None, None, detail or {})

    def is_published(self) -> bool:
        """True where nothing that a release shows has changed since one was published."""
        is_current = False
        for event in self.events():
            # A derived move back from superseded follows a publication; it changes nothing.
            moved_in = event["new"] == "accepted" and event["old"] in ("checking", "held")
            if moved_in or event["new"] == "withdrawn" or event["action"] in _SHOWN:
                is_current = False
            elif event["action"] == "published":
                is_current = True
        return is_current

    def events(self, subject: str | None = None) -> Sequence[Mapping[str, Any]]:
        query = sa.select(EVENT).order_by(EVENT.c.number)
        if subject is not None:
            query = query.where(EVENT.c.subject == subject)
        with self.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def begun_at(self) -> str | None:
        """When the first event was recorded; None before it."""
        with self.read() as connection:
            return connection.execute(sa.select(sa.func.min(EVENT.c.at))).scalar()

    def reported_since(self) -> str | None:
        """The first day of the first period that was accepted; None before it."""
        accepted = SUBMISSION.c.acceptance_number.is_not(None)
        query = sa.select(sa.func.min(SUBMISSION.c.period_start)).where(accepted)
        with self.read() as connection:
            return connection.execute(query).scalar()

    def head(self) -> Head:
        """How far the log goes, to be anchored elsewhere."""
        with self.read() as connection:
            return head(connection)


def move(
    connection: sa.Connection,
    submission_id: str,
    to: str,
    *,
    by: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Ledger.move within a transaction that changes more."""
    row = one(connection, submission_id)
    if to not in TRANSITIONS.get(row["state"], frozenset()):
        raise LedgerError(f"submission {submission_id} is {row['state']}; it cannot become {to}")
    connection.execute(
        SUBMISSION.update()
        .where(SUBMISSION.c.submission_id == submission_id)
        .values(state=to, **values)
    )
    append(connection, at, by, to, submission_id, row["state"], to, detail or {})


def _accepted_by(connection: sa.Connection, rows: Sequence[Mapping[str, Any]], number: int) -> int:
    """The number of the event by which an acceptance number was given."""
    found = [row["submission_id"] for row in rows if row["acceptance_number"] == number]
    if not found:
        raise LedgerError(f"no submission was accepted as number {number}")
    query = sa.select(sa.func.min(EVENT.c.number))
    query = query.where(EVENT.c.subject == found[0], EVENT.c.new == "accepted")
    return int(connection.execute(query).scalar_one())


def one(connection: sa.Connection, submission_id: str) -> Mapping[str, Any]:
    """A submission's row.

    Raises:
        LedgerError: if there is none of that id.
    """
    query = sa.select(SUBMISSION).where(SUBMISSION.c.submission_id == submission_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise LedgerError(f"no submission {submission_id}; list them: ire-audit submissions")
    return dict(row)
