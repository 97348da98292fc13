"""From a file to a verdict: read, conform, check, and a report in the site's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from expectations.dictionary import site_tables
from expectations.rules import catalogue
from ingest.answers import with_digests
from ingest.assess import SITE, Assessment, assess
from ingest.effects import with_effects
from ingest.exclusions import exclusions
from ingest.form import Form
from ingest.home import LONDON
from ingest.reading import ExportRefused, RawExport, refused
from ingest.report_frames import NEW, with_answers
from ingest.shown_keys import shown_key
from ingest.since import LastChecked, resolved, with_status
from ingest.submission import Registry, Submission

# What only the registry can say: what is dropped, locked, older or different.
NEED_HISTORY = ("K06", "K10", "K10b", "READ.OLDER", "READ.REGISTER_DIFFERS")

# What a finding in an export that could not be read has not: an identity, and an effect.
UNCHECKED = {
    "finding_id": None,
    "indicators": "",
    "procedures": 0,
    "case": None,
    "period": None,
    "is_held": False,
    "status": NEW,
    "answer": None,
    "record_key": None,
    "value_digest": None,
}


@dataclass(frozen=True)
class Verdict:
    """What came of checking one export: its report, and the assessment unless refused early."""

    report: dict[str, Any]
    assessment: Assessment | None

    @property
    def verdict(self) -> str:
        return str(self.report["verdict"])


def judge(
    read: Callable[[], RawExport],
    registry: Callable[[str], Registry],
    *,
    now: datetime,
    site: str | None = None,
    form: Form | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Read an export and check it against what the registry knows.

    Args:
        read: reads the export; a refusal of it becomes the verdict.
        registry: what the registry knows for a site.
        now: the moment of checking, with its time zone.
        site: the submitting site, where the sender is known.
        form: what a manifest would say, for a single table's file.
        progress: told "read", then the name of each table that is being checked.
    """
    try:
        progress("read")
        export = read()
        submission = _submission(export, now=now, site=site, form=form)
        if form is not None:
            export = replace(export, manifest=form.manifest(submission.site))
        known = registry(submission.site)
        if known.sites is not None and submission.site not in known.sites:
            raise refused("SITE_SCOPE", "manifest", says="the site is not in the register.")
        return told(assess(export, submission, known, progress), known)
    except ExportRefused as refusal:
        return Verdict(_refusal(refusal), None)


def _submission(
    export: RawExport, *, now: datetime, site: str | None, form: Form | None
) -> Submission:
    today = now.astimezone(LONDON).date()
    if form is not None:
        if form.period_end is not None and form.period_end > today:
            raise refused("MANIFEST", "period", says="the period has not ended yet.")
        return Submission(
            site=site or _first_site(export, form.table),
            period_start=form.period_start,
            period_end=form.period_end,
            submission_type=form.submission_type,
            extract_datetime=now.astimezone(LONDON),
            nil_return=None,
            # With a period it is a submission like any other, of one table.
            single_table=form.table if form.period_end is None else None,
            reason=form.reason,
        )
    fields = export.manifest
    said = {name: value or "" for name, value in fields.items()}
    if site is not None and said["submitting_site"] != site:
        raise refused("SITE_SCOPE", "manifest", says="another site's export was sent.")
    extract = datetime.fromisoformat(said["extract_datetime"])
    if extract.tzinfo is None:
        extract = extract.replace(tzinfo=LONDON)
    period_end = date.fromisoformat(said["period_end"])
    if period_end > today or extract.astimezone(LONDON).date() > today:
        raise refused("MANIFEST", "manifest", says="the period or the extract lies in the future.")
    count = said.get("hes_ire_count", "")
    return Submission(
        site=said["submitting_site"],
        period_start=date.fromisoformat(said["period_start"]),
        period_end=period_end,
        submission_type=said["submission_type"],
        extract_datetime=extract.astimezone(LONDON),
        nil_return=said["nil_return"] in ("true", "Y"),
        hes_ire_count=int(count) if count else None,
        reason=said.get("reason", ""),
    )


def _first_site(export: RawExport, table: str) -> str:
    column = site_tables()[table].columns.get(SITE)
    if column is None or column.pattern is None or SITE not in export.tables[table].frame:
        return ""
    for code in export.tables[table].frame[SITE].drop_nulls():
        if re.fullmatch(column.pattern, code) and 3 <= len(code) <= 9:
            return str(code)
    return ""


