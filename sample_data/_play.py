"""The demonstration's submissions, what is done with them, and the answer key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from expectations.dictionary import tables
from sample_data._calendar import Quarter, demo_quarters
from sample_data._exports import (
    Export,
    ExportRow,
    Finding,
    at,
    cut_rows,
    quarter_export,
    tell_late_registration,
)
from sample_data._faults import Planted, plant
from sample_data._faults_accepted import ACCEPTED
from sample_data._faults_asked_for import ASKED_FOR
from sample_data._faults_care import CARE
from sample_data._faults_files import fill
from sample_data._faults_held import HELD, PARQUET, WAITING, WORKBOOK
from sample_data._faults_outcomes import QUERIES_OF_OUTCOMES
from sample_data._faults_waiting import WAITING_RECORDS
from sample_data._faults_waiting_course import COURSE
from sample_data._registry import SiteRegistry, build_registry
from sample_data._sites import REGISTER_OPENED, REGISTER_REVISED

LATE_DAYS = {2: 61, 4: 88, 5: 57, 7: 71}  # ZZ501's extracts, by place of the quarter
NEW_SYSTEM = date(2025, 9, 16)  # ZZ601 sends everything again
CUT = ("ZZ401", "2025-26-Q3")
FAULTS = (*ACCEPTED, *CARE, *QUERIES_OF_OUTCOMES, *ASKED_FOR, *HELD, *WAITING_RECORDS, *COURSE)
WITHDRAWAL = "Two microwave ablations were exported as IRE by a wrong filter."


@dataclass
class Play:
    """Everything that the demonstration replays, as it stands on one day."""

    seed: int
    today: date
    exports: list[Export]  # in the order of their receipt
    planted: list[Planted]


def make_play(seed: int, today: date) -> Play:
    """The submissions received by a day, with their faults planted."""
    registry = build_registry(seed)
    exports = [
        quarter_export(
            registry[code], quarter, lag_days=LATE_DAYS.get(place) if code == "ZZ501" else None
        )
        for code in registry
        if code != "mistaken"
        for place, quarter in enumerate(demo_quarters())
        if place < len(registry[code].site.patients)
    ]
    for place, export in enumerate(exports):
        if (export.site, export.label) in {WORKBOOK, PARQUET}:
            decided = export.received + timedelta(days=3)
            exports[place] = replace(export, verdict="held", accepted_at=decided)
    exports += [
        _second(registry["ZZ102"]),
        _everything(registry["ZZ601"]),
        _mistake(registry["mistaken"]),
        _rewritten(registry["ZZ101"]),
    ]
    planted = fill(exports) + plant(FAULTS, exports)
    _cut_first(exports)
    exports = sorted((e for e in exports if e.received.date() <= today), key=_when)
    for export in exports:
        if export.cut is None:
            tell_late_registration(export)
    received = {export.path for export in exports}
    planted = [each for each in planted if each.export.path in received]
    return Play(seed, today, exports, planted)


def _when(export: Export) -> datetime:
    return export.received


def _second(held: SiteRegistry) -> Export:
    """All that ZZ102 holds, extracted anew by a faulty script, after its ordinary export."""
    last = demo_quarters()[-1]
    return Export(
        held, WAITING[1], last, last, at(date(2026, 11, 12), 9, 12), at(date(2026, 11, 12), 10, 3),
        rows=cut_rows(held.all_records(), last.end), verdict="held",
    )  # fmt: skip


def _everything(held: SiteRegistry) -> Export:
    """All that ZZ601 holds after a change of its system."""
    first, last = demo_quarters()[0], demo_quarters()[4]
    return Export(
        held, f"{first.label}-to-{last.label}", first, last, at(NEW_SYSTEM, 9, 40),
        at(NEW_SYSTEM, 14, 5), kind="FULL", rows=cut_rows(held.all_records(), last.end),
    )  # fmt: skip


def _mistake(held: SiteRegistry) -> Export:
    """Two patients of ZZ101 who did not have IRE, sent and withdrawn."""
    quarter = Quarter(2025, 4)
    return Export(
        held, f"{quarter.label}-extra", quarter, quarter, at(date(2026, 5, 19), 11, 20),
        at(date(2026, 5, 19), 11, 48), rows=cut_rows(held.records, quarter.end),
        withdrawn_at=at(date(2026, 5, 28), 15, 30), reason=WITHDRAWAL,
    )  # fmt: skip


def _rewritten(held: SiteRegistry) -> Export:
    """All that ZZ101 holds, by a script that writes the days of procedures as 13-Aug-25."""
    last = demo_quarters()[5]
    export = Export(
        held, f"{last.label}-script", last, last, at(date(2025, 11, 6), 15, 20),
        at(date(2025, 11, 6), 16, 2), rows=cut_rows(held.all_records(), last.end),
        verdict="refused", code="UNUSABLE",
    )  # fmt: skip
    finding = Finding("procedure.procedure_date.DATE_FORMAT", "R", "procedure_date", "F02")
    for row in export.rows["procedure"]:
        day = date.fromisoformat(row.values["procedure_date"])
        row.values["procedure_date"] = f"{day:%d-%b-%y}"
        row.findings.append(finding)
    export.about_files.append(("procedure", Finding("K07", "F", None, "F02")))
    return export


def _cut_first(exports: list[Export]) -> None:
    """One export arrives cut short, is refused, and comes whole the next working day."""
    whole = next(export for export in exports if (export.site, export.label) == CUT)
    rows = {
        name: [ExportRow(dict(row.values), row.record) for row in found]
        for name, found in whole.rows.items()
    }
    label = f"{whole.label}-first"
    cut = replace(
        whole, label=label, verdict="refused", code="CHECKSUM", cut="pulse_delivery", rows=rows
    )
    days = 3 if whole.received.weekday() == 4 else 1
    exports[exports.index(whole)] = replace(whole, received=whole.received + timedelta(days=days))
    exports.append(cut)


def state_of(export: Export, play: Play) -> str:
    """What a submission has come to by the play's day."""
    if export.verdict == "refused":
        return "refused"
    if export.withdrawn_at is not None and export.withdrawn_at.date() <= play.today:
        return "withdrawn"
    if _entered(export, play) is None:
        return "held"
    return "accepted" if export.path in _holders(play) or not export.rows else "superseded"


