"""The desk: what one viewer may ask and do at a registry's home.

Every method begins with the matrix (sql.access), for the site that the ledger names, and who did
it is kept as the account's login. What it does is said where it is done, in the module it asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from ingest import administering, erasure_order, outgoing
from ingest.desk_cases import CasesDesk
from ingest.desk_periods import PeriodsDesk
from ingest.desk_rights import may
from ingest.desk_submissions import SubmissionsDesk
from ingest.desk_views import ViewsDesk
from sql.accounts import Account, Rights
from sql.audit_log import Fault


class Desk(SubmissionsDesk, PeriodsDesk, CasesDesk, ViewsDesk):
    """All of it; here what the registry's own people do: messages, erasures, accounts, the log."""

    @may("see the outbox")
    def outbox(self) -> Sequence[dict[str, Any]]:
        """Every message, newest first; never what it says."""
        return outgoing.outbox(self.home, self.viewer)

    @may("erase a patient")
    def erasures(self) -> Sequence[Mapping[str, Any]]:
        """Every erasure there ever was, newest first."""
        return erasure_order.erasure_list(self.home, self.viewer)

    @may("erase a patient")
    def order_erasure(self, site: str, ids: Iterable[str], *, reason: str) -> int:
        """Order an erasure; nothing is erased before it is confirmed."""
        viewer, at = self.viewer, self.now
        return erasure_order.order_erasure(
            self.home, site, ids, reason=reason, viewer=viewer, at=at
        )

    @may("erase a patient")
    def confirm_erasure(self, number: int) -> None:
        """Let a previewed erasure be carried out: there is no way back."""
        erasure_order.confirm_erasure(self.home, number, viewer=self.viewer, at=self.now)

    @may("erase a patient")
    def cancel_erasure(self, number: int, *, reason: str) -> None:
        """Let a previewed erasure go."""
        viewer, at = self.viewer, self.now
        erasure_order.cancel_erasure(self.home, number, reason=reason, viewer=viewer, at=at)

    @may("manage accounts")
    def accounts(self) -> Sequence[Account]:
        """Every account there ever was, in the order made."""
        return administering.accounts(self.home, self.viewer)

    @may("manage accounts")
    def grant_account(self, login: str, name: str, rights: Rights) -> int:
        """Make an account; gives its number."""
        viewer, at = self.viewer, self.now
        return administering.grant_account(self.home, login, name, rights, viewer=viewer, at=at)

    @may("manage accounts")
    def agree_account(self, number: int) -> None:
        """Let a proposed admin in."""
        administering.agree_account(self.home, number, viewer=self.viewer, at=self.now)

    @may("manage accounts")
    def change_account(self, number: int, rights: Rights) -> None:
        """Give an account another role or other sites."""
        viewer, at = self.viewer, self.now
        administering.change_account(self.home, number, rights, viewer=viewer, at=at)

    @may("manage accounts")
    def disable_account(self, number: int, reason: str) -> None:
        """Close an account for good."""
        viewer, at = self.viewer, self.now
        administering.disable_account(self.home, number, reason, viewer=viewer, at=at)

    @may("read the audit log")
    def audit_events(self) -> pl.DataFrame:
        """The audit log, newest first."""
        return administering.audit_events(self.home, self.viewer)

    @may("read the audit log")
    def audit_faults(self) -> Sequence[Fault]:
        """Every event of the log that is not as it was written."""
        return administering.audit_faults(self.home, self.viewer)
