"""What the ledger keeps of a submission, once it has been checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.pipeline import Verdict


def of_manifest(told: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger's columns of an accepted submission, from its manifest."""
    same = (
        "acceptance_number",
        "period_start",
        "period_end",
        "submission_type",
        "extract_datetime",
        "nil_return",
        "canonical_digest",
        "records_read",
        "records_excluded",
    )
    counts = {f"findings_{severity}": n for severity, n in told["findings"].items()}
    return {name: told[name] for name in same} | counts | {"decided_at": told["accepted_at"]}


def of_verdict(verdict: Verdict, at: datetime) -> dict[str, Any]:
    """The ledger's columns of a submission that was not accepted."""
    kept = verdict.kept
    columns: dict[str, Any] = {f"findings_{severity}": n for severity, n in kept.counts.items()}
    columns["records_read"] = sum(kept.words["records"].values())
    columns["decided_at"] = at.isoformat()
    if verdict.assessment is None:
        return columns
    said = verdict.assessment.submission
    return columns | {
        "period_start": said.period_start.isoformat() if said.period_start else None,
        "period_end": said.period_end.isoformat() if said.period_end else None,
        "submission_type": said.submission_type,
        "extract_datetime": said.extract_datetime.isoformat(),
        "nil_return": said.nil_return,
        "canonical_digest": verdict.assessment.digest,
    }
