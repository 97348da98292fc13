"""Accounts: who may sign in, with which role and for which sites; two people make an admin."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from sql.access import MATRIX, Role, Viewer
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import append, number_of, utc
from sql.ledger_tables import ACCOUNT, SAVED_VIEW, VISIT
from sql.recipients import address_of

ADMIN: Role = "registry admin"
FEWEST_ADMINS = 2  # one of them cannot make another alone

State = Literal["proposed", "active", "disabled"]


@dataclass(frozen=True)
class Account:
    """One person's account.

    Attributes:
        login: the e-mail address that the sign-in provider gives and vouches for.
        subject: the provider's own name of the person, bound at the first sign-in: whoever is
            given the address later is not let in by it.
        state: proposed until a second admin agrees (an admin), active, or disabled.
    """

    number: int
    login: str
    name: str
    role: Role
    sites: tuple[str, ...]
    trust: str | None
    state: State
    subject: str | None
    granted_by: str
    granted_at: str

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.name, self.role, self.sites, self.trust, self.login)

    @property
    def named(self) -> str:
        return f"account {self.number}"


@dataclass(frozen=True)
class Rights:
    """What an account may be: a role, and for a role with own rows its sites."""

    role: Role
    sites: tuple[str, ...] = ()
    trust: str | None = None

    def checked(self, registered: Collection[str]) -> Rights:
        """The same.

        Raises:
            LedgerError: if there is no such role, or it does not go with these sites.
        """
        if self.role not in get_args(Role):
            raise LedgerError(f"no such role; one of: {', '.join(get_args(Role))}")
        has_own = "own" in MATRIX[self.role].values()
        if has_own != bool(self.sites):
            needs = "has all sites or none; name none" if self.sites else "say for which sites"
            raise LedgerError(f"{self.role}: {needs}")
        unknown = [site for site in self.sites if site not in registered]
        if unknown:
            raise LedgerError(f"{', '.join(unknown)}: no such site in the register")
        return self

    @property
    def columns(self) -> Mapping[str, Any]:
        return {"role": self.role, "sites": json.dumps(self.sites), "trust": self.trust}


def first_admins(named: Mapping[str, str]) -> dict[str, str]:
    """The names of a registry's first admins by their logins.

    Raises:
        LedgerError: if it is not two people at least, each with an address and a name.
    """
    logins = {address_of(login).lower(): name.strip() for login, name in named.items()}
    if len(logins) < FEWEST_ADMINS or not all(logins.values()):
        raise LedgerError(f"name {FEWEST_ADMINS} people at least as admins: --admin LOGIN=NAME")
    return logins


def begin(ledger: Ledger, admins: Mapping[str, str], *, at: datetime) -> None:
    """Name the first admins of a registry, by login: they are active at once.

    Raises:
        LedgerError: if there are accounts already, or not two people at least.
    """
    logins = first_admins(admins)
    with ledger.write() as connection:
        if connection.execute(sa.select(ACCOUNT.c.number).limit(1)).first():
            raise LedgerError("this registry has accounts already")
        for login, name in logins.items():
            about = {**Rights(ADMIN).columns, "login": login, "name": name}
            _insert(connection, about, "active", by="ire-audit init", at=at)


def grant(
    ledger: Ledger,
    login: str,
    name: str,
    rights: Rights,
    *,
    registered: Collection[str],
    by: str,
    at: datetime,
) -> int:
    """Make an account; an admin's is proposed, until another admin agrees. Gives its number.

    Args:
        registered: the sites of the register.
        by: the login of an active admin.

    Raises:
        LedgerError: if `by` is no admin, the login has an account, or the rights do not fit.
    """
    login, rights = address_of(login).lower(), rights.checked(registered)
    with ledger.write() as connection:
        _require_admin(connection, by)
        if any(one.login == login and one.state != "disabled" for one in _accounts(connection)):
            raise LedgerError("this login has an account already; change it instead")
        state: State = "proposed" if rights.role == ADMIN else "active"
        about = {**rights.columns, "login": login, "name": name}
        return _insert(connection, about, state, by=by, at=at)


def agree(ledger: Ledger, number: int, *, by: str, at: datetime) -> None:
    """Let a proposed admin in: another admin than the one who proposed.

    Raises:
        LedgerError: if nothing is proposed, or `by` proposed it, or is it.
    """
    with ledger.write() as connection:
        account, agreeing = _one(connection, number), _require_admin(connection, by)
        if account.state != "proposed":
            raise LedgerError(f"account {number} is {account.state}; nothing is proposed")
        if agreeing.login in (account.granted_by, account.login):
            raise LedgerError("an admin is made by two people: another admin has to agree")
        _update(connection, account, {"state": "active"}, "account agreed", by=by, at=at)


def change(
    ledger: Ledger,
    number: int,
    rights: Rights,
    *,
    registered: Collection[str],
    by: str,
    at: datetime,
) -> None:
    """Give an account another role or other sites; they hold from the next click on.

    Raises:
        LedgerError: if the account is not active, is one's own, or the rights do not fit.
    """
    rights = rights.checked(registered)
    with ledger.write() as connection:
        account = _one(connection, number)
        _require_other(connection, account, by)
        if account.state != "active":
            raise LedgerError(f"account {number} is {account.state}; only an active one is changed")
        if ADMIN in (account.role, rights.role):
            raise LedgerError(
                "an admin's account is made by two people and keeps its role: disable it, and "
                "make another"
            )
        _update(connection, account, rights.columns, "account changed", by=by, at=at)


def disable(ledger: Ledger, number: int, *, reason: str, by: str, at: datetime) -> None:
    """Close an account for good, with what it kept; no click opens anything any more.

    Raises:
        LedgerError: without a reason, for one's own, or where too few admins would be left.
    """
    if not reason.strip():
        raise LedgerError("say why the account is disabled")
    with ledger.write() as connection:
        account = _one(connection, number)
        _require_other(connection, account, by)
        if account.state == "disabled":
            raise LedgerError(f"account {number} is disabled already")
        admins = [one for one in _accounts(connection) if _is_active_admin(one)]
        if _is_active_admin(account) and len(admins) <= FEWEST_ADMINS:
            raise LedgerError(f"{FEWEST_ADMINS} admins have to be left: make another first")
        said = {"reason": reason}
        _update(connection, account, {"state": "disabled"}, "account disabled", said, by=by, at=at)
        for kept in (SAVED_VIEW, VISIT):
            connection.execute(kept.delete().where(kept.c.owner == account.named))


def let_in(connection: sa.Connection, login: str, subject: str, *, at: datetime) -> Account | None:
    """The active account of a person whom the provider vouches for; None: there is none.

    Args:
        login: an e-mail address that the provider has verified.
        subject: the provider's own name of the person, never given to another.
    """
    for account in _accounts(connection):
        if account.state != "active" or account.login != login.lower():
            continue
        if account.subject is None:
            account = _update(
                connection, account, {"subject": subject}, "account bound", by=login, at=at
            )
        if account.subject == subject:
            return account
    return None


def active(connection: sa.Connection, number: int) -> Account | None:
    """The account of this number as it is now; None where it may sign in no more."""
    account = _one(connection, number)
    return account if account.state == "active" else None


def accounts(ledger: Ledger) -> Sequence[Account]:
    """Every account there ever was, in the order made."""
    with ledger.read() as connection:
        return _accounts(connection)


def _accounts(connection: sa.Connection) -> list[Account]:
    rows = connection.execute(sa.select(ACCOUNT).order_by(ACCOUNT.c.number)).mappings()
    return [Account(**{**row, "sites": tuple(json.loads(row["sites"]))}) for row in rows]


def _one(connection: sa.Connection, number: int) -> Account:
    for account in _accounts(connection):
        if account.number == number:
            return account
    raise LedgerError(f"no account {number}; list them: ire-audit account list")


def _is_active_admin(account: Account) -> bool:
    return account.role == ADMIN and account.state == "active"


def _require_admin(connection: sa.Connection, by: str) -> Account:
    for account in _accounts(connection):
        if _is_active_admin(account) and account.login == by.lower():
            return account
    raise LedgerError("accounts are managed by a registry admin; say who: --by LOGIN")


def _require_other(connection: sa.Connection, account: Account, by: str) -> None:
    if _require_admin(connection, by).number == account.number:
        raise LedgerError("nobody changes their own account: ask another admin")


def _insert(
    connection: sa.Connection, about: Mapping[str, Any], state: State, *, by: str, at: datetime
) -> int:
    columns = {**about, "state": state, "granted_by": by.lower(), "granted_at": utc(at)}
    number = number_of(connection.execute(ACCOUNT.insert().values(**columns)))
    detail = {name: about[name] for name in ("role", "sites", "trust")}
    append(connection, at, by, "account granted", f"account {number}", None, state, detail)
    return number


def _update(
    connection: sa.Connection,
    account: Account,
    values: Mapping[str, Any],
    action: str,
    said: Mapping[str, Any] | None = None,
    *,
    by: str,
    at: datetime,
) -> Account:
    """Change an account, and tell the log of all but the subject, which is a person's name."""
    connection.execute(ACCOUNT.update().where(ACCOUNT.c.number == account.number).values(**values))
    now = _one(connection, account.number)
    detail = {
        **(said or {}),
        **{name: values[name] for name in ("role", "sites", "trust") if name in values},
    }
    append(connection, at, by, action, account.named, account.state, now.state, detail)
    return now
