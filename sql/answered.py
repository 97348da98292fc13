"""The answers that a release knows of: which queries the sites have said are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from sql.frames import make

Answers = Sequence[Mapping[str, Any]]

SCHEMA: Mapping[str, type[pl.DataType] | pl.DataType] = {
    "site_id": pl.String,
    "finding_id": pl.String,
    "value_digest": pl.String,
    "answer": pl.String,
    "answered_by": pl.String,
    "answered_at": pl.Datetime("us"),
    "answered_until": pl.Date,
}


def stage_answers(connection: duckdb.DuckDBPyConnection, answers: Answers) -> None:
    """Make walk_answer: the answers that stand, one a finding.

    Args:
        answers: the ledger's rows, as `sql.ledger_answers.standing` gives them.
    """
    rows = [
        (
            row["site_ods_code"],
            row["finding_id"],
            row["value_digest"],
            row["reason"],
            row["by"],
            datetime.fromisoformat(row["at"]).replace(tzinfo=None),
            date.fromisoformat(row["expires"]),
        )
        for row in answers
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    make(connection, "walk_answer", frame)
