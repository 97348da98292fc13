"""What a check says, in the words of a report: findings, exclusions, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl

from expectations.dictionary import site_tables
from expectations.rules import catalogue, coded
from ingest.answers import with_digests
from ingest.assess import Assessment
from ingest.effects import with_effects
from ingest.exclusions import SCHEMA, exclusions
from ingest.findings import has_severity
from ingest.identity import KIND, are_listed, cut
from ingest.reading import ExportRefused, Place
from ingest.report_frames import EXCLUSION_SCHEMA, KEPT_SCHEMA, NEW, PERSISTING, with_answers
from ingest.report_kept import Kept, kept_of
from ingest.shown_keys import shown_keys
from ingest.since import resolved, with_status
from ingest.submission import Registry

# What only the registry can say: what is dropped, locked, older or different.
NEED_HISTORY = ("K06", "K10", "K10b", "READ.OLDER", "READ.REGISTER_DIFFERS")

# What a finding in an export that could not be read has not: an identity, and an effect.
UNCHECKED = {"indicators": "", "procedures": 0, "is_held": False, "status": NEW}


@dataclass(frozen=True)
class Verdict:
    """What came of checking one export: its report, and the assessment unless refused early."""

    kept: Kept
    assessment: Assessment | None

    @property
    def verdict(self) -> str:
        return str(self.kept.words["verdict"])

    @cached_property
    def report(self) -> dict[str, Any]:
        """The report as one mapping, as `ire-audit check --json` prints it."""
        return self.kept.told()


def told(assessment: Assessment, known: Registry) -> Verdict:
    """The report of an assessment, beside what the site was told last.

    Every finding is counted and compared; of a kind with more than LISTED the first are
    listed, and those that the site has answered.
    """
    found = with_status(assessment.findings, known.last)
    answered = pl.Series([one["finding_id"] for one in known.answers], dtype=pl.String)
    is_listed = are_listed(found, answered)
    listed = found.filter(is_listed)
    # Nothing of a refused export can be accepted, and no later one is compared with it.
    is_refused = assessment.verdict == "refused"
    rest = found.clear() if is_refused else found.filter(~is_listed)
    left_out = pl.DataFrame(schema=SCHEMA) if is_refused else exclusions(assessment)
    since, no_more = _since(found, assessment, known)
    words = {
        "verdict": assessment.verdict,
        "code": _code(assessment),
        "records": dict(assessment.records),
        "notices": list(assessment.notices),
        "not_evaluated": _not_evaluated(assessment, known),
        "not_evaluable": dict(assessment.not_evaluable),
        "cut": _cut(found, listed),
    }
    kept = Kept(
        words | since,
        findings=in_words(_ranked(listed, assessment, known)),
        exclusions=_left_out(left_out),
        resolved=no_more.filter(pl.col("severity").is_not_null()),
        unlisted=_bare(rest),
    )
    return Verdict(kept, assessment)


def _not_evaluated(assessment: Assessment, known: Registry) -> list[str]:
    return sorted({*assessment.not_evaluated, *(NEED_HISTORY if known.is_alone else ())})


def _ranked(findings: pl.DataFrame, assessment: Assessment, known: Registry) -> pl.DataFrame:
    sent, held = assessment.typed, assessment.held
    found = with_effects(findings, sent, held, assessment.links)
    return with_answers(with_digests(found, sent, held, known.storage_keys), known.answers)


def _cut(found: pl.DataFrame, listed: pl.DataFrame) -> list[dict[str, Any]]:
    """The kinds of which not all findings are listed, and how many are."""
    shown = listed.group_by(KIND).agg(pl.len().alias("listed"))
    kinds = cut(found).join(shown, on=KIND, how="left", nulls_equal=True, maintain_order="left")
    kinds = kinds.join(_words(), on="rule", how="left", maintain_order="left")
    names = {"table": "table_name", "column": "column_name"}
    return kinds.select("rule", "severity", "findings", "listed", **names).to_dicts()


def _since(
    found: pl.DataFrame, assessment: Assessment, known: Registry
) -> tuple[dict[str, Any], pl.DataFrame]:
    """What has changed since last time, in numbers, and the earlier findings that are no more."""
    last = known.last
    if last is None:
        return {}, pl.DataFrame(schema=KEPT_SCHEMA)
    removed = assessment.removed
    no_more, untouched = resolved(
        found,
        last,
        assessment.typed,
        gone=removed.select("table_name", "record_key").rows() if removed is not None else (),
        is_full=assessment.submission.submission_type == "FULL",
        not_evaluated=assessment.not_evaluated,
    )
    said = {
        "submission_id": last.submission_id,
        "received_at": last.received_at,
        "new": found.filter(pl.col("status") == NEW).height,
        "persisting": found.filter(pl.col("status") == PERSISTING).height,
        "resolved": no_more.height,
        "untouched": untouched,
    }
    return {"since": said}, no_more


def _code(assessment: Assessment) -> str | None:
    fatal = assessment.findings.filter(has_severity("F"))
    return catalogue()[fatal["rule"][0]].code if fatal.height else None


@cache
def _words() -> pl.DataFrame:
    """The catalogue's words as a frame, one row a rule."""
    names = ("code", "severity", "message", "fix")
    rules = [(rule.id, *(getattr(rule, name) for name in names)) for rule in catalogue().values()]
    return pl.DataFrame(rules, schema=dict.fromkeys(("rule", *names), pl.String), orient="row")


