"""The report of a submission as frames: one schema for what writes it and what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from ingest.agreement import exclusions_digest

NEW, PERSISTING = "new", "persisting"

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
# As it stands at rest, never shown: the record, and the keyed digest of a query's value.
KEPT_SCHEMA = FINDING_SCHEMA | {"record_key": pl.String, "value_digest": pl.String}
EXCLUSION_SCHEMA = {
    "rule": pl.String,
    "table": pl.String,
    "key": pl.String,
    "column": pl.String,
    "line": pl.Int64,
    "is_protected": pl.Boolean,
}
CUT_SCHEMA = {
    "rule": pl.String,
    "severity": pl.String,
    "table": pl.String,
    "column": pl.String,
    "findings": pl.Int64,  # how many there are
    "listed": pl.Int64,
}


def counted(findings: pl.DataFrame, cut: pl.DataFrame, severity: str) -> int:
    """All findings of a severity: those listed, and of the kinds that are cut the others."""
    listed = findings.filter(pl.col("severity") == severity).height
    rest = cut.filter(pl.col("severity") == severity).select(pl.col("findings") - pl.col("listed"))
    return listed + int(rest.to_series().sum())


@dataclass(frozen=True)
class Since:
    """What has changed since the site's last checked submission."""

    submission_id: str
    received_at: datetime
    new: int
    persisting: int
    untouched: int  # earlier findings on records that this export leaves alone
    resolved: pl.DataFrame  # FINDING_SCHEMA and effect, of earlier findings that are no more
    not_listed: int = 0  # more that are no more, of kinds that were not listed whole


@dataclass(frozen=True)
class Report:
    """What the check said of a submission."""

    verdict: str
    records: dict[str, int]
    notices: tuple[str, ...]
    not_evaluated: tuple[str, ...]  # rules whose tables were not there
    not_evaluable: dict[str, int]  # by rule, the rows on which it could not say yes or no
    findings: pl.DataFrame  # FINDING_SCHEMA and effect, listed, those that do most first
    exclusions: pl.DataFrame
    since: Since | None  # None where the site had sent nothing before
    # The kinds of which only the first findings are listed, CUT_SCHEMA.
    cut: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CUT_SCHEMA))

    @property
    def exclusions_digest(self) -> str:
        """Of the list of exclusions: who accepts it says which list was shown."""
        return exclusions_digest(self.exclusions)

    def count(self, severity: str) -> int:
        """All findings of a severity, listed or not."""
        return counted(self.findings, self.cut, severity)

    @property
    def total(self) -> int:
        """All findings, listed or not."""
        return sum(map(self.count, "FRBW"))


def with_answers(findings: pl.DataFrame, standing: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The findings with the reason of the `answer` that stands for them, or null.

    An answer to another value than the present one doesn't stand: the query is open again.
    """
    schema = dict.fromkeys(("finding_id", "value_digest", "reason"), pl.String)
    given = pl.DataFrame([{n: row[n] for n in schema} for row in standing], schema=schema)
    return findings.drop("answer", strict=False).join(
        given.rename({"reason": "answer"}).unique(["finding_id", "value_digest"], keep="last"),
        on=["finding_id", "value_digest"],
        how="left",
        maintain_order="left",
    )
