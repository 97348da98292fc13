"""Who is sent a digest: role mailboxes, by the role and sites of each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import sqlalchemy as sa

from sql.access import Role, Viewer
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import RECIPIENT

OFTEN = {"daily": 1, "weekly": 7}  # days from one digest to the next

# One mailbox in ASCII, without any character that means something in a header.
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+'-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class Recipient:
    """A mailbox, and the role and sites by which it is told."""

    number: int
    address: str
    role: Role
    sites: tuple[str, ...]
    often: str

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.address, self.role, self.sites)


def address_of(text: str) -> str:
    """The address that a person gives.

    Raises:
        LedgerError: if it is not one plain mailbox.
    """
    if len(text) > LONGEST_ADDRESS or not ADDRESS.fullmatch(text):
        raise LedgerError("no plain e-mail address, such as audit.lead@trust.nhs.uk")
    return text


def add_recipient(
    ledger: Ledger,
    address: str,
    role: Role,
    sites: Sequence[str],
    *,
    often: str = "daily",
    by: str,
    at: datetime,
) -> int:
    """Have a mailbox told what a role at these sites has to act on; gives its number.

    Raises:
        LedgerError: if the address is none, the role has nothing to act on or not these
            sites, or the mailbox is told by this role already.
    """
    address, sites = address_of(address), tuple(dict.fromkeys(sites))
    viewer = Viewer(address, role, sites) if role in get_args(Role) else None
    if viewer is None or not viewer.may("see rows") or often not in OFTEN:
        raise LedgerError(f"nobody is told as {role}, {often}")
    if (viewer.reach("see rows") == "own") != bool(sites):
        needs = "say for which sites" if not sites else "has all sites; name none"
        raise LedgerError(f"{role}: {needs}")
    with ledger.write() as connection:
        if _standing(connection, address, role):
            raise LedgerError(f"{address} is told as {role} already; remove it first")
        digest = hashlib.sha256(address.encode("utf-8")).hexdigest()
        about = {"role": role, "sites": json.dumps(sites), "often": often}
        made = connection.execute(
            RECIPIENT.insert().values(**about, address=address, added_at=utc(at), added_by=by)
        )
        number = number_of(made)
        detail = about | {"sites": list(sites), "address_digest": digest}
        append(connection, at, by, "recipient added", f"recipient {number}", None, "told", detail)
    return number


def remove_recipients(
    ledger: Ledger, address: str, role: Role | None = None, *, by: str, at: datetime
) -> int:
    """Stop telling a mailbox, by one role or by all; gives how many recipients it was.

    What is still queued for it will not be sent.

    Raises:
        LedgerError: if it is told nothing.
    """
    with ledger.write() as connection:
        found = _standing(connection, address, role)
        if not found:
            raise LedgerError("no such recipient; list them: ire-audit notify list")
        for one in found:
            connection.execute(
                RECIPIENT.update()
                .where(RECIPIENT.c.number == one.number)
                .values(removed_at=utc(at), removed_by=by)
            )
            subject = f"recipient {one.number}"
            append(connection, at, by, "recipient removed", subject, "told", "removed", {})
    return len(found)


def recipients(ledger: Ledger) -> list[Recipient]:
    """Those who are told, in the order added."""
    with ledger.read() as connection:
        return _standing(connection)


def _standing(
    connection: sa.Connection, address: str | None = None, role: str | None = None
) -> list[Recipient]:
    query = sa.select(RECIPIENT).where(RECIPIENT.c.removed_at.is_(None))
    if address is not None:
        query = query.where(sa.func.lower(RECIPIENT.c.address) == address.lower())
    if role is not None:
        query = query.where(RECIPIENT.c.role == role)
    rows = connection.execute(query.order_by(RECIPIENT.c.number)).mappings()
    return [
        Recipient(r["number"], r["address"], r["role"], tuple(json.loads(r["sites"])), r["often"])
        for r in rows
    ]
