"""The summary of a submission's report, line by line: a label and what is said."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ingest.report_words import (
    SEVERITY_WORDS,
    Told,
    cut_words,
    moment_words,
    next_steps,
    period_words,
    verdict_sentence,
)

Line = tuple[str, str]

_HEADINGS = {
    "F": "Refuse the export",
    "R": "Cannot be used",
    "B": "Breaches of the guidance",
    "W": "Queries",
}


def summary_lines(told: Told, annotated: Sequence[str]) -> list[Line]:
    """The lines of the summary; "title" and "verdict" stand for lines without a label."""
    row, report = told.row, told.report
    lines = [
        ("title", f"Report on submission {row['submission_id']}"),
        ("verdict", verdict_sentence(told)),
        *_numbered("What to do next", next_steps(told)),
        ("", ""),
        *_counts(told),
        *_numbered("Listed in part", cut_words(told.report.cut)),
        *_since(told),
        ("", ""),
        ("Site", str(row["site_ods_code"])),
        ("Period", period_words(told)),
        ("Type", str(row["submission_type"] or "not given")),
        ("File", f"{row['filename']}, {row['bytes']:,} bytes"),
        ("SHA-256 of the file", str(row["sha256"])),
        ("Digest of the content", str(row["canonical_digest"] or "none: it was not read")),
        ("Received", f"{moment_words(row['received_at'])} by {row['received_by']}"),
        *([("Decided", moment_words(row["decided_at"]))] if row["decided_at"] else []),
        ("", ""),
        *_numbered("Read with these repairs", report.notices or ["none"]),
    ]
    if report.not_evaluated:
        lines.append(("Rules not evaluated", ", ".join(report.not_evaluated)))
    if report.not_evaluable:
        rules = (f"{rule} on {rows:,}" for rule, rows in sorted(report.not_evaluable.items()))
        lines.append(("Could not tell, on rows", ", ".join(rules)))
    lines += _numbered("Your rows", annotated or [_no_rows(told)])
    if annotated:
        lines.append(("How they are marked", _marks()))
    return lines


def _counts(told: Told) -> list[Line]:
    lines = [("Rows read", f"{told.records:,}")]
    if told.excluded:
        lines.append(("Rows left out", f"{told.excluded:,}"))
    for severity, heading in _HEADINGS.items():
        answered = told.report.findings.filter(
            (pl.col("severity") == severity) & pl.col("answer").is_not_null()
        ).height
        more = f", {answered:,} of them answered" if answered else ""
        lines.append((heading, f"{told.count(severity):,}{more}"))
    return lines


def _since(told: Told) -> list[Line]:
    since = told.report.since
    if since is None:
        return [("Since last time", "the first submission that was checked")]
    says = (
        f"{since.new:,} new, {since.persisting:,} persisting,"
        f" {since.resolved.height + since.not_listed:,} resolved"
        f" since {since.submission_id}"
    )
    more = f"; {since.untouched:,} on records not sent again" if since.untouched else ""
    return [("Since last time", says + more)]


def _numbered(label: str, sentences: Sequence[str]) -> list[Line]:
    """The label beside the first sentence only."""
    return [(label if n == 0 else "", sentence) for n, sentence in enumerate(sentences)]


def _no_rows(told: Told) -> str:
    if told.report.verdict == "refused":
        return "none: nothing of a refused export is kept"
    return "none: no row has a finding"


def _marks() -> str:
    return (
        f"{SEVERITY_WORDS['R']}: red, bold, thick border; {SEVERITY_WORDS['B']}: yellow,"
        f" underlined, dashed border; {SEVERITY_WORDS['W']}: blue, italic, dotted border. The"
        " comment of a marked cell says what to do. Values are as they were read; correct them"
        " at their source: this workbook is not an export."
    )
