"""At the desk: the views that a person saves for themselves, and what is new to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from ingest import depositing
from ingest.desk_rights import DeskOf, may
from ingest.home import open_home
from sql import outlier_cases, visits
from sql import saved_views as kept
from sql.ledger import Ledger
from sql.saved_views import SavedView
from sql.visits import Visit


@dataclass(frozen=True)
class Changed:
    """What came in or moved on.

    Attributes:
        submissions: rows of the desk's; none to a viewer without rows.
        cases: rows of the desk's; to a viewer without rows all that are published.
    """

    submissions: pl.DataFrame
    cases: Sequence[Mapping[str, Any]]
    is_snapshot_taken: bool


class ViewsDesk(DeskOf):
    """Of one's own views and visits, which every account has and nobody else sees."""

    @may("see definitions")
    def saved_views(self) -> Sequence[SavedView]:
        """One's own, by name."""
        with self._kept() as ledger:
            return kept.saved_views(ledger, self.viewer)

    @may("see definitions")
    def save_view(self, name: str, page: str, query: Mapping[str, str]) -> int:
        """Keep the address of a page; gives the view's number."""
        with self._kept() as ledger:
            address = kept.address_of(page, query)
            return kept.save(ledger, self.viewer, name, address, at=self.now)

    @may("see definitions")
    def rename_view(self, number: int, name: str) -> None:
        """Give a view another name."""
        with self._kept() as ledger:
            kept.rename(ledger, self.viewer, number, name, at=self.now)

    @may("see definitions")
    def delete_view(self, number: int) -> None:
        """Let a view go."""
        with self._kept() as ledger:
            kept.delete(ledger, self.viewer, number, at=self.now)

    @may("see definitions")
    def last_visit(self) -> Visit | None:
        """The viewer's visit before this one."""
        with self._kept() as ledger:
            return visits.last_visit(ledger, self.viewer, at=self.now)

    @may("see definitions")
    def visit(self, release: int | None) -> None:
        """Mark that the viewer is here and sees a release."""
        with self._kept() as ledger:
            visits.visit(ledger, self.viewer, release, at=self.now)

    @may("see definitions")
    def changed_since(self, at: datetime) -> Changed:
        """What of the viewer's own came in or moved on after a moment."""
        submissions, found = pl.DataFrame(), []
        with self._kept() as ledger:
            told = visits.touched_since(ledger, at)
            if self.viewer.may("see cases"):
                found = list(outlier_cases.cases(ledger, self.viewer))
        subjects = {subject for _, subject in told}
        if self.viewer.may("see rows"):
            submissions = depositing.submissions(self.home, self._own)
            submissions = submissions.filter(pl.col("submission_id").is_in(list(subjects)))
            found = [one for one in found if f"case {one['number']}" in subjects]
        is_taken = any(action == "snapshot taken" for action, _ in told)
        return Changed(submissions, found, is_taken)

    def _kept(self) -> Ledger:
        return Ledger(open_home(self.home).ledger_path)
