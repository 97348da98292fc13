"""At the desk: the views that a person saves for themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.desk_rights import DeskOf, may
from ingest.home import open_home
from sql import saved_views as kept
from sql.ledger import Ledger
from sql.saved_views import SavedView


class ViewsDesk(DeskOf):
    """Of one's own views, which every account may keep and nobody else sees."""

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

    def _kept(self) -> Ledger:
        return Ledger(open_home(self.home).ledger_path)
