"""The demo's governance, replayed: snapshots, an analysis, what people did of it, a review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from ingest import inbox
from ingest.analysing import analysed, open_from_due_dates
from ingest.home import LONDON, Home
from sql.access import DEMO_VIEWERS, Viewer
from sql.analysis import TEAM
from sql.ledger import Ledger
from sql.reader import Reader
from sql.reader_periods import reporting_period

Action = Mapping[str, Any]


def replay(home: Home, ledger: Ledger, action: Action) -> None:
    """Carry out one action of `cases.json`, but for the publication of a release."""
    REPLAYED[action["action"]](home, ledger, action, datetime.fromisoformat(action["at"]))


def _open_snapshot(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    inbox.open_snapshot(home.path, action["period"], by=action["by"], at=at)


def _sign_off(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    said = {"by": action["by"], "at": at, "text": action["text"]}
    inbox.sign_off(home.path, action["site"], action["period"], **said)


def _ask_for_snapshot(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    number = next(
        row["number"] for row in inbox.snapshot_list(home.path) if row["period"] == action["period"]
    )
    inbox.request_snapshot(home.path, number, by=action["by"], at=at)


def _unlock(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    of = reporting_period(action["period"])
    standing = inbox.locked_periods(home.path).filter(
        pl.col("unlocked_at").is_null(), pl.col("period_start") == of.start
    )
    said = {"by": action["by"], "at": at, "reason": action["reason"]}
    inbox.unlock(home.path, standing["number"][0], **said)


def _lock(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    said = {"by": action["by"], "at": at, "reason": action["reason"]}
    inbox.lock(home.path, action["period"], **said)


def _analyse(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    analysed(home, ledger, action["period"], by=action["by"], at=at)


def _follow_due_dates(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    open_from_due_dates(home, ledger, at)


def _move(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    about = {"site_ods_code": "site", "indicator_id": "indicator", "period": "period"}
    row = next(
        one
        for one in inbox.cases(home.path, TEAM)
        if all(one[name] == action[said] for name, said in about.items())
    )
    viewer = DEMO_VIEWERS["team"] if action["by"] == "team" else _lead_of(action["site"])
    said = {"seen": row["stage"], "viewer": viewer, "at": at, "text": action["text"]}
    inbox.move_case(home.path, row["number"], action["move"], **said)


def _review(home: Home, ledger: Ledger, action: Action, at: datetime) -> None:
    viewer = _lead_of(action["site"])
    with Reader.open(home.path, viewer) as reader:
        events = reader.sentinel_events(period="36 months")
    found = inbox.with_reviews(home.path, events, viewer, at.astimezone(LONDON).date()).filter(
        pl.col("procedure_id") == action["procedure"], pl.col("event") == action["event"]
    )
    said = {"outcome": action["outcome"], "lesson": action["lesson"], "viewer": viewer, "at": at}
    inbox.review_event(home.path, found["event_key"][0], site=action["site"], **said)


def _lead_of(site: str) -> Viewer:
    """The governance lead of a site's trust: the demo's own persona, or another's."""
    own = DEMO_VIEWERS["governance"]
    return own if site in own.sites else Viewer("Dr F. Demo", own.role, (site,))


REPLAYED: Mapping[str, Callable[[Home, Ledger, Action, datetime], None]] = {
    "open snapshot": _open_snapshot,
    "sign off": _sign_off,
    "take snapshot": _ask_for_snapshot,
    "unlock": _unlock,
    "lock": _lock,
    "analyse": _analyse,
    "follow due dates": _follow_due_dates,
    "case": _move,
    "review": _review,
}
