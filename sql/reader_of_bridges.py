"""The part of the Reader that says what moved a figure between two releases; see Reader."""

from __future__ import annotations

import polars as pl

from sql import compared_releases, reader_bridge
from sql.reader_bridge import Moved
from sql.reader_of_outcomes import OutcomesReader


class BridgesReader(OutcomesReader):
    """Change bridges of own rows. What is kept may change while a release is served."""

    @property
    def kept_releases(self) -> pl.DataFrame:
        """The releases that a viewer with own rows may compare: number, at (whose state it
        shows), is_as_of, data_date, code_version; the latest state first."""
        return compared_releases.releases(self._source)

    def change_bridge(
        self,
        first: int,
        second: int,
        indicator_id: str,
        *,
        site: str | None = None,
        period: str = "36 months",
        stamp: int = 0,
    ) -> Moved:
        """What moved an indicator from one release to another, of one own site or of all own
        sites together, with the units that came, went or changed.

        Args:
            stamp: of the bridge's file, so that an answer is not taken for that of another.

        Raises:
            NoRelease: if that bridge has not been worked out.
        """
        group = [self._source.sites if site is None else [site]]
        return reader_bridge.change_bridge_of(
            self._source,
            (first, second),
            period,
            indicators=[indicator_id],
            sites=group,
            with_units=True,
        )[0]

    def change_bridges(
        self,
        first: int,
        second: int,
        *,
        indicator_id: str | None = None,
        site: str | None = None,
        period: str = "36 months",
    ) -> list[Moved]:
        """The same, without the units, of every indicator and own site, or one of each."""
        return reader_bridge.change_bridge_of(
            self._source,
            (first, second),
            period,
            indicators=None if indicator_id is None else [indicator_id],
            sites=None if site is None else [[site]],
        )
