"""The documents attached to an outlier case: who attached what, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from sql import outlier_cases
from sql.access import Viewer
from sql.case_moves import TEAM, TRUST
from sql.case_stages import LAST_STAGE
from sql.case_tables import CASE_DOCUMENT
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc

MOST_A_CASE = 50
Row = Mapping[str, Any]
WORKER = "worker"


def may_attach(case: Row, viewer: Viewer) -> bool:
    """True for those who may move the case, until it is closed."""
    site = case["site_ods_code"]
    return case["stage"] != LAST_STAGE and (viewer.may(TEAM, site) or viewer.may(TRUST, site))


def attach(
    ledger: Ledger,
    number: int,
    *,
    name: str,
    size: int,
    sha256: str,
    file: str,
    viewer: Viewer,
    at: datetime,
) -> int:
    """Enter a document as waiting to be looked into; gives its number.

    Args:
        file: its name at rest, where it is already.

    Raises:
        LedgerError: if there is no such case for the viewer, it may attach none, or the same
            document is there already.
    """
    with ledger.write() as connection:
        case = outlier_cases.one(connection, number)
        if not viewer.may("see cases", case["site_ods_code"]) or not viewer.may("see rows"):
            raise LedgerError(f"no case {number}")
        if not may_attach(case, viewer):
            raise LedgerError(
                "documents are attached by the registry team and the governance lead of the "
                "site's trust, until the case is closed"
            )
        there = [one for one in _of(connection, number) if one["state"] in ("waiting", "kept")]
        if any(one["sha256"] == sha256 for one in there):
            raise LedgerError("this document is attached already")
        if len(there) >= MOST_A_CASE:
            raise LedgerError(f"a case has at most {MOST_A_CASE} documents")
        by = viewer.by
        about = {"bytes": size, "sha256": sha256}
        made = connection.execute(
            CASE_DOCUMENT.insert().values(
                case_number=number,
                name=name,
                file=file,
                by=by,
                at=utc(at),
                state="waiting",
                **about,
            )
        )
        document = number_of(made)
        told = {"document": document, "site_ods_code": case["site_ods_code"], **about}
        _tell(connection, number, "document attached", ("", "waiting"), told, by, at)
    return document


def decide(
    ledger: Ledger, document: int, state: Literal["kept", "refused"], note: str, *, at: datetime
) -> None:
    """Say what came of looking into a document that waited."""
    with ledger.write() as connection:
        row = one(connection, document)
        _change(connection, row, state, note)
        told = {"document": document, "sha256": row["sha256"]}
        what = "document kept" if state == "kept" else "document refused"
        _tell(connection, row["case_number"], what, ("waiting", state), told, WORKER, at)


def remove(ledger: Ledger, document: int, *, viewer: Viewer, at: datetime, why: str) -> str:
    """Say that a document's content is taken out; that it was there stays on record.

    Returns:
        Its name at rest.

    Raises:
        LedgerError: if it is not kept, the viewer is not of the registry team, or gives no reason.
    """
    with ledger.write() as connection:
        row = one(connection, document)
        site = outlier_cases.one(connection, row["case_number"])["site_ods_code"]
        if not viewer.may(TEAM, site):
            raise LedgerError("a document is removed by the registry team")
        if row["state"] != "kept":
            raise LedgerError("the document is not there")
        if not why.strip():
            raise LedgerError("say why it is removed")
        by = viewer.by
        _change(connection, row, "removed", f"removed by {by}: {why.strip()}"[:400])
        told = {"document": document, "sha256": row["sha256"]}
        _tell(connection, row["case_number"], "document removed", ("kept", "removed"), told, by, at)
    return str(row["file"])


def documents(ledger: Ledger, viewer: Viewer, number: int) -> Sequence[Row]:
    """The documents of a case in order; nothing where it may not be seen."""
    if not viewer.may("see rows"):
        return []
    if number not in {row["number"] for row in outlier_cases.cases(ledger, viewer)}:
        return []
    with ledger.read() as connection:
        return _of(connection, number)


def waiting(ledger: Ledger) -> Sequence[Row]:
    """The documents that nobody has looked into yet."""
    query = sa.select(CASE_DOCUMENT).where(CASE_DOCUMENT.c.state == "waiting")
    with ledger.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def files(ledger: Ledger) -> frozenset[str]:
    """The names at rest of the documents that wait or are kept."""
    query = sa.select(CASE_DOCUMENT.c.file).where(CASE_DOCUMENT.c.state.in_(("waiting", "kept")))
    with ledger.read() as connection:
        return frozenset(connection.execute(query).scalars())


def one(connection: sa.Connection, document: int) -> Row:
    """A document's row.

    Raises:
        LedgerError: if there is none of that number.
    """
    query = sa.select(CASE_DOCUMENT).where(CASE_DOCUMENT.c.number == document)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise LedgerError(f"no document {document}")
    return dict(row)


def _of(connection: sa.Connection, number: int) -> Sequence[Row]:
    query = sa.select(CASE_DOCUMENT).where(CASE_DOCUMENT.c.case_number == number)
    found = connection.execute(query.order_by(CASE_DOCUMENT.c.number)).mappings()
    return [dict(row) for row in found]


def _change(connection: sa.Connection, row: Row, state: str, note: str) -> None:
    changed = CASE_DOCUMENT.update().where(CASE_DOCUMENT.c.number == row["number"])
    connection.execute(changed.values(state=state, note=note or None))


def _tell(
    connection: sa.Connection,
    number: int,
    what: str,
    states: tuple[str, str],
    told: Mapping[str, Any],
    by: str,
    at: datetime,
) -> None:
    old, new = states
    append(connection, at, by, f"case: {what}", f"case {number}", old or None, new, told)
