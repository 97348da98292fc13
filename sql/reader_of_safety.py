"""The part of the Reader that follows one indicator: by quarter, in order, by case; see Reader."""

from __future__ import annotations

from typing import Unpack

import polars as pl

from sql import (
    reader_rates,
    reader_safety,
    reader_sequence,
    reader_splits,
    reader_target,
    reader_trends,
)
from sql.in_order import InOrder
from sql.reader_of_published import PublishedReader
from sql.reader_splits import Split
from sql.reader_target import Against, Target
from sql.selection import CaseMix, Selection


class SafetyReader(PublishedReader):
    """One indicator of own rows, narrowed by case mix, and the cases behind it."""

    def trend(
        self,
        indicator_id: str,
        *,
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own rate by quarter: quarter, quarter_end, eligible, events, unknown, rate, lower,
        upper; oldest first, up to the last quarter that any own site is complete to."""
        selection = Selection(**case_mix)
        return reader_trends.trend(self._source, indicator_id, site, selection)

    def target(
        self,
        indicator_id: str,
        *,
        against: Against = "benchmark",
        period: str = "36 months",
        **case_mix: Unpack[CaseMix],
    ) -> Target:
        """What own rates are judged against: the published benchmark, or the national rate of
        the published counts; and what the filters do to it."""
        return reader_target.target(
            self._source,
            reader_rates.declarations(self._source, [indicator_id])[indicator_id],
            against,
            period,
            Selection(**case_mix),
        )

    def funnel(
        self,
        indicator_id: str,
        *,
        period: str = "36 months",
        against: Against = "benchmark",
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """The boundary of the tail rule for an indicator with a target; empty without one.

        Returns:
            eligible (1 up to 1.25 times the largest own site, at least 30), alert, alarm
            (smallest flagged counts), alert_line, alarm_line ((count - 0.5) / eligible, null
            above 1). The points are `rates(...)`: own sites only.
        """
        selection = Selection(**case_mix)
        return reader_trends.funnel(self._source, indicator_id, period, selection, against)

    def in_order(
        self,
        indicator_id: str,
        *,
        site: str,
        period: str = "36 months",
        against: Against = "benchmark",
        **case_mix: Unpack[CaseMix],
    ) -> InOrder:
        """One own site's procedures in order of time, from the first on record to the end of
        the period: gaps between events, a CUSUM, sentinel events at their place."""
        selection = Selection(**case_mix)
        return reader_sequence.in_order(
            self._source, indicator_id, site, period, selection, against
        )

    def split(
        self,
        indicator_id: str,
        by: Split,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own rates side by side: part, operators, eligible, events, unknown, rate, lower, upper.

        By operators' case number at their site, figures of a band of fewer than two operators
        are null: they would be one person's; so are those of the smallest other band, where
        the whole would give them away.
        """
        selection = Selection(**case_mix)
        return reader_splits.split(self._source, indicator_id, by, period, site, selection)

    def cases(
        self,
        indicator_id: str,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """The procedures behind a numerator: one row per complication or event.

        Returns:
            site_id, procedure_id, procedure_date, complication_id, onset_date, day (days
            after the procedure), category, subtype, grade, relatedness, intervention (as
            titles), yellow_card (a reference, 'not reported' or null where no device is
            suspected), review (what is on record of LFPSE and candour), submission_id,
            source_file, source_line; newest first.
        """
        selection = Selection(**case_mix)
        return reader_safety.cases(self._source, indicator_id, period, site, selection)

    def complications(
        self,
        *,
        period: str = "36 months",
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """All own complications of the period, with the columns of `cases`; newest first."""
        selection = Selection(**case_mix)
        return reader_safety.complications(self._source, period, selection)

    def sentinel_events(self, *, period: str = "36 months") -> pl.DataFrame:
        """Events reviewed singly: death within 90 days, Clavien-Dindo IV or V, needle-tract
        seeding, ventricular arrhythmia. The columns of `cases`, plus event (which of these)."""
        return reader_safety.sentinel_events(self._source, period)
