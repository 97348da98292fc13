"""The Reader: the only door to a release's figures, opened for one viewer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Unpack

import polars as pl

from sql import (
    reader_breaches,
    reader_compliance,
    reader_quality,
    reader_rates,
    reader_standing,
)
from sql.access import Viewer
from sql.reader_incidence import Incidence
from sql.reader_of_bridges import BridgesReader
from sql.reader_source import NoRelease, Release, Source
from sql.reader_survival import Survival
from sql.reader_target import Against
from sql.selection import CaseMix, Selection
from sql.statistics.funnel import Verdict

__all__ = ["Incidence", "NoRelease", "Reader", "Release", "Survival", "Verdict"]

By = Literal["site", "all"]


class Reader(BridgesReader):
    """Figures of the served release, as far as one viewer may see them.

    Open it with `with Reader.open(home, viewer) as reader:`. Every method that gives own
    rows raises AccessDenied for a viewer without rows; `site` arguments must be own sites.
    Periods are "36 months", "12 months" (rolling, ending at the data date), or the label of a
    quarter or a year, "2026/27 Q2", "2026/27". Proportions are 0 to 1; dates are dates; ids
    are text.
    """

    @classmethod
    def open(
        cls,
        home: Path,
        viewer: Viewer,
        *,
        release: int | None = None,
        at: datetime | None = None,
    ) -> Reader:
        """Open the release named by releases/CURRENT, or an earlier one, read-only.

        A viewer without own rows gets the public file only.

        Args:
            at: when it is read; needed of an account, whose denials are logged.

        Raises:
            NoRelease: if nothing has been published yet, or that release is not kept.
        """
        return cls(Source.open(home, viewer, release, at))

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._source.close()

    # What is open, and for whom

    @property
    def viewer(self) -> Viewer:
        return self._source.viewer

    @property
    def cache_key(self) -> tuple[str, int, tuple[int, ...]]:
        """(scope, release number, its file): must stand in the key of everything cached."""
        source = self._source
        return (source.scope_key, source.release.number, source.stamp)

    def release(self) -> Release:
        """The release: number, data_date, built_at, sites_expected, sites_reporting, status."""
        return self._source.release

    def scope(self) -> str:
        """One sentence that says what this viewer sees."""
        return self._source.scope_sentence()

    def periods(self) -> list[str]:
        """What may stand as `period`: "36 months", "12 months"; with own rows also quarters."""
        return self._source.period_labels()

    def period_sentence(self, period: str = "36 months") -> str:
        """ "1 Oct 2023 to 30 Sep 2026 (rolling 36 months)"."""
        return self._source.period(period).sentence

    def sites(self) -> pl.DataFrame:
        """Own sites: site_id, site_name, trust_id, complete_to, quarters_missing (list of labels),
        note (a sentence naming the missing quarters, else null); by site_id."""
        return reader_quality.sites(self._source)

    # Rates of own rows

    def rates(
        self,
        indicator_ids: Sequence[str],
        *,
        period: str = "36 months",
        by: By = "site",
        against: Against = "benchmark",
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own rates: one row per (indicator_id, site_id), or per indicator with by="all".

        Returns:
            indicator_id, title, kind, unit, direction, site_id and site_name (null with
            by="all"), eligible, events, unknown, known; rate (null where more than 10 % of
            outcomes are unknown, or nothing is eligible), lower, upper (Wilson 95 % of rate);
            best, worst (all unknown and left out taken the good, the bad way);
            excluded_by_site (procedures left out by an accepted exclusion, and unknown ones
            with a record left out), withheld (of those, the unknown ones),
            immature (of the period, window not yet elapsed); target (null: none), verdict
            ('alarm', 'alert', 'within', 'outcome unknown', 'too few to judge', 'better than
            expected'; null without a target), verdict_note (what lies behind it), sentence.
            Sites in order of site_id; a site without an eligible unit has a row of zeros.
        """
        selection = Selection(**case_mix)
        return reader_rates.rates(self._source, indicator_ids, period, by, selection, against)

    def exclusions(self) -> pl.DataFrame:
        """Rows and values left out by an accepted exclusion (governance leads, registry team).

        Returns:
            site_id, procedure_id, table_name, column_name (null: the whole row), rule,
            is_protected, accepted_by, agreed_by (of the registry team, where it needed two),
            submission_id, source_line; protected first.
        """
        return reader_quality.exclusions(self._source)

    def identity_clashes(self) -> pl.DataFrame:
        """D14b, for the registry team: one patient, one day, two sites: site_id,
        procedure_id, procedure_date, other_site_id, other_procedure_id, submission_id,
        source_file, source_line; newest first, each pair from either side."""
        return reader_quality.identity_clashes(self._source)

    # Compliance with the guidance

    def compliance(self, *, period: str = "36 months", by: By = "site") -> pl.DataFrame:
        """Own compliance: one row per (site_id, rule_id), or per rule with by="all".

        Returns:
            site_id, site_name, rule_id, title, clause, eligible, met, not_met, cannot_tell,
            rate (met / eligible), lower, upper (Wilson), upper_bound ((met + cannot_tell) /
            eligible), status ('met', 'breaches', 'cannot tell', 'none': no procedure),
            sentence. The bundle (C11) first, then C1 to C8.
        """
        return reader_compliance.compliance(self._source, period, by)

    def breaches(
        self, rule_id: str, *, site: str | None = None, period: str = "36 months"
    ) -> pl.DataFrame:
        """Own procedures that do not meet a rule or of which one cannot tell.

        Returns:
            site_id, procedure_id, procedure_date, nice_guidance (in force on the day), result
            ('not met', 'cannot tell'), reason, remedy, submission_id, source_file,
            source_line; newest first.
        """
        return reader_compliance.breaches(self._source, rule_id, site, period)

    def breaches_beside(
        self, *, site: str | None = None, period: str = "36 months"
    ) -> pl.DataFrame:
        """Own breaches that no rule of the matrix counts: an active cardiac device without
        sign-off, a suspected device problem without a Yellow Card, a block that was not complete.

        Returns:
            site_id, procedure_id, procedure_date, nice_guidance, rule, reason, remedy,
            submission_id, source_file, source_line; newest first.
        """
        return reader_breaches.beside(self._source, site, period)

    def on_record(self, site: str, procedure: str) -> pl.DataFrame:
        """What an own procedure is judged on: rule_id, title, result, reason, facts (dated, in
        words); one row a rule, C1 to C8."""
        return reader_compliance.on_record(self._source, site, procedure)

    def spans(self, site: str) -> pl.DataFrame:
        """What has allowed an own site to treat: lane (specialist centre, governance approval,
        research study, operator signed off), named, first_day, last_day (null: no end),
        next_review (of an approval).

        A study counts from its opening and the site's confirmation, with an ethical opinion;
        operators are numbered in the order of their pseudonyms, never ranked.
        """
        return reader_standing.spans(self._source, site)

    def treated(self, site: str) -> pl.DataFrame:
        """Own procedures of a site in order: procedure_id, procedure_date, result (all five)."""
        return reader_standing.treated(self._source, site)

    def operators(self, site: str) -> pl.DataFrame:
        """Cases of each operator of an own site: operator (as in `spans`), financial_year,
        cases, supervised."""
        return reader_standing.operators(self._source, site)

    def breach_reasons(
        self, rule_id: str, *, site: str | None = None, period: str = "36 months"
    ) -> pl.DataFrame:
        """Reasons of one rule: result, reason, procedures, remedy; most first.

        A procedure may fail a rule for more than one reason: each is counted.
        """
        return reader_compliance.breach_reasons(self._source, rule_id, site, period)

    def compliance_trend(self, rule_id: str, *, site: str | None = None) -> pl.DataFrame:
        """Own compliance by quarter: quarter, quarter_end, eligible, met, not_met,
        cannot_tell, rate, lower, upper, upper_bound; oldest first."""
        return reader_compliance.trend(self._source, rule_id, site)

    # Data quality of own submissions

    def completeness(self) -> pl.DataFrame:
        """Filled key fields: one row per (site_id, table_name, column_name).

        Returns:
            site_id, table_name, column_name, title, expected, filled, rate, lower, upper,
            target (of indicator D2); in dictionary order.
        """
        return reader_quality.completeness(self._source)

    def findings(
        self, *, by: Literal["rule", "site"] = "rule", today: date | None = None
    ) -> pl.DataFrame:
        """Findings on current rows, counted: by rule (rule, table_name, column_name, findings,
        answered, sites) or by site and rule (site_id, site_name, rule, findings, answered);
        most first. `findings` are open; of the others an answer stands `today`."""
        return reader_quality.findings(self._source, by, today)

    def finding_rows(
        self, *, rule: str | None = None, site: str | None = None, today: date | None = None
    ) -> pl.DataFrame:
        """Findings on current rows, singly: site_id, rule, table_name, column_name,
        submission_id, source_file, source_line, finding_id, and of the answer that stands
        `today` answer, answered_by, answered_at, answered_until; by site, file and line."""
        return reader_quality.finding_rows(self._source, rule, site, today)

    def submissions(self) -> list[str]:
        """The submissions of own sites that the release was made from."""
        return reader_quality.submissions(self._source)

    def participation(self) -> pl.DataFrame:
        """Own site-quarters: site_id, site_name, quarter, quarter_start, quarter_end, due_date,
        state ('reported', 'nil return', 'missing', 'not due'), received_at (UTC), is_late."""
        return reader_quality.participation(self._source)

    def ascertainment(self, *, period: str = "36 months") -> pl.DataFrame:
        """Own procedures against hospital statistics, over quarters that gave their count:
        site_id, site_name, quarters, procedures, expected, ratio (null without a count)."""
        return reader_quality.ascertainment(self._source, period)
