"""What a person says of a single table's file, which has no manifest of its own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from expectations.dictionary import manifest, site_tables
from ingest.nhs_numbers import holds_nhs_number


@dataclass(frozen=True)
class Form:
    """The manifest's fields of a single table's file.

    Without a period the file is judged alone, as a dry run may be; to be accepted it needs one.
    """

    table: str
    period_start: date | None = None
    period_end: date | None = None
    submission_type: str = "INCREMENTAL"
    reason: str = ""

    def __post_init__(self) -> None:
        types = manifest().columns["submission_type"].codes
        assert types is not None
        if self.table not in site_tables():
            raise ValueError(f"{self.table}: no table; one of {', '.join(site_tables())}")
        if self.submission_type not in types.codes:
            allowed = ", ".join(types.codes)
            raise ValueError(f"{self.submission_type}: no type of submission; one of {allowed}")
        if self.submission_type == "CORRECTION" and not self.reason.strip():
            raise ValueError("a correction needs a reason")
        if holds_nhs_number(self.reason):
            raise ValueError("the reason holds an NHS number; leave it out")

    def manifest(self, site: str) -> dict[str, str | None]:
        """The fields that a manifest would have told, as text."""
        days = (self.period_start, self.period_end)
        start, end = (day.isoformat() if day is not None else None for day in days)
        return {
            "submitting_site": site,
            "period_start": start,
            "period_end": end,
            "submission_type": self.submission_type,
            "reason": self.reason,
        }

    def told(self) -> str:
        """As the ledger keeps it."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def of(cls, told: str | None) -> Form | None:
        """The form that `told` gave; None for a whole export."""
        if told is None:
            return None
        said: dict[str, Any] = json.loads(told)
        for name in ("period_start", "period_end"):
            said[name] = date.fromisoformat(said[name]) if said[name] else None
        return cls(**said)
