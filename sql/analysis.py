"""What opens an outlier case: the analysis of a year, a quarter not reported, poor data.

Only these open one. What a release shows between two analyses is provisional.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from sql.access import Viewer
from sql.case_stages import policy
from sql.ledger import Ledger, LedgerError
from sql.outlier_cases import ANALYSED, ANALYSIS, Found, open_cases
from sql.reader import Reader
from sql.reader_periods import Period, day, period
from sql.snapshots import is_year, taken_of
from sql.working_days import ENGLAND

BY = "registry team"
TEAM = Viewer("Analysis", "registry team")
FLAGS = ("alarm", "alert")
FIGURES = (
    *("events", "eligible", "unknown", "known", "rate", "lower", "upper", "best", "worst"),
    *("target", "verdict", "verdict_note", "sentence", "excluded_by_site", "immature"),
)

Nations = Mapping[str, str]  # by site, as the register has it


@dataclass(frozen=True)
class Analysis:
    """What an analysis judged, flagged and opened.

    Attributes:
        snapshot: the number of the snapshot that it rests on; None for a half-year, of which
            there is none: it rests on the release served.
    """

    period: str
    release: int
    snapshot: int | None
    judged: int
    flagged: int
    opened: Sequence[int]


def analysed_period(text: str) -> Period:
    """The year that a person names for an analysis; a half-year where it is switched on.

    Raises:
        LedgerError: if it names neither.
    """
    found = re.fullmatch(r"([0-9]{4})[/-]([0-9]{2})(?:[ -](H[12]))?", text.strip())
    if found is None or (int(found[1]) + 1) % 100 != int(found[2]):
        raise LedgerError(f"no such period: {text!r}; an analysis takes a year, such as 2025/26")
    if found[3] and not policy().half_year:
        raise LedgerError("half-years are not analysed: half_year is off in case_stages.toml")
    return period(f"{found[1]}/{found[2]}{f' {found[3]}' if found[3] else ''}", date.min)


def judged_indicators(reader: Reader) -> list[str]:
    """The indicators that a site can be flagged for: rates with a target."""
    known = reader.indicators()
    has_target = pl.col("target").is_not_null() & (pl.col("kind") == "rate")
    return known.filter(has_target)["id"].to_list()


def analyse(
    home: Path, ledger: Ledger, of: Period, nations: Nations, *, by: str, at: datetime
) -> Analysis:
    """Judge every site in a period, and open what it flags: a year from its annual snapshot.

    Run again, it opens only what was not flagged before.

    Raises:
        LedgerError: if the release does not reach the end of the period, or the year has no
            snapshot that was taken.
    """
    taken = taken_of(ledger, of.label)
    with Reader.open(home, TEAM, release=taken["release"] if taken else None) as reader:
        release = reader.release()
        if release.data_date < of.end:
            raise LedgerError(
                f"{of.label} ends on {day(of.end)}; release {release.number} has data to "
                f"{day(release.data_date)} only"
            )
        if taken is None and is_year(of):
            raise LedgerError(
                f"{of.label} has no snapshot, and cases are opened from one only: "
                f"ire-audit snapshot open {of.label}, then take, then analyse"
            )
        rates = reader.rates(judged_indicators(reader), period=of.label)
        declared = {row["id"]: row for row in reader.indicators().iter_rows(named=True)}
        missing = dict(reader.sites()["site_id", "quarters_missing"].iter_rows())
    flagged = rates.filter(pl.col("verdict").is_in(FLAGS))
    are_data = policy().poor_data.flagged
    found = [
        Found(
            site=row["site_id"],
            nation=nations.get(row["site_id"], ENGLAND),
            indicator_id=row["indicator_id"],
            kind="poor data" if row["indicator_id"] in are_data else row["verdict"],
            period=of,
            evidence=_evidence(row, declared[row["indicator_id"]])
            | {
                "data_date": release.data_date.isoformat(),
                "snapshot": of.label if taken else None,
                "quarters_missing": [
                    quarter
                    for quarter in missing[row["site_id"]]
                    if of.start <= period(quarter, of.end).start <= of.end
                ],
            },
            release=release.number,
        )
        for row in flagged.iter_rows(named=True)
    ]
    opened = open_cases(ledger, found, by=by, at=at)
    snapshot = taken["number"] if taken else None
    analysis = Analysis(of.label, release.number, snapshot, rates.height, flagged.height, opened)
    told: dict[str, Any] = {"release": release.number, "snapshot": snapshot}
    told |= {"judged": rates.height, "flagged": flagged.height}
    subject = f"{ANALYSIS}{of.label}"
    ledger.append(ANALYSED, subject, by=by, at=at, detail=told | {"opened": len(opened)})
    return analysis


def _evidence(row: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in FIGURES} | {
        "title": entry["title"],
        "unit": entry["unit"],
        "direction": entry["direction"],
        "indicator_version": entry["version"],
        "benchmark_source": entry["source"],
    }


def missing_quarters(owed: pl.DataFrame, nations: Nations) -> list[Found]:
    """A case of non-participation of each quarter due without an upload or a nil return.

    Args:
        owed: what each site owes: site_ods_code, quarter, due_date, state, is_late_today. An
            upload that waits for the site's decision is one: it is late, and no case.
    """
    late = owed.filter(pl.col("is_late_today") & (pl.col("state") == "missing"))
    return [
        Found(
            site=row["site_ods_code"],
            nation=nations.get(row["site_ods_code"], ENGLAND),
            indicator_id=policy().non_participation,
            kind="non-participation",
            period=period(row["quarter"], row["quarter_end"]),
            evidence={
                "title": "Quarter not reported",
                "due_date": row["due_date"].isoformat(),
                "sentence": f"{row['site_name']} ({row['site_ods_code']}) sent neither an export "
                f"nor a nil return for {row['quarter']}, due {day(row['due_date'])}.",
            },
        )
        for row in late.iter_rows(named=True)
    ]


def poor_quarters(home: Path, of: Period, nations: Nations) -> list[Found]:
    """A case of poor data of each site whose key fields of a quarter are filled too rarely."""
    poor = policy().poor_data
    with Reader.open(home, TEAM) as reader:
        release = reader.release()
        if release.data_date < of.end:
            return []
        rates = reader.rates([poor.indicator], period=of.label)
        entry = reader.indicators().filter(pl.col("id") == poor.indicator).row(0, named=True)
    is_poor = pl.col("events") / pl.col("eligible") < poor.threshold
    found = rates.filter((pl.col("eligible") >= poor.fewest) & is_poor)
    return [
        Found(
            site=row["site_id"],
            nation=nations.get(row["site_id"], ENGLAND),
            indicator_id=poor.indicator,
            kind="poor data",
            period=of,
            evidence=_evidence(row, entry)
            | {"threshold": poor.threshold, "data_date": release.data_date.isoformat()},
            release=release.number,
        )
        for row in found.iter_rows(named=True)
    ]