def _entered(export: Export, play: Play) -> datetime | None:
    """When a submission entered the registry; none if it has not by the play's day."""
    decided = export.accepted_at if export.verdict == "held" else export.received
    is_in = decided is not None and decided.date() <= play.today and export.verdict != "refused"
    return decided if is_in else None


def _holders(play: Play) -> set[str]:
    """The paths of the exports that hold a current record, after the walk per site."""
    current: dict[tuple[str, ...], str] = {}
    entered = {e.path: when for e in play.exports if (when := _entered(e, play))}
    for export in sorted(
        (e for e in play.exports if e.path in entered), key=lambda e: entered[e.path]
    ):
        if export.withdrawn_at is not None and export.withdrawn_at.date() <= play.today:
            continue
        if export.kind == "FULL":
            current = {key: path for key, path in current.items() if key[0] != export.site}
        for table, rows in export.rows.items():
            names = tables()[table].key
            for row in rows:
                current[(export.site, table, *(row.values[n] for n in names))] = export.path
    return set(current.values())


def play_list(play: Play) -> dict[str, Any]:
    """The play list of the demonstration: every action in the order of time."""
    actions = [
        _action(at(day, 9, 0), "register", path, "registry team")
        for day, path in ((REGISTER_OPENED, "register/opening"), (REGISTER_REVISED, "register"))
        if day <= play.today
    ]
    for export in play.exports:
        sender = f"data manager, {export.site}"
        submitted = _action(export.received, "submit", export.path, sender)
        actions.append(submitted | {"site": export.site})
        lead = f"site lead, {export.site}"
        if export.verdict == "held" and (decided := _entered(export, play)):
            actions.append(_action(decided, "accept", export.path, lead))
        if export.withdrawn_at is not None and export.withdrawn_at.date() <= play.today:
            withdrawn = _action(export.withdrawn_at, "withdraw", export.path, lead)
            actions.append(withdrawn | {"reason": export.reason})
    actions.sort(key=lambda action: datetime.fromisoformat(action["at"]))
    return {"today": play.today.isoformat(), "actions": actions}


def _action(when: datetime, action: str, path: str, by: str) -> dict[str, Any]:
    return {"at": when.isoformat(), "action": action, "path": path, "by": by}


def answer_key(play: Play) -> dict[str, Any]:
    """What every submission must come to, finding by finding."""
    return {
        "seed": play.seed,
        "today": play.today.isoformat(),
        "faults": [
            {
                "id": each.fault.id,
                "path": each.export.path,
                "table": each.fault.table,
                "rules": [expected.rule for expected in each.fault.finds],
            }
            for each in play.planted
        ],
        "exports": [_answer(export, play) for export in play.exports],
    }


def _answer(export: Export, play: Play) -> dict[str, Any]:
    found = list(_findings(export))
    answer: dict[str, Any] = {
        "path": export.path,
        "site": export.site,
        "period_start": export.first.start.isoformat(),
        "period_end": export.last.end.isoformat(),
        "submission_type": export.kind,
        "verdict": export.verdict,
        "state": state_of(export, play),
        "nil_return": export.nil_return,
        "code": export.code,
        "records": {name: len(rows) for name, rows in export.rows.items()},
        "findings": found,
    }
    if export.verdict == "held" and _entered(export, play) is not None:
        answer |= _exclusions(answer["findings"])
    return answer


def _findings(export: Export) -> Iterator[dict[str, Any]]:
    if export.cut is not None:
        file = f"{export.cut}.csv"
        place = {"rule": "K01", "severity": "F", "table": export.cut, "file": file}
        yield place | {"line": None, "column": None, "origin": "fault", "fault": "F01"}
        return
    for table, finding in export.about_files:
        yield _entry(finding, table, None, None)  # of the table, not of a row in its file
    for table, row, line, file in export.each():
        for finding in row.findings:
            yield _entry(finding, table, file, line)


def _entry(finding: Finding, table: str, file: str | None, line: int | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity,
        "table": table,
        "file": file,
        "line": line,
        "column": finding.column,
        "origin": "fault" if finding.fault else "scenario",
    }
    return entry | ({"fault": finding.fault} if finding.fault else {})


def _exclusions(findings: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What an acceptance leaves out: rows, second rows of a key, and single values."""
    counts = {"excluded": 0, "duplicates": 0, "emptied": 0}
    for finding in findings:
        if finding["rule"] == "K04a":
            counts["duplicates"] += 1
        elif finding["severity"] == "R":
            column = tables()[finding["table"]].columns[finding["column"]]
            counts["excluded" if column.places_record else "emptied"] += 1
    return counts
