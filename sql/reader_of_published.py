"""The half of the Reader that is the same for every viewer: definitions and published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Unpack

import polars as pl

from sql import reader_published
from sql.reader_source import Source
from sql.selection import CaseMix, Selection


class PublishedReader:
    """Definitions, and figures over the fixed strata, rounded; see Reader."""

    def __init__(self, source: Source) -> None:
        self._source = source

    # Definitions: no rows, open to every role

    def indicators(self) -> pl.DataFrame:
        """The indicators of the release: the columns of `pub_indicator` (indicators.toml)."""
        return reader_published.indicators(self._source)

    def definitions(self) -> Mapping[str, Mapping[str, Any]]:
        """The same by id: an indicator's id to its columns."""
        rows = reader_published.indicators(self._source).iter_rows(named=True)
        return MappingProxyType({row["id"]: row for row in rows})

    def policy(self) -> pl.DataFrame:
        """The local policy values, by name and day: name, title, value (text), unit, since,
        until (null: no end), decides, provenance, source, recorded."""
        return reader_published.policy(self._source)

    # Published figures: the same for every viewer

    def published_rates(
        self,
        indicator_ids: Sequence[str],
        *,
        period: str = "36 months",
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """National figures, rounded: one row per indicator asked for.

        Returns:
            indicator_id, title, kind, direction, period, eligible_text, events_text,
            unknown_text ('*', '0' or a multiple of 5), eligible, events, unknown (the same
            as integers, null where '*'), percent, lower, upper (whole per cents of the
            rounded counts, null below a rounded 20), note (why there is no figure: e.g.
            "no national figure for this selection"), sentence.
        """
        return reader_published.rates(self._source, indicator_ids, period, Selection(**case_mix))

    def published_survival(self, indicator_id: str = "E6_OS") -> pl.DataFrame:
        """National survival at 1, 2, 3 and 5 years, overall (E6_OS) or free of progression
        (E5_PFS): years, at_risk_text, at_risk, percent, lower, upper (whole per cents; null
        where fewer than a rounded 20 are at risk), note."""
        return reader_published.survival(self._source, indicator_id)

    def published_incidence(self, indicator_id: str = "E4_LTP") -> pl.DataFrame:
        """National local progression per patient at 1 and 2 years, death and transplant
        competing: years, entered_text, events_text, competing_text, at_risk_text, at_risk,
        percent, lower, upper (whole; null where fewer than a rounded 20 are at risk), note."""
        return reader_published.incidence(self._source, indicator_id)

    def published_equity(self, indicator_id: str) -> pl.DataFrame:
        """An indicator by age, sex, ethnic group and deprivation, national, 36 months:
        group ("age", ...), part, eligible_text, events_text, unknown_text, percent, lower,
        upper (whole; of the rounded counts), note (why there is none). No row where the
        indicator is not of the stratum."""
        return reader_published.equity(self._source, indicator_id)

    def compliance_status(self) -> pl.DataFrame:
        """Every site by rule, rolling 36 months: site_id, site_name, rule_id, title, status
        ('met', 'breaches', 'cannot tell', 'few'), symbol (●, ▲, ○, –), procedures_text,
        breaches_text (null below 8 procedures); by site_id, then C1 to C5."""
        return reader_published.compliance_status(self._source)

    def compliance_national(self) -> pl.DataFrame:
        """Every rule by financial year: rule_id, title, financial_year, procedures_text,
        breaches_text, cannot_tell_text, percent met, lower, upper, note; oldest first."""
        return reader_published.compliance_national(self._source)

    def published_participation(self) -> pl.DataFrame:
        """Every site: site_id, site_name, quarters_expected, quarters_reported, quarters_nil,
        quarters_late, quarters_missing, complete_to; by site_id."""
        return reader_published.participation(self._source)

    def published_ascertainment(self) -> pl.DataFrame:
        """Case ascertainment: site_id, site_name, procedures_text, expected_text, percent and
        note (national row only: site_id null, last; the sum of the published counts)."""
        return reader_published.ascertainment(self._source)
