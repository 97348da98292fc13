"""What an account was refused, saw and took away, in the audit log; a demo's personas have none.

Said are pages, actions, sites and names of files: never a row, and never a record's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sql.access import AccessDenied, Viewer
from sql.ledger import Ledger

DENIED, DOWNLOADED, ROWS_SEEN = "denied", "downloaded", "rows seen"
LONGEST_SITE = 6  # an ODS code; whatever is longer is no site, and may be anything


def denied(home: Path, viewer: Viewer, denial: AccessDenied, *, at: datetime, of: str = "") -> None:
    """Log a denial once, wherever it passes by.

    Args:
        of: the page or file that was asked for, where the denial names no action.
    """
    if denial.is_logged:
        return
    site = denial.site or ""
    detail = {"site": site} if site.isalnum() and len(site) <= LONGEST_SITE else {}
    if of and denial.action:
        detail |= {"of": of}
    _tell(home, viewer, DENIED, denial.action or of, detail, at)
    denial.is_logged = True


def downloaded(home: Path, viewer: Viewer, name: str, *, release: int | None, at: datetime) -> None:
    """Log that a file was made for an account."""
    _tell(home, viewer, DOWNLOADED, name, {} if release is None else {"release": release}, at)


def rows_seen(home: Path, viewer: Viewer, page: str, *, release: int, at: datetime) -> None:
    """Log that a page of a release was shown to an account that sees rows."""
    sites = list(viewer.sites) or "all"
    _tell(home, viewer, ROWS_SEEN, page, {"sites": sites, "release": release}, at)


def _tell(
    home: Path, viewer: Viewer, action: str, subject: str, detail: Mapping[str, Any], at: datetime
) -> None:
    if viewer.login:
        with Ledger(home / "ledger.sqlite") as ledger:
            ledger.append(action, subject, by=viewer.login, at=at, detail=detail)
