"""Why a ledger does not do what it is asked, each in words for the person who asked."""

from __future__ import annotations


class LedgerError(Exception):
    """A move that the ledger does not allow."""


class LedgerNewer(LedgerError):
    """The ledger was brought up to date by a later version than this one."""


class LedgerUnusable(LedgerError):
    """The ledger's database is not one that a ledger may be kept in."""


class LedgerAway(Exception):
    """The ledger's database does not answer, or keeps nothing more, for now.

    Not a LedgerError: what was asked is not refused, and may be asked again.
    """


AWAY = (
    "The ledger's database cannot be reached. What was entered before is kept, and this comes "
    "back by itself: wait a minute, then try again."
)
UNTRUSTED = (
    "The ledger's database did not show the certificate that this registry asks for, so it was "
    "told nothing. What was entered before is kept: the registry team has to look at the server's "
    "certificate, and at sslrootcert and the host in IRE_LEDGER_URL."
)
BUSY = (
    "The ledger was busy for more than 10 seconds, so this was not entered: wait a minute, then "
    "try again."
)
FULL = (
    "The disk of the ledger's database is full, so this was not entered. What was entered before "
    "is kept: the registry team has to free some space, then try again."
)
UNKNOWN = (
    "The connection to the ledger's database was lost while this was being entered: look whether "
    "it is there, then enter it again only if it is not."
)
