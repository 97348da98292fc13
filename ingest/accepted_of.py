"""The ledger's accepted submissions with their folders: a walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.home import Home
from sql.walk import Accepted


def accepted_of(
    home: Home, rows: Iterable[Mapping[str, Any]], site: str | None = None
) -> list[Accepted]:
    """The rows of Ledger.walk as the walk's submissions, of one site or of all."""
    return [
        Accepted(
            submission_id=row["submission_id"],
            site_ods_code=row["site_ods_code"],
            acceptance_number=row["acceptance_number"],
            submission_type=row["submission_type"],
            folder=home.submission_folder(row["submission_id"]),
        )
        for row in rows
        if site in (None, row["site_ods_code"])
    ]
