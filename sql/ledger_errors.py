"""Why a ledger does not do what it is asked, each in words for the person who asked."""

from __future__ import annotations


class LedgerError(Exception):
    """A move that the ledger does not allow."""


class LedgerNewer(LedgerError):
    """The ledger was brought up to date by a later version than this one."""
