"""Sessions: how long a sign-in is good for, asked at every click.

The provider vouches once; its signed cookie lasts a month. What it opens is kept here, so that
signing out, a closed account and time end it at once, whoever still holds the cookie.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from sql.accounts import Account, active, let_in
from sql.ledger import Ledger
from sql.ledger_events import append, utc
from sql.ledger_tables import SESSION

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SKEW = timedelta(minutes=5)  # by which the provider's clock may be ahead
MARKED_EVERY = timedelta(minutes=1)

Refusal = Literal["unverified", "no account", "disabled", "signed out", "idle", "too long"]


@dataclass(frozen=True)
class SignIn:
    """What the provider said of one sign-in, once it and its signature were checked."""

    issuer: str
    subject: str
    login: str
    is_verified: bool
    issued_at: datetime
    nonce: str

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> SignIn:
        """Of an ID token's claims; one without an address is of nobody we know."""
        return cls(
            str(claims["iss"]),
            str(claims["sub"]),
            str(claims.get("email") or ""),
            claims.get("email_verified") is True,
            datetime.fromtimestamp(int(claims["iat"]), UTC),
            str(claims.get("nonce") or ""),
        )

    @property
    def key(self) -> str:
        said = [self.issuer, self.subject, int(self.issued_at.timestamp()), self.nonce]
        return hashlib.sha256(json.dumps(said).encode("utf-8")).hexdigest()


def stand(ledger: Ledger, said: SignIn, *, at: datetime) -> Account | Refusal:
    """The account that a sign-in opens now, or why it opens none.

    Its first use begins a session; a session ends by signing out, by IDLE without a click, by
    LONGEST after the sign-in, and with its account. Each beginning and end is in the log, once.
    """
    with ledger.read() as connection:
        row = _row(connection, said.key)
        if row is not None and row["ended"] is not None:
            return _refusal(row["ended"])
        if row is not None and _is_marked(row, at) and _over(connection, row, at) is None:
            return _opened(connection, row)
    with ledger.write() as connection:
        row = _row(connection, said.key)
        if row is None:
            _begin(connection, said, at)
        elif row["ended"] is None:
            _go_on(connection, row, at)
        return _opened(connection, _row(connection, said.key) or {})


def standing(ledger: Ledger, said: SignIn, *, at: datetime) -> Account | Refusal:
    """The account that a sign-in opens at this moment; asking is no click, and begins nothing."""
    with ledger.read() as connection:
        row = _row(connection, said.key)
        if row is None:
            return "signed out"
        return _over(connection, row, at) or _opened(connection, row)


def is_over(ledger: Ledger, said: SignIn, *, at: datetime) -> bool:
    """True where a click now would find the session ended; asking is no click."""
    with ledger.read() as connection:
        row = _row(connection, said.key)
        return row is not None and _over(connection, row, at) is not None


def sign_out(ledger: Ledger, said: SignIn, *, at: datetime) -> None:
    """End a session; its cookie opens nothing from now on."""
    with ledger.write() as connection:
        row = _row(connection, said.key)
        if row is not None and row["ended"] is None:
            _end(connection, row, "signed out", at)


def _row(connection: sa.Connection, key: str) -> Mapping[str, Any] | None:
    query = sa.select(SESSION).where(SESSION.c.key == key)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def _is_marked(row: Mapping[str, Any], at: datetime) -> bool:
    return timedelta() <= at - datetime.fromisoformat(row["seen_at"]) < MARKED_EVERY


def _opened(connection: sa.Connection, row: Mapping[str, Any]) -> Account | Refusal:
    if row["ended"] is not None:
        return _refusal(row["ended"])
    return active(connection, row["account"]) or "disabled"


def _begin(connection: sa.Connection, said: SignIn, at: datetime) -> None:
    begun = {"key": said.key, "begun_at": utc(said.issued_at), "seen_at": utc(at)}
    why = _refused(said, at)
    subject = f"{said.issuer} {said.subject}"
    account = None if why else let_in(connection, said.login, subject, at=at)
    if account is not None:
        connection.execute(SESSION.insert().values(**begun, account=account.number))
        append(connection, at, account.login, "signed in", account.named, None, None, {})
        return
    why = why or "no account"
    connection.execute(SESSION.insert().values(**begun, ended_at=utc(at), ended=why))
    append(connection, at, said.login, "sign-in denied", why, None, None, {})


def _refused(said: SignIn, at: datetime) -> Refusal | None:
    if not said.is_verified:
        return "unverified"
    return None if -SKEW <= at - said.issued_at < LONGEST else "too long"


def _go_on(connection: sa.Connection, row: Mapping[str, Any], at: datetime) -> None:
    """Mark a session as used, or end it."""
    why = _over(connection, row, at)
    if why is None:
        _change(connection, row, {"seen_at": utc(at)})
    else:
        _end(connection, row, why, at)


def _over(connection: sa.Connection, row: Mapping[str, Any], at: datetime) -> Refusal | None:
    """Why a session opens nothing any more; None while it does."""
    if row["ended"] is not None or active(connection, row["account"]) is None:
        return _refusal(row["ended"] or "disabled")
    if at - datetime.fromisoformat(row["begun_at"]) >= LONGEST:
        return "too long"
    return "idle" if at - datetime.fromisoformat(row["seen_at"]) >= IDLE else None


def _refusal(written: str) -> Refusal:
    return next(one for one in get_args(Refusal) if one == written)


def _end(connection: sa.Connection, row: Mapping[str, Any], why: Refusal, at: datetime) -> None:
    _change(connection, row, {"ended_at": utc(at), "ended": why})
    named = f"account {row['account']}"
    append(connection, at, named, "session ended", named, None, None, {"why": why})


def _change(connection: sa.Connection, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    connection.execute(SESSION.update().where(SESSION.c.key == row["key"]).values(**values))
