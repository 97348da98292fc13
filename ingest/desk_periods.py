"""At the desk: what is due, signed and locked, snapshots, past states and change bridges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from ingest import bridges, decisions, kept_of_site, looking_back, snapshotting
from ingest.desk_rights import DeskOf, may
from ingest.desk_sites import itself
from sql.kept_releases import KeptRelease, kept_releases
from sql.ledger import LedgerError
from sql.snapshot_tables import OPEN


@dataclass(frozen=True)
class Validated:
    """A reporting year that sites validate: up to when, and which of one's own have not signed."""

    year: str
    last_day: date
    not_signed: Sequence[str]


class PeriodsDesk(DeskOf):
    """Of quarters and years, and of the states of the registry at other times."""

    @may("see rows")
    def due(self) -> pl.DataFrame:
        """What the viewer's sites owe for each quarter that has ended."""
        return kept_of_site.due(self.home, self._own, self.now.date())

    @may("see rows")
    def signed_off(self) -> pl.DataFrame:
        """Every sign-off of the viewer's sites, newest first."""
        return decisions.signed_off(self.home, self._own)

    @may("sign off", of=itself)
    def sign_off(self, site: str, period: str, *, text: str) -> int:
        """Sign a quarter or a year of a site; gives the sign-off's number."""
        by, at = self.viewer.by, self.now
        return decisions.sign_off(self.home, site, period, by=by, at=at, text=text)

    @may("see rows")
    def locked_periods(self) -> pl.DataFrame:
        """Every lock there ever was, newest first."""
        return decisions.locked_periods(self.home)

    @may("lock a period")
    def lock(self, period: str, *, reason: str) -> int:
        """Lock a reporting year; gives the lock's number."""
        by, at = self.viewer.by, self.now
        return decisions.lock(self.home, period, by=by, at=at, reason=reason)

    @may("lock a period")
    def unlock(self, number: int, *, reason: str) -> None:
        """Open a locked period again."""
        decisions.unlock(self.home, number, by=self.viewer.by, at=self.now, reason=reason)

    # Annual snapshots

    @may("see rows")
    def validated(self) -> list[Validated]:
        """The years that are validated now."""
        found = []
        for row in snapshotting.snapshot_list(self.home):
            if row["state"] == OPEN:
                missing = snapshotting.validation(self.home, row, self.now.date()).not_signed
                own = [site for site in missing if self.viewer.may("see rows", site)]
                last = date.fromisoformat(row["window_end"])
                found.append(Validated(str(row["period"]), last, own))
        return found

    @may("take a snapshot")
    def snapshots(self) -> Sequence[Mapping[str, Any]]:
        """Every snapshot there ever was, newest first: the ledger's rows."""
        return snapshotting.snapshot_list(self.home)

    @may("take a snapshot")
    def validation(self, number: int) -> snapshotting.Validation:
        """Who has signed the year of a snapshot, and whether it may be taken."""
        rows = {row["number"]: row for row in snapshotting.snapshot_list(self.home)}
        if number not in rows:
            raise LedgerError(f"no snapshot {number}")
        return snapshotting.validation(self.home, rows[number], self.now.date())

    @may("take a snapshot")
    def asked_of_snapshot(self, number: int) -> pl.DataFrame:
        """What was asked about a snapshot, and what came of it."""
        return decisions.asked(self.home, f"snapshot {number}")

    @may("take a snapshot")
    def open_snapshot(self, year: str) -> int:
        """Open the validation of a reporting year; gives the snapshot's number."""
        return snapshotting.open_snapshot(self.home, year, by=self.viewer.by, at=self.now)

    @may("take a snapshot")
    def cancel_snapshot(self, number: int, *, reason: str) -> None:
        """End a validation without a snapshot."""
        by, at = self.viewer.by, self.now
        snapshotting.cancel_snapshot(self.home, number, by=by, at=at, reason=reason)

    @may("take a snapshot")
    def request_snapshot(self, number: int) -> int:
        """Ask the worker to take a snapshot; gives the request's number."""
        return snapshotting.request_snapshot(self.home, number, by=self.viewer.by, at=self.now)

    @may("take a snapshot")
    def snapshot_differences(self) -> Mapping[int, Sequence[str]]:
        """What is not as it was when each snapshot was taken, by its number."""
        return snapshotting.snapshot_differences(self.home)

    # Other times

    @may("publish a release")
    def releases(self) -> list[KeptRelease]:
        """Every release that is kept, newest first."""
        return kept_releases(self.home)

    @may("see definitions")
    def kept_states(self) -> looking_back.Kept:
        """What there is to look back at, for every viewer the same."""
        return looking_back.kept(self.home)

    @may("see rows")
    def as_it_stood(self, day: date) -> looking_back.Stood:
        """The state at the end of a day; the worker is asked for it where it is not kept."""
        by, at = self.viewer.by, self.now
        return looking_back.as_it_stood(self.home, self.viewer, day, by=by, at=at)

    @may("see published figures")
    def as_frozen(self, year: str) -> looking_back.Stood:
        """The release frozen as a year's snapshot."""
        by, at = self.viewer.by, self.now
        return looking_back.as_frozen(self.home, self.viewer, year, by=by, at=at)

    @may("see rows")
    def bridge_progress(self, first: int, second: int) -> bridges.Progress:
        """How far the bridge between two releases is."""
        return bridges.bridge_progress(self.home, first, second)

    @may("ask for a bridge")
    def request_bridge(self, first: int, second: int) -> None:
        """Ask the worker what moved the figures from one release to another."""
        by, at = self.viewer.by, self.now
        bridges.request_bridge(self.home, first, second, by=by, at=at)
