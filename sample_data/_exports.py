"""Cut a site's records into exports, and know what each export's own facts bring about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from expectations.dictionary import VERSION, tables
from sample_data import _sites as sites
from sample_data._calendar import Quarter, demo_quarters, weekday_on_or_after
from sample_data._registry import SiteRegistry
from sample_data._rows import Record, Row
from sample_data._write import SUFFIXES, Format, lines

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Finding:
    """One finding that a check must give, standing at a row of an export."""

    rule: str
    severity: str
    column: str | None  # none: it is about the whole file
    fault: str = ""  # which planted fault; empty: it follows from the scenario


@dataclass
class ExportRow:
    """One row as sent, the record it tells of, and the findings that stand at it."""

    values: Row
    record: Record
    findings: list[Finding] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return self.record.owner


@dataclass
class Export:
    """One submission's content and what becomes of it."""

    held: SiteRegistry
    label: str
    first: Quarter
    last: Quarter
    extracted: datetime
    received: datetime
    kind: str = "INCREMENTAL"
    nil_return: bool = False
    rows: dict[str, list[ExportRow]] = field(default_factory=dict)
    about_files: list[tuple[str, Finding]] = field(default_factory=list)  # by table
    verdict: str = "accepted"
    code: str = ""
    cut: str | None = None
    accepted_at: datetime | None = None  # of a held one
    withdrawn_at: datetime | None = None
    reason: str = ""

    @property
    def site(self) -> str:
        return self.held.site.code

    @property
    def format(self) -> Format:
        return self.held.site.export_format  # type: ignore[return-value]

    @property
    def path(self) -> str:
        return f"exports/{self.site}/{self.label}{SUFFIXES[self.format]}"

    @property
    def text_rows(self) -> dict[str, list[Row]]:
        return {name: [row.values for row in rows] for name, rows in self.rows.items()}

    @property
    def manifest(self) -> dict[str, Any]:
        procedures = self.held.procedures_from(self.first.start, self.last.end)
        extra = Random(f"{self.held.seed}|hes|{self.site}|{self.last.label}").random() < 0.3
        return {
            "spec_version": VERSION,
            "submitting_site": self.site,
            "period_start": self.first.start.isoformat(),
            "period_end": self.last.end.isoformat(),
            "extract_datetime": self.extracted.isoformat(),
            "submission_type": self.kind,
            "caldicott_ack": True,
            "nil_return": self.nil_return,
            "hes_ire_count": procedures + (extra and procedures > 0),
        }

    def each(self) -> Iterator[tuple[str, ExportRow, int, str]]:
        """Every row with its table, its line and its file (in a workbook, its sheet)."""
        endings = {"xlsx": "", "parquet": ".parquet"}
        for table, rows in self.rows.items():
            places = lines([row.values for row in rows], self.format)
            for row, line in zip(rows, places, strict=True):
                yield table, row, line, table + endings.get(self.format, ".csv")

    def find(self, table: str, key: tuple[str, ...]) -> ExportRow | None:
        """The row of a key, if this export has it."""
        names = tables()[table].key
        return next(
            (r for r in self.rows.get(table, ()) if tuple(r.values[n] for n in names) == key), None
        )


def at(day: date, hour: int, minute: int) -> datetime:
    """A time of a day in London, with its offset."""
    return datetime.combine(day, time(hour, minute), LONDON)


def cut_rows(
    records: Iterable[Record], until: date, *, since: date | None = None
) -> dict[str, list[ExportRow]]:
    """The rows known on the day `until`, by table in dictionary order.

    Args:
        since: leave out what was already known on that day, in the same version.
    """
    found: dict[str, list[ExportRow]] = {name: [] for name in tables()}
    for record in records:
        version = record.number_on(until)
        if version and (since is None or version > record.number_on(since)):
            row = ExportRow(dict(record.versions[version - 1][1]), record)
            for breach in record.breaches:
                row.findings.append(Finding(breach.rule, breach.severity, breach.column))
            found[record.table].append(row)
    return {name: rows for name, rows in found.items() if rows}


def quarter_export(held: SiteRegistry, quarter: Quarter, *, lag_days: int | None = None) -> Export:
    """A site's ordinary export of one quarter."""
    random = Random(f"{held.seed}|extract|{held.site.code}|{quarter.label}")
    lag = held.site.lag_days + random.randint(-2, 2) if lag_days is None else lag_days
    day = weekday_on_or_after(quarter.end + timedelta(days=lag))
    hour, minute = random.randint(8, 14), random.randint(0, 59)
    export = Export(
        held=held,
        label=quarter.label,
        first=quarter,
        last=quarter,
        extracted=at(day, hour, minute),
        received=at(day, hour + random.randint(1, 3), random.randint(0, 59)),
    )
    before = None if quarter == demo_quarters()[0] else quarter.start - timedelta(days=1)
    export.rows = cut_rows(held.all_records(), quarter.end, since=before)
    if not held.procedures_from(quarter.start, quarter.end):
        export.nil_return = True
        if "procedure" in export.rows:
            raise ValueError(f"{export.path}: a nil return may not hold procedures")
    return export


def tell_late_registration(export: Export) -> None:
    """Rule D07 at the first enrolment of the late study that the site holds."""
    enrolled = [
        record
        for record in export.held.records
        if record.table == "research_enrolment"
        and record.number_on(export.last.end)
        and record.versions[0][1]["study_id"] == sites.LATE_STUDY
    ]
    if not enrolled:
        return
    first = min(enrolled, key=lambda record: record.versions[0][1]["consent_date"])
    consented = date.fromisoformat(first.versions[0][1]["consent_date"])
    if consented + timedelta(days=42) >= sites.LATE_STUDY_REGISTERED:
        return
    for row in export.rows.get("research_enrolment", ()):
        if row.record is first:
            row.findings.append(Finding("D07", "W", "consent_date"))
