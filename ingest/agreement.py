"""What is decided by one, and what by two: the site, and the registry team with a reason.

What somebody saw is what is decided: each decision names the digest of the list shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ingest.nhs_numbers import holds_nhs_number
from sql.agreements import agree, agreed
from sql.ledger import Ledger, LedgerError
from sql.requests import Kind

LISTED = ["rule", "table", "key", "column", "line", "is_protected"]


def require_no_number(text: str) -> None:
    """Refuse words for the ledger that hold an NHS number: it keeps them for good.

    Raises:
        LedgerError: in words for the person who wrote them, without the number.
    """
    if holds_nhs_number(text):
        raise LedgerError("the text holds an NHS number; write it without")


@dataclass(frozen=True)
class Decision:
    """One person's word on one submission."""

    submission_id: str
    action: Kind
    by: str
    at: datetime
    reason: str = ""
    for_registry: bool = False

    def __post_init__(self) -> None:
        require_no_number(self.reason)


@dataclass(frozen=True)
class Agreed:
    """Who decided: the person of the site and, where it needs two, of the registry team."""

    by: str
    agreed_by: str | None = None
    agreed_reason: str | None = None


def exclusions_digest(exclusions: pl.DataFrame) -> str:
    """The digest of a report's list of exclusions, whatever their order."""
    cells = [pl.col(name).cast(pl.String).fill_null(_NOTHING) for name in LISTED]
    rows = exclusions.select(pl.concat_str(cells, separator=_CELL).alias("row"))["row"].sort()
    return digest_of("exclusions", *rows)


_CELL, _NOTHING = "\x1f", "\x00"


def digest_of(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def settle(ledger: Ledger, decision: Decision, digest: str, *, why_two: str | None) -> Agreed:
    """Record a person's word, and give who decided once everybody needed has said so.

    Args:
        digest: of exactly what is decided.
        why_two: why the registry team must agree as well, as a clause; None where the
            site decides alone.

    Raises:
        LedgerError: while one of the two is still to agree, or a reason is missing.
    """
    if why_two is None:
        if decision.for_registry:
            raise LedgerError("nothing here needs the registry team: the site decides")
        return Agreed(decision.by)
    if decision.for_registry and not decision.reason.strip():
        raise LedgerError("the registry team agrees with a reason only")
    agree(
        ledger,
        decision.submission_id,
        decision.action,
        "registry" if decision.for_registry else "site",
        digest=digest,
        by=decision.by,
        at=decision.at,
        reason=decision.reason,
    )
    sides = agreed(ledger, decision.submission_id, decision.action, digest)
    if "registry" not in sides:
        raise LedgerError(f"{why_two}: the registry team must agree; what you asked is recorded")
    if "site" not in sides:
        raise LedgerError(f"{why_two}: the site must ask for it too; your agreement is recorded")
    registry = sides["registry"]
    return Agreed(sides["site"]["by"], registry["by"], registry["reason"])
