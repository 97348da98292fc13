"""The accepted submissions: their place in the walk, and what their manifests say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from expectations.dictionary import site_tables

LONDON = ZoneInfo("Europe/London")

SUBMISSION: Mapping[str, pl.DataType] = {
    "submission_id": pl.String(),
    "site_id": pl.String(),
    "acceptance_number": pl.Int64(),
    "submission_type": pl.String(),
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "is_nil_return": pl.Boolean(),
    "hes_ire_count": pl.Int64(),
    "extract_at": pl.Datetime("us"),
    "received_at": pl.Datetime("us"),
    "received_date": pl.Date(),
    "accepted_at": pl.Datetime("us"),
    "received_by": pl.String(),
    "filename": pl.String(),
    "sha256": pl.String(),
    "canonical_digest": pl.String(),
    "records_read": pl.Int64(),
    "records_excluded": pl.Int64(),
    "duplicates": pl.Int64(),
    "rows_sent": pl.Int64(),
    "is_live": pl.Boolean(),
}

REPORT: Mapping[str, pl.DataType] = {
    name: SUBMISSION[name]
    for name in (
        *("site_id", "submission_id", "acceptance_number", "period_start", "period_end"),
        *("is_nil_return", "hes_ire_count", "received_at", "received_date"),
    )
}


@dataclass(frozen=True)
class Accepted:
    """One accepted submission, not withdrawn: its place in the walk, and its folder."""

    submission_id: str
    site_ods_code: str
    acceptance_number: int
    submission_type: str
    folder: Path

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        text = (self.folder / "manifest.json").read_text("utf-8")
        found: Mapping[str, Any] = json.loads(text)
        return found

    def rows(self, table: str) -> int:
        """Rows of the table that the manifest counts."""
        return int(self.manifest.get("tables", {}).get(table, {}).get("rows", 0))


def end_of(day: date) -> datetime:
    """The last moment of a day in London: what was recorded by then is that day's state."""
    return datetime.combine(day, time.max, LONDON)


def live(accepted: Sequence[Accepted]) -> list[Accepted]:
    """The submissions that the walk reads, in its order: each site's since its last FULL."""
    ordered = sorted(accepted, key=lambda one: one.acceptance_number)
    start = {
        one.site_ods_code: one.acceptance_number for one in ordered if one.submission_type == "FULL"
    }
    return [one for one in ordered if one.acceptance_number >= start.get(one.site_ods_code, 0)]


def submissions(accepted: Sequence[Accepted], walk: Sequence[Accepted]) -> pl.DataFrame:
    """One row per accepted submission: its manifest, and whether the walk reads it."""
    walked = {one.submission_id for one in walk}
    rows = []
    for one in accepted:
        said = one.manifest
        received = _time(said.get("received_at"))
        rows.append(
            {
                "submission_id": one.submission_id,
                "site_id": one.site_ods_code,
                "acceptance_number": one.acceptance_number,
                "submission_type": one.submission_type,
                "period_start": date.fromisoformat(said["period_start"]),
                "period_end": date.fromisoformat(said["period_end"]),
                "is_nil_return": bool(said.get("nil_return")),
                "hes_ire_count": said.get("hes_ire_count"),
                "extract_at": _utc(_time(said.get("extract_datetime"))),
                "received_at": _utc(received),
                "received_date": received.astimezone(LONDON).date() if received else None,
                "accepted_at": _utc(_time(said.get("accepted_at"))),
                "received_by": said.get("received_by"),
                "filename": said.get("filename"),
                "sha256": said.get("sha256"),
                "canonical_digest": said.get("canonical_digest"),
                "records_read": said.get("records_read"),
                "records_excluded": said.get("records_excluded"),
                "duplicates": said.get("duplicates"),
                "rows_sent": sum(one.rows(name) for name in site_tables()),
                "is_live": one.submission_id in walked,
            }
        )
    return pl.DataFrame(rows, schema=SUBMISSION, orient="row")


def reports(accepted: Sequence[Accepted]) -> pl.DataFrame:
    """What stands reported: one row a submission that reports its quarters, REPORT.

    A correction reports none. A roll-back reports what stood reported in the state that it
    brought back, and takes the place of everything before it.
    """
    rows = {row["submission_id"]: row for row in submissions(accepted, []).to_dicts()}
    standing: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(accepted, key=lambda one: one.acceptance_number):
        if "reports" in one.manifest:
            standing[one.site_ods_code] = [_report(said) for said in one.manifest["reports"]]
        elif one.submission_type != "CORRECTION":
            standing.setdefault(one.site_ods_code, []).append(rows[one.submission_id])
    found = [{name: row[name] for name in REPORT} for rows in standing.values() for row in rows]
    return pl.DataFrame(found, schema=REPORT, orient="row")


def _report(said: Mapping[str, Any]) -> dict[str, Any]:
    days = dict.fromkeys(("period_start", "period_end", "received_date"), date.fromisoformat)
    read: Mapping[str, Any] = {**days, "received_at": datetime.fromisoformat}
    return {n: read[n](said[n]) if n in read and said[n] else said[n] for n in REPORT}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None
