"""The report of a submission as frames: one schema for what writes it and what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

FINDING_SCHEMA = {
    "rule": pl.String,
    "code": pl.String,
    "severity": pl.String,
    "table": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "key": pl.String,
    "message": pl.String,
    "fix": pl.String,
    "finding_id": pl.String,
    "indicators": pl.String,  # ids joined by "; "
    "procedures": pl.Int64,
    "case": pl.String,  # the procedure concerned, or the record's key where there is none
    "period": pl.String,  # the quarter of that procedure
    "is_held": pl.Boolean,  # on a record accepted before: file and line are of that export
    "status": pl.String,  # new or persisting
    "answer": pl.String,  # the reason given, while an answer stands
}
KEPT_SCHEMA = FINDING_SCHEMA | {"record_key": pl.String}  # as it stands at rest, never shown
EXCLUSION_SCHEMA = {
    "rule": pl.String,
    "table": pl.String,
    "key": pl.String,
    "column": pl.String,
    "line": pl.Int64,
    "is_protected": pl.Boolean,
}


def findings_told(findings: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The findings that a report tells, KEPT_SCHEMA; what an older report lacks is null."""
    return pl.DataFrame(findings, schema=KEPT_SCHEMA, orient="row")
