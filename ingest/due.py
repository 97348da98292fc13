"""What each site owes for each quarter: due, received, held, missing, and who is late today."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingest.home import LONDON
from ingest.ledger_frames import Schema
from sql.ledger import IN_THE_WALK
from sql.reader_periods import Period, quarters
from sql.warehouse import DUE, latest_due

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
    submissions: Sequence[Row], register: Path, today: date, sites: Collection[str] | None = None
) -> pl.DataFrame:
    """Each site's quarters that have ended, with what came of each.

    A site is expected for the quarters in which it is designated, from the first quarter
    that it reported or, where it never did, from the registry's first. A site without any
    designation is expected for all of them. A correction does not report a quarter.

    Args:
        submissions: the ledger's rows, of every site.
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
    reports = [row for row in submissions if _reports(row)]
    starts = [date.fromisoformat(row["period_start"]) for row in reports if _is_accepted(row)]
    first = min([*starts, latest_due(today)])
    ended = [quarter for quarter in quarters(first, today) if quarter.end < today]
    rows = []
    for site, name in named.sort("site_ods_code").iter_rows():
        if sites is not None and site not in sites:
            continue
        own = [row for row in reports if row["site_ods_code"] == site]
        terms = designated.filter(site_ods_code=site)
        since = min((row["period_start"] for row in own if _is_accepted(row)), default="")
        for quarter in ended:
            is_expected = quarter.start.isoformat() >= since and _is_designated(terms, quarter)
            said = _quarter(own, quarter, today)
            if is_expected or said["state"] not in ("missing", "not due"):
                said["is_late_today"] &= is_expected
                rows.append(
                    {"site_ods_code": site, "site_name": name, "is_expected": is_expected} | said
                )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _quarter(own: Sequence[Row], quarter: Period, today: date) -> dict[str, Any]:
    """What a site has sent for a quarter, the first of it that was accepted."""
    due_date = quarter.end + DUE
    covering = [row for row in own if _covers(row, quarter)]
    accepted = [row for row in covering if _is_accepted(row)]
    is_due = due_date < today
    if accepted:
        is_nil = all(row["nil_return"] for row in accepted)
        state = "nil return" if is_nil else "received"
    elif covering:
        state = "held"
    else:
        state = "missing" if is_due else "not due"
    first = min(accepted or covering, key=lambda row: row["received_at"], default=None)
    at = datetime.fromisoformat(first["received_at"]) if first else None
    return {
        "quarter": quarter.label,
        "quarter_start": quarter.start,
        "quarter_end": quarter.end,
        "due_date": due_date,
        "state": state,
        "received_at": at,
        "submission_id": first["submission_id"] if first else None,
        "is_late": at is not None and at.astimezone(LONDON).date() > due_date,
        "is_late_today": is_due and not accepted,
    }


def _reports(row: Row) -> bool:
    is_waiting_or_in = row["state"] == "held" or _is_accepted(row)
    has_period = row["period_start"] is not None and row["period_end"] is not None
    return is_waiting_or_in and has_period and row["submission_type"] != "CORRECTION"


def _is_accepted(row: Row) -> bool:
    return row["state"] in IN_THE_WALK


def _covers(row: Row, quarter: Period) -> bool:
    starts, ends = row["period_start"], row["period_end"]
    return bool(starts <= quarter.start.isoformat() and quarter.end.isoformat() <= ends)


def _is_designated(terms: pl.DataFrame, quarter: Period) -> bool:
    if not terms.height:
        return True
    starts, ends = pl.col("designation_start"), pl.col("designation_end")
    open_end = ends.is_null() | (ends >= quarter.start)
    return terms.filter((starts <= quarter.end) & open_end).height > 0