def told(assessment: Assessment, known: Registry) -> Verdict:
    """The report of an assessment, beside what the site was told last."""
    left_out = exclusions(assessment)
    findings = with_status(_ranked(assessment, known), known.last)
    report = {
        "verdict": assessment.verdict,
        "code": _code(assessment),
        "records": dict(assessment.records),
        "notices": list(assessment.notices),
        "findings": [_finding(row) for row in findings.iter_rows(named=True)],
        "exclusions": [
            {
                "rule": row["rule"],
                "table": row["table_name"],
                "key": shown_key(row["table_name"], row["record_key"]),
                "column": row["column_name"],
                "line": row["source_line"],
                "is_protected": row["is_protected"],
            }
            for row in left_out.iter_rows(named=True)
        ],
        "not_evaluated": _not_evaluated(assessment, known),
        "not_evaluable": dict(assessment.not_evaluable),
    }
    if known.last is not None:
        report |= _since(assessment, known.last)
    return Verdict(report, assessment)


def _not_evaluated(assessment: Assessment, known: Registry) -> list[str]:
    return sorted({*assessment.not_evaluated, *(NEED_HISTORY if known.is_alone else ())})


def _ranked(assessment: Assessment, known: Registry) -> pl.DataFrame:
    sent, held = assessment.typed, assessment.held
    findings = with_effects(assessment.findings, sent, held, assessment.links)
    return with_answers(with_digests(findings, sent, held, known.storage_key), known.answers)


def _since(assessment: Assessment, last: LastChecked) -> dict[str, Any]:
    removed = assessment.removed
    no_more, untouched = resolved(
        assessment.findings,
        last,
        assessment.typed,
        gone=removed.select("table_name", "record_key").rows() if removed is not None else (),
        is_full=assessment.submission.submission_type == "FULL",
        not_evaluated=assessment.not_evaluated,
    )
    return {
        "since": {
            "submission_id": last.submission_id,
            "received_at": last.received_at,
            "untouched": untouched,
        },
        "resolved": no_more.to_dicts(),
    }


def _code(assessment: Assessment) -> str | None:
    fatal = assessment.findings.filter(
        pl.col("rule").is_in([rule.id for rule in catalogue().values() if rule.severity == "F"])
    )
    return catalogue()[fatal["rule"][0]].code if fatal.height else None


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    rule = catalogue()[row["rule"]]
    return {
        "rule": rule.id,
        "code": rule.code,
        "severity": rule.severity,
        "table": row["table_name"],
        "file": row["source_file"],
        "line": row["source_line"],
        "column": row["column_name"],
        "key": shown_key(row["table_name"], row["record_key"]),
        "message": rule.message,
        "fix": rule.fix,
        "finding_id": row["finding_id"],
        "indicators": row["indicators"],
        "procedures": row["procedures"],
        "case": row["case"] or shown_key(row["table_name"], row["record_key"]),
        "period": row["period"],
        "is_held": (row["row_id"] or 0) < 0,
        "status": row["status"],
        "answer": row["answer"],
        "record_key": row["record_key"],
        "value_digest": row["value_digest"],
    }


def _refusal(refusal: ExportRefused) -> dict[str, Any]:
    places = refusal.places or ()
    findings = [
        {
            "rule": place.rule,
            "code": refusal.code if place.rule == refusal.rule else catalogue()[place.rule].code,
            "severity": catalogue()[place.rule].severity,
            "table": place.table or _table_of(place.file),
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "key": None,
            "message": catalogue()[place.rule].message,
            "fix": catalogue()[place.rule].fix,
        }
        | UNCHECKED
        for place in places
    ]
    # The sentence of the refusal itself comes first: it names what was found where.
    rule = catalogue()[refusal.rule]
    if not any(finding["rule"] == rule.id for finding in findings):
        nowhere = dict.fromkeys(("table", "file", "line", "column", "key"))
        findings.insert(
            0,
            {"rule": rule.id, "code": refusal.code, "severity": "F"}
            | nowhere
            | {"message": refusal.detail, "fix": rule.fix}
            | UNCHECKED,
        )
    else:
        first = next(f for f in findings if f["rule"] == rule.id)
        first["message"] = refusal.detail
    return {
        "verdict": "refused",
        "code": refusal.code,
        "records": {},
        "notices": [],
        "findings": findings,
        "exclusions": [],
        "not_evaluated": [],
        "not_evaluable": {},
    }


def _table_of(file: str | None) -> str | None:
    """The table that a file of an export is called after."""
    stem = Path(file or "").stem
    return stem if stem in site_tables() else None
