"""The ledger's rows as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

Schema = Mapping[str, type[pl.DataType] | pl.DataType]

SUBMISSION_SCHEMA: Schema = {
    "submission_id": pl.String,
    "site_ods_code": pl.String,
    "state": pl.String,
    "filename": pl.String,
    "bytes": pl.Int64,
    "sha256": pl.String,
    "received_at": pl.String,
    "received_by": pl.String,
    "attempts": pl.Int64,
    "period_start": pl.String,
    "period_end": pl.String,
    "submission_type": pl.String,
    "extract_datetime": pl.String,
    "nil_return": pl.Boolean,
    "canonical_digest": pl.String,
    "acceptance_number": pl.Int64,
    "code": pl.String,
    "records_read": pl.Int64,
    "records_excluded": pl.Int64,
    "findings_F": pl.Int64,
    "findings_R": pl.Int64,
    "findings_B": pl.Int64,
    "findings_W": pl.Int64,
    "decided_at": pl.String,
    "note": pl.String,
}
SIGN_OFF_SCHEMA: Schema = {"number": pl.Int64} | dict.fromkeys(
    (
        *("site_ods_code", "period_start", "period_end", "signed_by", "signed_at", "text"),
        *("voided_at", "voided_by", "void_reason"),
    ),
    pl.String,
)
REQUEST_SCHEMA: Schema = {"number": pl.Int64} | dict.fromkeys(
    ("kind", "by", "reason", "at", "outcome"), pl.String
)
LOCK_SCHEMA: Schema = {"number": pl.Int64} | dict.fromkeys(
    (
        *("period_start", "period_end", "locked_by", "locked_at", "reason"),
        *("unlocked_by", "unlocked_at", "unlock_reason"),
    ),
    pl.String,
)


def timed(rows: Sequence[Mapping[str, Any]], schema: Schema) -> pl.DataFrame:
    """The ledger's rows with its texts of days and moments typed; moments are UTC."""
    frame = pl.DataFrame([{n: row[n] for n in schema} for row in rows], schema=schema, orient="row")
    days = [name for name in ("period_start", "period_end") if name in schema]
    return frame.with_columns(
        pl.col(days).str.to_date("%Y-%m-%d"),
        pl.col(name for name in schema if name == "at" or name.endswith("_at")).str.to_datetime(
            "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC"
        ),
    )
