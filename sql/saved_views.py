"""Saved views: addresses of pages that a person keeps, each under a name of their own.

A view holds an address and no figure: what it shows is read by the rights of whoever opens it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa

from sql.access import Viewer
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import ACCOUNT, SAVED_VIEW
from sql.written_alone import SHORTEST

MOST = 30  # of one person
LONGEST_NAME, LONGEST_ADDRESS = 60, 1000  # characters
RECORD = "record"  # the page whose address names a procedure


@dataclass(frozen=True)
class SavedView:
    """One view of a person.

    Attributes:
        address: the page's path and its query, as in a URL: compliance?rule=C11.
    """

    number: int
    name: str
    address: str

    @property
    def page(self) -> str:
        return self.address.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.address.partition("?")[2], keep_blank_values=True))


def address_of(page: str, query: Mapping[str, str]) -> str:
    """The address of a page with what is chosen there."""
    return f"{page}?{urlencode(query)}" if query else page


def saved_views(ledger: Ledger, viewer: Viewer) -> Sequence[SavedView]:
    """A person's own views by name, whatever its case."""
    with ledger.read() as connection:
        return _of(connection, owner_of(connection, viewer))


def save(ledger: Ledger, viewer: Viewer, name: str, address: str, *, at: datetime) -> int:
    """Keep an address under a name; gives the view's number.

    Raises:
        LedgerError: if the name is none, too long or given already, if there are too many views,
            or the account is closed.
    """
    name = _checked(name)
    if len(address) > LONGEST_ADDRESS:
        raise LedgerError(f"This page's address is too long to keep: {len(address)} characters.")
    with ledger.write() as connection:
        owner = owner_of(connection, viewer)
        if owner is None:
            raise LedgerError("This account is closed: nothing more is kept for it.")
        known = _of(connection, owner)
        if len(known) >= MOST:
            raise LedgerError(f"You keep {MOST} views already: delete one first.")
        _require_new(name, known)
        values = {"owner": owner, "name": name, "address": address, "saved_at": utc(at)}
        number = number_of(connection.execute(SAVED_VIEW.insert().values(**values)))
        _tell(connection, viewer, number, "view saved", at)
        return number


def rename(ledger: Ledger, viewer: Viewer, number: int, name: str, *, at: datetime) -> None:
    """Give one's view another name.

    Raises:
        LedgerError: if it is not theirs, or for the name as `save` does.
    """
    name = _checked(name)
    with ledger.write() as connection:
        known = _of(connection, owner_of(connection, viewer))
        of_it = _mine(number, known)
        _require_new(name, [one for one in known if one.number != number])
        connection.execute(SAVED_VIEW.update().where(of_it).values(name=name))
        _tell(connection, viewer, number, "view renamed", at)


def delete(ledger: Ledger, viewer: Viewer, number: int, *, at: datetime) -> None:
    """Let one's view go.

    Raises:
        LedgerError: if it is not theirs.
    """
    with ledger.write() as connection:
        of_it = _mine(number, _of(connection, owner_of(connection, viewer)))
        connection.execute(SAVED_VIEW.delete().where(of_it))
        _tell(connection, viewer, number, "view deleted", at)


def owner_of(connection: sa.Connection, viewer: Viewer) -> str | None:
    """Whose it is: an account's by its number, as a login may be given anew to another person.

    A demo's persona without a login is known by who it is. None: the account is closed by now.
    """
    if not viewer.login:
        return viewer.by
    is_theirs = (ACCOUNT.c.login == viewer.login.lower()) & (ACCOUNT.c.state == "active")
    number = connection.execute(sa.select(ACCOUNT.c.number).where(is_theirs)).scalar()
    return None if number is None else f"account {number}"


def forget_records(connection: sa.Connection, ids: Mapping[str, Collection[str]]) -> None:
    """Delete every person's views that tell of erased records, in their address or their name.

    Args:
        ids: the records', by site.
    """
    for one in _views(connection, sa.select(SAVED_VIEW)):
        if _tells_of(one, ids):
            connection.execute(SAVED_VIEW.delete().where(SAVED_VIEW.c.number == one.number))


def _tells_of(view: SavedView, ids: Mapping[str, Collection[str]]) -> bool:
    """Is it of such a record, or does such an id stand in it, as a word of its own?

    The page of another site's record may name a record that has the same id.
    """
    query, is_record = view.query, view.page == RECORD
    sites = [query["site"]] if is_record and "site" in query else list(ids)
    sought = {one for site in sites for one in ids.get(site, ())}
    if is_record and query.get("procedure") in sought:
        return True
    said = "\n".join([view.name, *query.values()]).casefold()
    return any(
        re.search(rf"(?<![^\W_]){re.escape(one.casefold())}(?![^\W_])", said) is not None
        for one in sought
        if len(one) >= SHORTEST
    )


def _of(connection: sa.Connection, owner: str | None) -> list[SavedView]:
    found = _views(connection, sa.select(SAVED_VIEW).where(SAVED_VIEW.c.owner == owner))
    return sorted(found, key=lambda one: (one.name.casefold(), one.number))


def _views(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[SavedView]:
    rows = connection.execute(query).mappings()
    return [SavedView(row["number"], row["name"], row["address"]) for row in rows]


def _checked(name: str) -> str:
    """A name on one line, without signs that control."""
    shown = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in name)
    shown = " ".join(shown.split())
    if not shown:
        raise LedgerError("Give the view a name.")
    if len(shown) > LONGEST_NAME:
        raise LedgerError(f"A name has at most {LONGEST_NAME} characters; this has {len(shown)}.")
    return shown


def _require_new(name: str, known: Collection[SavedView]) -> None:
    if any(one.name == name for one in known):
        raise LedgerError("You have a view of this name already: choose another.")


def _mine(number: int, known: Collection[SavedView]) -> sa.ColumnElement[bool]:
    if all(one.number != number for one in known):
        raise LedgerError("There is no such view any more.")
    return SAVED_VIEW.c.number == number


def _tell(
    connection: sa.Connection, viewer: Viewer, number: int, action: str, at: datetime
) -> None:
    """Log what was done, and neither the name nor the address: either may name a patient."""
    append(connection, at, viewer.by, action, f"view {number}", None, None, {})
