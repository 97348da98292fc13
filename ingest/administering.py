"""Sessions of a home; its accounts and audit log, for a registry admin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from ingest.home import open_home
from ingest.ledger_frames import Schema, timed
from ingest.register import registered_sites
from sql import accounts as kept
from sql import audit_log, sessions
from sql.access import Action, Viewer, require
from sql.accounts import Account, Rights
from sql.audit_log import Fault
from sql.kept_releases import anchors
from sql.ledger import Ledger
from sql.sessions import Refusal, SignIn

EVENT_SCHEMA: Schema = {"number": pl.Int64} | dict.fromkeys(
    ("at", "by", "action", "subject", "old", "new", "detail", "hash"), pl.String
)


def stand(home: Path, said: SignIn, *, at: datetime) -> Account | Refusal:
    """The account that a sign-in opens now, or why it opens none; see sql.sessions.stand."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return sessions.stand(ledger, said, at=at)


def standing(home: Path, said: SignIn, *, at: datetime) -> Account | Refusal:
    """What a sign-in opens at this moment, asked without a click; see sql.sessions.standing."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return sessions.standing(ledger, said, at=at)


def is_over(home: Path, said: SignIn, *, at: datetime) -> bool:
    """True where a click now would find the session ended."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return sessions.is_over(ledger, said, at=at)


def sign_out(home: Path, said: SignIn, *, at: datetime) -> None:
    """End a session."""
    with Ledger(open_home(home).ledger_path) as ledger:
        sessions.sign_out(ledger, said, at=at)


def accounts(home: Path, viewer: Viewer) -> Sequence[Account]:
    """Every account there ever was, in the order made."""
    with _ledger(home, viewer, "manage accounts") as ledger:
        return kept.accounts(ledger)


def grant_account(
    home: Path, login: str, name: str, rights: Rights, *, viewer: Viewer, at: datetime
) -> int:
    """Make an account; see sql.accounts.grant."""
    with _ledger(home, viewer, "manage accounts") as ledger:
        sites, by = registered_sites(open_home(home).newest_register()), viewer.login
        return kept.grant(ledger, login, name, rights, registered=sites, by=by, at=at)


def agree_account(home: Path, number: int, *, viewer: Viewer, at: datetime) -> None:
    """Let a proposed admin in; see sql.accounts.agree."""
    with _ledger(home, viewer, "manage accounts") as ledger:
        kept.agree(ledger, number, by=viewer.login, at=at)


def change_account(
    home: Path, number: int, rights: Rights, *, viewer: Viewer, at: datetime
) -> None:
    """Give an account another role or other sites; see sql.accounts.change."""
    with _ledger(home, viewer, "manage accounts") as ledger:
        sites, by = registered_sites(open_home(home).newest_register()), viewer.login
        kept.change(ledger, number, rights, registered=sites, by=by, at=at)


def disable_account(home: Path, number: int, reason: str, *, viewer: Viewer, at: datetime) -> None:
    """Close an account for good; see sql.accounts.disable."""
    with _ledger(home, viewer, "manage accounts") as ledger:
        kept.disable(ledger, number, reason=reason, by=viewer.login, at=at)


def audit_events(home: Path, viewer: Viewer) -> pl.DataFrame:
    """The audit log, newest first: the columns of EVENT_SCHEMA, times in UTC."""
    with _ledger(home, viewer, "read the audit log") as ledger:
        return timed(ledger.events(), EVENT_SCHEMA).reverse()


def audit_faults(home: Path, viewer: Viewer) -> Sequence[Fault]:
    """Every event of the log that is not as it was written."""
    with _ledger(home, viewer, "read the audit log") as ledger:
        return audit_log.faults(ledger, anchors(home))


def _ledger(home: Path, viewer: Viewer, action: Action) -> Ledger:
    require(viewer, action)
    return Ledger(open_home(home).ledger_path)