def in_words(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings as the report lists them.

    Args:
        findings: FINDING_SCHEMA with indicators, procedures, case and period (with_effects),
            value_digest (with_digests), status and answer.

    Returns:
        The same rows in the same order, KEPT_SCHEMA.
    """
    keys = shown_keys(findings)
    return (
        findings.join(_words(), on="rule", how="left", maintain_order="left")
        .with_columns(
            key=keys,
            case=pl.coalesce("case", keys),
            table="table_name",
            file="source_file",
            line="source_line",
            column="column_name",
            is_held=pl.col("row_id").fill_null(0) < 0,
        )
        .select(pl.col(name).cast(kind) for name, kind in KEPT_SCHEMA.items())
    )


def _left_out(exclusions: pl.DataFrame) -> pl.DataFrame:
    """The exclusions as the report lists them, EXCLUSION_SCHEMA."""
    return exclusions.with_columns(
        key=shown_keys(exclusions), table="table_name", column="column_name", line="source_line"
    ).select(pl.col(name).cast(kind) for name, kind in EXCLUSION_SCHEMA.items())


def _bare(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings that are only counted: what they are known again by, in KEPT_SCHEMA."""
    said = {"table": "table_name", "column": "column_name"} | {
        name: name for name in ("rule", "finding_id", "record_key")
    }
    return findings.select(
        pl.col(said[name]).alias(name) if name in said else pl.lit(None, kind).alias(name)
        for name, kind in KEPT_SCHEMA.items()
    )


def told_refusal(refusal: ExportRefused) -> Verdict:
    """The report of an export that could not be read."""
    findings = [_place(place) for place in refusal.places or ()]
    rule = coded()[refusal.code]
    if not any(finding["rule"] == rule.id for finding in findings):
        said = {"code": refusal.code, "severity": "F", "fix": rule.fix}
        findings.insert(0, {"rule": rule.id} | said | UNCHECKED)
    # The sentence of the refusal itself comes first: it names what was found where.
    first = next(finding for finding in findings if finding["rule"] == rule.id)
    first["message"] = refusal.detail
    words = {"verdict": "refused", "code": refusal.code, "records": {}, "notices": []}
    words |= {"not_evaluated": [], "not_evaluable": {}, "cut": []}
    return Verdict(kept_of(words | {"findings": findings}), None)


def _place(place: Place) -> dict[str, Any]:
    rule = coded()[place.code]
    return {
        "rule": rule.id,
        "code": rule.code,
        "severity": rule.severity,
        "table": place.table or _table_of(place.file),
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "message": rule.message,
        "fix": rule.fix,
    } | UNCHECKED


def _table_of(file: str | None) -> str | None:
    """The table that a file of an export is called after."""
    stem = Path(file or "").stem
    return stem if stem in site_tables() else None
