"""The registry as it stood: a day rebuilt by the worker, or the release frozen as a snapshot.

A day is for those who see rows. Others see snapshots only: between two days of their choice
they could watch a rounded count cross its rounding.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingest import progress
from ingest.home import LONDON, open_home
from sql.accepted import end_of
from sql.access import AccessDenied, Viewer, require
from sql.erasures import erased_since
from sql.hashes import made_by
from sql.kept_releases import is_readable
from sql.ledger import Ledger
from sql.locks import locks
from sql.publish_release import Release
from sql.reader_periods import day as day_text
from sql.rebuilt import rebuilt
from sql.requests import ask, requests
from sql.snapshot_tables import TAKEN
from sql.snapshots import snapshots, taken_of

if TYPE_CHECKING:
    from ingest.work import Work

DONE: Final = "done"
KIND: Final = "rebuild as of"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stood:
    """What there is of a past state.

    Attributes:
        day: whose end it is; of a snapshot the day on which it was taken.
        snapshot: the year, where it is the release frozen as its snapshot.
        release: that shows it; None while the worker is at it, or where there is none.
        why: why there is none, as a sentence; empty while the worker is at it.
        is_begun: True once the worker has begun.
        is_rebuilt: False only of a frozen release that is shown as it is.
        erased: how many records have been erased since.
    """

    day: date
    snapshot: str | None = None
    release: int | None = None
    why: str = ""
    is_begun: bool = False
    is_rebuilt: bool = True
    erased: int = 0


@dataclass(frozen=True)
class Taken:
    """A snapshot that was taken.

    Attributes:
        locks: the first day of each lock of the year, and the day on which it was opened again.
    """

    year: str
    on: date
    release: int
    locks: Sequence[tuple[date, date | None]]

    def is_locked_on(self, day: date) -> bool:
        """True where the snapshot was taken by then and the year took corrections only."""
        return self.on <= day and any(
            first <= day and (opened is None or day < opened) for first, opened in self.locks
        )


@dataclass(frozen=True)
class Kept:
    """What there is to look back at.

    Attributes:
        begun: the day of the first thing on record; None before it.
        reported_since: the first day that an accepted submission reports.
        taken: the snapshots, newest first.
    """

    begun: date | None
    reported_since: date | None
    taken: Sequence[Taken]


def kept(home: Path) -> Kept:
    """What there is to look back at, for every viewer the same."""
    with Ledger(open_home(home).ledger_path) as ledger:
        begun, since = ledger.begun_at(), ledger.reported_since()
        every = locks(ledger)
        taken = [
            Taken(row["period"], _day(row["taken_at"]), row["release"], _of_year(every, row))
            for row in snapshots(ledger)
            if row["state"] == TAKEN
        ]
    return Kept(
        _day(begun) if begun else None,
        date.fromisoformat(since) if since else None,
        taken,
    )


def as_it_stood(home: Path, viewer: Viewer, day: date, *, by: str, at: datetime) -> Stood:
    """The state recorded by the end of a day; the worker is asked for it where it is not kept.

    Raises:
        AccessDenied: if the viewer sees no rows.
    """
    if not viewer.may("see rows"):
        raise AccessDenied("Published figures are kept as annual snapshots only: choose one.")
    if day >= at.astimezone(LONDON).date():
        return Stood(day, why=f"{day_text(day)} is not over yet.")
    return _rebuilt(home, Stood(day), end_of(day), by=by, at=at)


def _rebuilt(home: Path, stood: Stood, moment: datetime, *, by: str, at: datetime) -> Stood:
    """What is kept of a moment; where there is nothing the worker is asked for it."""
    opened, about = open_home(home), moment.isoformat()
    with Ledger(opened.ledger_path) as ledger:
        found = rebuilt(ledger, home, moment)
        if found is not None:
            return replace(stood, release=found, erased=erased_since(ledger, moment))
        # What another version said of it, or built and has been pruned, is asked anew.
        said = [one for one in requests(ledger, about) if one["reason"] == made_by()]
        if not said or said[-1]["outcome"] == DONE:
            ask(ledger, about, KIND, by=by, at=at, reason=made_by())
        elif said[-1]["outcome"] is not None:
            return replace(stood, why=said[-1]["outcome"])
    return replace(stood, is_begun=bool(progress.told(opened, _name(moment))))


def as_frozen(home: Path, viewer: Viewer, year: str, *, by: str, at: datetime) -> Stood:
    """The release frozen as a year's snapshot, for all who see published figures.

    One that another version made is kept as it is, and its moment shown rebuilt.

    Raises:
        AccessDenied: if the viewer sees none.
    """
    require(viewer, "see published figures")
    with Ledger(open_home(home).ledger_path) as ledger:
        row = taken_of(ledger, year)
    if row is None:
        return Stood(date.min, year, why=f"No snapshot of {year} was taken.")
    stood, number = Stood(_day(row["taken_at"]), year), int(row["release"])
    if is_readable(home, number):
        return replace(stood, release=number, is_rebuilt=False, erased=row["erased"])
    moment = datetime.fromisoformat(row["taken_at"])
    return _rebuilt(home, stood, moment, by=by, at=at)


def rebuild(
    work: Work, request: Mapping[str, Any], publish: Callable[[datetime], Release | None]
) -> str:
    """Build a moment's release, unless it is there already; gives what came of it."""
    moment = datetime.fromisoformat(str(request["submission_id"]))
    if rebuilt(work.ledger, work.home.path, moment) is not None:
        return DONE
    progress.tell(work.home, _name(moment), "begun")
    try:
        release = publish(moment)
    except Exception:
        incident = secrets.token_hex(4)  # it must not end the work on what others sent
        _log.exception("incident %s: the state of %s could not be rebuilt", incident, moment)
        return f"It could not be rebuilt: our fault, incident {incident}."
    finally:
        progress.forget(work.home, _name(moment))
    if release is None:
        day = day_text(moment.astimezone(LONDON).date())
        return f"No register was loaded by the end of {day}: there was no data yet."
    return DONE


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(LONDON).date()


def _of_year(
    every: Sequence[Mapping[str, Any]], row: Mapping[str, Any]
) -> list[tuple[date, date | None]]:
    """The locks of a snapshot's whole year: from which day, and opened again on which."""
    return [
        (_day(one["locked_at"]), _day(one["unlocked_at"]) if one["unlocked_at"] else None)
        for one in every
        if one["period_start"] <= row["period_start"] and row["period_end"] <= one["period_end"]
    ]


def _name(moment: datetime) -> str:
    return f"as-of-{moment:%Y%m%d-%H%M%S}"
