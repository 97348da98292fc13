"""What each site owes for each quarter: due, received, held, missing, and who is late today."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingest.home import LONDON
from ingest.ledger_frames import Schema
from sql.reader_periods import DUE, Period, quarters
from sql.warehouse import latest_due

SCHEMA: Schema = {
    "site_ods_code": pl.String,
    "site_name": pl.String,
    "quarter": pl.String,
    "quarter_start": pl.Date,
    "quarter_end": pl.Date,
    "due_date": pl.Date,
    "state": pl.String,
    "received_at": pl.Datetime("us", "UTC"),
    "submission_id": pl.String,
    "is_expected": pl.Boolean,
    "is_late": pl.Boolean,
    "is_late_today": pl.Boolean,
}

Row = Mapping[str, Any]


def due(
    reported: pl.DataFrame,
    held: Sequence[Row],
    register: Path,
    today: date,
    sites: Collection[str] | None = None,
) -> pl.DataFrame:
    """Each site's quarters that have ended, with what came of each.

    A site is expected for the quarters in which it is designated, from the first quarter
    that it reported or, where it never did, from the registry's first. A site without any
    designation is expected for all of them.

    Args:
        reported: what every site has reported, as sql.accepted.reports.
        held: the ledger's rows that wait for a decision.
        register: a load of the register.
        sites: those wanted; None for all.

    Returns:
        One row a site and quarter, expected or received, in that order, SCHEMA. state is
        received, nil return, held (waiting for the site's decision), missing, or not due;
        is_late where it was received after its due date; is_late_today where it is due and
        still held or missing.
    """
    named = pl.read_parquet(register / "site.parquet", columns=["site_ods_code", "site_name"])
    designated = pl.read_parquet(register / "site_designation.parquet")
    first = min([*reported["period_start"], latest_due(today)])
    ended = [quarter for quarter in quarters(first, today) if quarter.end < today]
    sent, terms = _by_site(reported.sort("received_at"), "site_id"), _by_site(designated)
    rows = []
    for site, name in named.sort("site_ods_code").iter_rows():
        if sites is not None and site not in sites:
            continue
        own = sent.get(site, [])
        begun = min((row["period_start"] for row in own), default=None)
        waiting = [row for row in held if row["site_ods_code"] == site and _reports(row)]
        for quarter in ended:
            is_begun = begun is None or quarter.start >= begun
            is_expected = is_begun and _is_designated(terms.get(site, []), quarter)
            said = _quarter(own, waiting, quarter, today)
            if is_expected or said["state"] not in ("missing", "not due"):
                said["is_late_today"] &= is_expected
                at = {"site_ods_code": site, "site_name": name, "is_expected": is_expected}
                rows.append(at | said)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _by_site(frame: pl.DataFrame, site: str = "site_ods_code") -> dict[str, list[Row]]:
    """The rows of each site, in their order."""
    found: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row[site], []).append(row)
    return found


def _quarter(
    own: Sequence[Row], waiting: Sequence[Row], quarter: Period, today: date
) -> dict[str, Any]:
    """What a site has sent for a quarter, the first of it that was accepted."""
    accepted = [
        row
        for row in own
        if row["period_start"] <= quarter.start and row["period_end"] >= quarter.end
    ]
    held = [row for row in waiting if _covers(row, quarter)]
    due_date = quarter.end + DUE
    is_due = due_date < today
    at, submission_id = None, None
    if accepted:
        state = "nil return" if all(row["is_nil_return"] for row in accepted) else "received"
        at = accepted[0]["received_at"].replace(tzinfo=UTC)
        submission_id = accepted[0]["submission_id"]
    elif held:
        first = min(held, key=lambda row: row["received_at"])
        at, submission_id = datetime.fromisoformat(first["received_at"]), first["submission_id"]
        state = "held"
    else:
        state = "missing" if is_due else "not due"
    return {
        "quarter": quarter.label,
        "quarter_start": quarter.start,
        "quarter_end": quarter.end,
        "due_date": due_date,
        "state": state,
        "received_at": at,
        "submission_id": submission_id,
        "is_late": at is not None and at.astimezone(LONDON).date() > due_date,
        "is_late_today": is_due and not accepted,
    }


def _reports(row: Row) -> bool:
    has_period = row["period_start"] is not None and row["period_end"] is not None
    return has_period and row["submission_type"] != "CORRECTION"


def _covers(row: Row, quarter: Period) -> bool:
    starts, ends = row["period_start"], row["period_end"]
    return bool(starts <= quarter.start.isoformat() and quarter.end.isoformat() <= ends)


def _is_designated(terms: Sequence[Row], quarter: Period) -> bool:
    return not terms or any(
        term["designation_start"] <= quarter.end
        and (term["designation_end"] is None or term["designation_end"] >= quarter.start)
        for term in terms
    )
