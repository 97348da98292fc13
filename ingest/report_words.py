"""What a submission's report says in words, wherever it is shown: verdict, next step, labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from ingest.home import LONDON
from ingest.report_frames import Report
from sql.reader_periods import day, quarters

# Gravest first; the words stand wherever a severity is shown to a person.
SEVERITY_WORDS = {
    "F": "refuses the export",
    "R": "cannot be used",
    "B": "breach of the guidance",
    "W": "query",
}
HELD_DAYS = timedelta(days=28)  # a held submission without a decision lapses


@dataclass(frozen=True)
class Told:
    """A submission as the ledger has it (one of its rows), and what its check said."""

    row: Mapping[str, Any]
    report: Report

    def count(self, severity: str) -> int:
        return self.report.count(severity)

    @property
    def open_queries(self) -> int:
        queries = self.report.findings.filter(pl.col("severity") == "W")
        return queries["answer"].null_count()

    @property
    def records(self) -> int:
        return sum(self.report.records.values())

    @property
    def excluded(self) -> int:
        return int(self.row["records_excluded"] or 0)


def verdict_sentence(told: Told) -> str:
    """The verdict, as one sentence."""
    read = _counted(told.records, "row", "rows")
    if told.report.verdict == "repeated":
        return f"Already received: the registry holds this content; {read}, nothing changed."
    if told.report.verdict == "refused":
        return f"Refused ({told.row['code']}): nothing of this export was kept."
    if told.row["state"] == "held":
        unusable = _counted(told.count("R"), "finding", "findings")
        return f"Held: {read} read, nothing published, until you decide on {unusable}."
    if told.row["state"] in ("replaced", "lapsed", "withdrawn"):
        return f"{told.row['state'].capitalize()}: {read} read; none of them counts."
    left_out = _counted(told.excluded, "row", "rows")
    return f"Accepted: {read} read, {left_out} left out; what was accepted is published."


def next_steps(told: Told) -> list[str]:
    """What the site does next, one sentence a step."""
    steps = []
    if told.report.verdict == "repeated":
        return ["Nothing has to be done."]
    if told.report.verdict == "refused":
        return ["Correct the export, the first finding first, and send it again."]
    if told.row["state"] == "held":
        until = _london(told.row["received_at"]).date() + HELD_DAYS
        steps.append(
            "Correct what cannot be used and send the export again, or accept the"
            f" {_counted(told.report.exclusions.height, 'listed exclusion', 'listed exclusions')}"
            f" on the page Submissions, by {day(until)}."
        )
        if told.report.exclusions["is_protected"].any():
            steps.append(
                "An exclusion of a complication, a death or a procedure that has either needs"
                " the registry team's agreement too."
            )
    if told.count("B"):
        breaches = _counted(told.count("B"), "breach is", "breaches are")
        steps.append(f"{breaches} counted as sent: correct what is wrong, leave what is right.")
    if told.open_queries:
        queries = _counted(told.open_queries, "query", "queries")
        steps.append(f"Answer {queries}: correct and send again, or say that the value is right.")
    return steps or ["Nothing has to be done."]


def cut_words(cut: pl.DataFrame) -> list[str]:
    """Of which rules not every finding is listed, a sentence each."""
    return [
        f"{one['rule']}{_at(one)}: the first {one['listed']:,} of {one['findings']:,} findings,"
        " in the order of the file; all of them are counted. They usually have one cause."
        for one in cut.iter_rows(named=True)
    ]


def _at(kind: Mapping[str, Any]) -> str:
    """The place of a kind of finding, where its rule's id does not say it."""
    parts = [part for part in (kind["table"], kind["column"]) if part]
    place = ".".join(parts)
    return "" if not place or kind["rule"].startswith(place) else f" at {place}"


def period_words(told: Told) -> str:
    """The submission's period: "2026/27 Q1", or its first and last quarter."""
    start, end = told.row["period_start"], told.row["period_end"]
    if not start or not end:
        return "not given"
    labels = [each.label for each in quarters(_date(start), _date(end))]
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def moment_words(moment: str | datetime) -> str:
    """A moment as people in London read it."""
    at = _london(moment)
    return f"{day(at.date())}, {at:%H:%M} {at:%Z}"


def _london(moment: str | datetime) -> datetime:
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone(LONDON)


def _date(text: str | date) -> date:
    return date.fromisoformat(text) if isinstance(text, str) else text


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
