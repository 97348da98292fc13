"""At the desk: outlier cases with their documents, sentinel events and board packs."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ingest import attaching, reviewing
from ingest.desk_rights import DeskOf, Right, may
from ingest.desk_sites import of_case, of_document, of_event
from ingest.home import LONDON
from ingest.reviewing import Row
from sql.case_moves import BY_NAME, TEAM, TRUST


class CasesDesk(DeskOf):
    """Of outlier cases and sentinel events."""

    @may("see cases")
    def cases(self) -> Sequence[Row]:
        """Those that the viewer may see, newest first; without rows the published ones."""
        return reviewing.cases(self.home, self.viewer)

    @may("see cases")
    def analysed_periods(self) -> frozenset[str]:
        """The periods of which an analysis was made."""
        return reviewing.analysed_periods(self.home)

    @may("see rows", of=of_case)
    def case_steps(self, number: int) -> Sequence[Row]:
        """What was done with a case and said of it, in order."""
        return reviewing.case_steps(self.home, self.viewer, number)

    @may(TEAM, TRUST, of=of_case)
    def move_case(self, number: int, name: str, *, seen: str, text: str = "") -> str:
        """Move a case on, as `seen` has it; gives its new stage."""
        if legal := BY_NAME.get((seen, name)):
            self._require(Right((legal.action,), of_case), number)
        viewer, at = self.viewer, self.now
        return reviewing.move_case(
            self.home, number, name, seen=seen, viewer=viewer, at=at, text=text
        )

    @may("see rows", of=of_case)
    def documents(self, number: int) -> Sequence[Row]:
        """The documents of a case, in order."""
        return attaching.documents(self.home, self.viewer, number)

    @may("see rows", of=of_case)
    def document(self, number: int, document: int) -> tuple[str, bytes]:
        """A document's name and bytes."""
        return attaching.document(self.home, self.viewer, number, document)

    @may(TEAM, TRUST, of=of_case)
    def attach_document(self, number: int, filename: str, data: bytes) -> int:
        """Leave a document with a case; gives its number."""
        viewer, at = self.viewer, self.now
        return attaching.attach_document(self.home, number, filename, data, viewer=viewer, at=at)

    @may(TEAM, of=of_document)
    def remove_document(self, document: int, *, why: str) -> None:
        """Take a document's content out of the home."""
        viewer, at = self.viewer, self.now
        attaching.remove_document(self.home, document, viewer=viewer, at=at, why=why)

    @may("see rows")
    def with_reviews(self, events: pl.DataFrame) -> pl.DataFrame:
        """The rows of Reader.sentinel_events, each with the review that stands."""
        today = self.now.astimezone(LONDON).date()
        return reviewing.with_reviews(self.home, events, self.viewer, today)

    @may("review an event", of=of_event)
    def review_event(self, key: str, *, outcome: str, lesson: str) -> int:
        """Record a review of a sentinel event; gives its number."""
        said, viewer, site = (
            {"outcome": outcome, "lesson": lesson},
            self.viewer,
            of_event(self.home, key),
        )
        return reviewing.review_event(self.home, key, site=site, viewer=viewer, at=self.now, **said)
