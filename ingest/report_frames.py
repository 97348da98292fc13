"""The report of a submission as frames: one schema for what writes it and what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from ingest.agreement import exclusions_digest
from ingest.effect_words import with_sentences

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


def findings_told(findings: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The findings that a report tells, KEPT_SCHEMA; what an older report lacks is null."""
    return pl.DataFrame(findings, schema=KEPT_SCHEMA, orient="row")


@dataclass(frozen=True)
class Since:
    """What has changed since the site's last checked submission."""

    submission_id: str
    received_at: datetime
    new: int
    persisting: int
    untouched: int  # earlier findings on records that this export leaves alone
    resolved: pl.DataFrame  # FINDING_SCHEMA and effect, of earlier findings that are no more


@dataclass(frozen=True)
class Report:
    """What the check said of a submission."""

    verdict: str
    records: dict[str, int]
    notices: tuple[str, ...]
    not_evaluated: tuple[str, ...]  # rules whose tables were not there
    not_evaluable: dict[str, int]  # by rule, the rows on which it could not say yes or no
    findings: pl.DataFrame  # FINDING_SCHEMA and effect, those that do most first
    exclusions: pl.DataFrame
    since: Since | None  # None where the site had sent nothing before

    @property
    def exclusions_digest(self) -> str:
        """Of the list of exclusions: who accepts it says which list was shown."""
        return exclusions_digest(self.exclusions.iter_rows(named=True))


def report_of(
    told: Mapping[str, Any], answers: Sequence[Mapping[str, Any]] | None = None
) -> Report:
    """The report that was kept; with `answers`, those that stand for its findings now."""
    kept = findings_told(told["findings"])
    if answers is not None:
        kept = with_answers(kept, answers)
    findings = with_sentences(kept.select(list(FINDING_SCHEMA)))
    return Report(
        verdict=told["verdict"],
        records=told["records"],
        notices=tuple(told["notices"]),
        not_evaluated=tuple(told["not_evaluated"]),
        not_evaluable=told.get("not_evaluable", {}),  # reports before it have none
        findings=findings,
        exclusions=pl.DataFrame(told["exclusions"], schema=EXCLUSION_SCHEMA, orient="row"),
        since=_since(told, findings) if "since" in told else None,
    )


def _since(told: Mapping[str, Any], findings: pl.DataFrame) -> Since:
    last = told["since"]
    return Since(
        submission_id=last["submission_id"],
        received_at=datetime.fromisoformat(last["received_at"]),
        new=findings.filter(pl.col("status") == NEW).height,
        persisting=findings.filter(pl.col("status") == PERSISTING).height,
        untouched=last["untouched"],
        resolved=with_sentences(findings_told(told["resolved"]).select(list(FINDING_SCHEMA))),
    )


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
