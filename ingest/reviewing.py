"""Cases and sentinel events of a home, as a viewer may see them, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingest.agreement import require_no_number
from ingest.home import open_home
from ingest.ledger_frames import Schema, timed
from sql import outlier_cases, sentinel_reviews
from sql.access import Viewer
from sql.case_stages import policy
from sql.ledger import Ledger
from sql.snapshot_rebuilt import became_of

Row = Mapping[str, Any]

REVIEW_SCHEMA: Schema = dict.fromkeys(("event_key", "outcome", "lesson", "by", "at"), pl.String)


def cases(home: Path, viewer: Viewer) -> Sequence[Row]:
    """The outlier cases that a viewer may see, newest first; see sql.outlier_cases.cases.

    Beside the ledger's columns: release_since, what became of the release of a case, in words.
    """
    with Ledger(open_home(home).ledger_path) as ledger:
        return [
            {**row, "release_since": became_of(home, ledger, row["release"])}
            if row.get("release") is not None
            else row
            for row in outlier_cases.cases(ledger, viewer)
        ]


def case_steps(home: Path, viewer: Viewer, number: int) -> Sequence[Row]:
    """What was done with a case and said of it, in order."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return outlier_cases.steps(ledger, viewer, number)


def move_case(
    home: Path, number: int, name: str, *, seen: str, viewer: Viewer, at: datetime, text: str = ""
) -> str:
    """Move a case on; gives its new stage.

    Raises:
        LedgerError: where it may not be moved so, with the reason in plain words.
    """
    require_no_number(text)
    with Ledger(open_home(home).ledger_path) as ledger:
        return outlier_cases.move(ledger, number, name, seen=seen, viewer=viewer, at=at, text=text)


def analysed_periods(home: Path) -> frozenset[str]:
    """The periods of which an analysis was made."""
    with Ledger(open_home(home).ledger_path) as ledger:
        return outlier_cases.analysed(ledger)


def with_reviews(home: Path, events: pl.DataFrame, viewer: Viewer, today: date) -> pl.DataFrame:
    """The rows of Reader.sentinel_events with the review that stands of each.

    Returns:
        The same rows in the same order with event_key, days_elapsed (since the event),
        outcome (in words), lesson, by and at (null where nobody has reviewed it).
    """
    opened = open_home(home)
    with Ledger(opened.ledger_path) as ledger:
        found = timed(sentinel_reviews.reviews(ledger, viewer), REVIEW_SCHEMA)
    key = opened.storage_keys()
    keys = [sentinel_reviews.event_key(row, key) for row in events.iter_rows(named=True)]
    standing = found.unique("event_key", keep="last").with_columns(
        pl.col("outcome").replace(dict(policy().review_outcomes))
    )
    elapsed = (pl.lit(today) - pl.col("onset_date")).dt.total_days().alias("days_elapsed")
    return events.with_columns(pl.Series("event_key", keys, dtype=pl.String), elapsed).join(
        standing, on="event_key", how="left", maintain_order="left"
    )


def review_event(
    home: Path, key: str, *, site: str, outcome: str, lesson: str, viewer: Viewer, at: datetime
) -> int:
    """Record a review of a sentinel event; gives its number.

    Raises:
        LedgerError: where it may not be recorded, with the reason in plain words.
    """
    require_no_number(lesson)
    with Ledger(open_home(home).ledger_path) as ledger:
        said = {"outcome": outcome, "lesson": lesson}
        return sentinel_reviews.review(ledger, key, site=site, viewer=viewer, at=at, **said)
