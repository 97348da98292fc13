"""The part of the Reader for outcomes, case selection and technique; see Reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, Unpack

import polars as pl

from sql import (
    reader_due,
    reader_incidence,
    reader_measures,
    reader_quality_of_life,
    reader_record,
    reader_survival,
    reader_technique,
)
from sql.reader_incidence import Incidence
from sql.reader_of_safety import SafetyReader
from sql.reader_record import Record
from sql.reader_survival import Cohort, Survival
from sql.selection import CaseMix, Selection

By = Literal["site", "all"]


class OutcomesReader(SafetyReader):
    """Times to an event, amounts, and the rows behind case selection and technique."""

    def survival(
        self,
        indicator_id: str = "E6_OS",
        *,
        by: By = "all",
        period: str | None = None,
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> list[Survival]:
        """Survival from the first procedure, Kaplan-Meier, one for all own sites, one a site,
        or that of `site`: curve, landmarks, numbers at risk, median, follow-up, sentence.

        indicator_id: E6_OS overall, E5_PFS free of progression (`deaths` then counts both).
        period: of the first procedure; None follows every patient.
        """
        cohort = Cohort(period, site, Selection(**case_mix))
        return reader_survival.survival(self._source, indicator_id, by, cohort)

    def incidence(
        self,
        indicator_id: str = "E4_LTP",
        *,
        by: By = "all",
        period: str | None = None,
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> list[Incidence]:
        """Cumulative incidence of local progression, death and transplant competing
        (Aalen-Johansen), one for all own sites, one a site, or that of `site`: curve by cause,
        landmarks at 12 and 24 months, numbers at risk, sentence. E4_LTP per patient; E4_LTPL
        per tumour, without intervals."""
        cohort = Cohort(period, site, Selection(**case_mix))
        return reader_incidence.incidence(self._source, indicator_id, by, cohort)

    def followed(self, indicator_id: str) -> pl.DataFrame:
        """What a curve is made of, one row a patient or lesion: site_id, procedure_id,
        unit_key, event_date (the start), tumour_type, approach, time_days, value (1 the
        event, 0 censored or another end), ended_by; E4_LTP, E4_LTPL, E5_PFS, E6_OS."""
        return reader_incidence.ends(self._source, indicator_id, Cohort())

    def record(self, site: str, procedure_id: str) -> Record | None:
        """One own procedure, or None where the site has none of that id.

        Returns:
            procedures: procedure_id and procedure_date of the patient's at the site, by date.
            counts: every unit of it that an indicator counts: indicator_id, title, kind,
            measured_in, unit, unit_key (null of the patient), value, time_days, amount, reason.
            stored: every field that holds something: table_name, table (its title), record (1
            the first of its table), column_name, field (its title), value, code (what a code
            means), moves (ids of the indicators that it may move), submission_id, source_file,
            source_line; in the dictionary's order.
            findings: open on these rows: rule, severity, table_name, column_name,
            submission_id, source_file, source_line, answer, answered_until.
        """
        return reader_record.record(self._source, site, procedure_id)

    def due(self, today: date) -> pl.DataFrame:
        """What is due of own patients: not of who died or withdrew, in whatever scope.

        Returns:
            site_id, procedure_id and procedure_date (the first IRE), kind ('scan',
            'questionnaires', 'vital status'), visit ('month 1'; null of a vital status), opens,
            closes, days_left (negative: closed, and the site's data do not reach so far yet);
            the most urgent first.
        """
        return reader_due.due(self._source, today)

    def measures(
        self,
        indicator_ids: Sequence[str],
        *,
        period: str = "36 months",
        by: By = "site",
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own amounts of indicators that have one (kinds measure and change, and C10): one row
        per (indicator_id, site_id), or per indicator with by="all".

        Returns:
            indicator_id, title, kind, unit, measured_in, site_id, site_name, eligible, known;
            mean, lower, upper (Student 95 %; limits null for one amount), least, q1, median,
            q3, most (null without an amount), sentence. The share that worsened, of a change,
            is `rates`.
        """
        selection = Selection(**case_mix)
        return reader_measures.measures(self._source, indicator_ids, period, by, selection)

    def amounts(
        self, indicator_id: str, *, period: str = "36 months", **case_mix: Unpack[CaseMix]
    ) -> pl.DataFrame:
        """Own amounts singly: indicator_id, site_id, procedure_id, unit_key, event_date, value,
        amount (null where not known); by site and date."""
        selection = Selection(**case_mix)
        return reader_measures.amounts(self._source, [indicator_id], period, selection)

    def not_counted(
        self, indicator_ids: Sequence[str], *, period: str = "36 months", by: By = "all"
    ) -> pl.DataFrame:
        """Own units of the period that stand in no denominator, by reason: indicator_id,
        site_id (null with by="all"), reason, units; no row where there is none."""
        return reader_measures.not_counted(self._source, indicator_ids, period, by)

    def quality_of_life(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Change of every scale from the baseline, one row a scale and visit with an own pair.

        Returns:
            instrument, scale, title, visit (M1 to M24), is_higher_better, smallest_change,
            pairs (answered at both times), known (scored at both), better, worse (by the
            smallest change or more), mean, lower, upper (of the change, in points). Its
            window need not have elapsed: the indicators Q1 and Q2 wait for that.
        """
        return reader_quality_of_life.quality_of_life(
            self._source, period, site, Selection(**case_mix)
        )

    def value_set(self) -> str | None:
        """The EQ-5D value set in force at the build; None where the registry was given none."""
        return reader_quality_of_life.value_set(self._source)

    def liver_function(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own patients at their first IRE: site_id, procedure_id, procedure_date, albi_score,
        albi_grade, child_pugh_score and child_pugh_class (as sent), child_pugh_points and
        child_pugh_class_recomputed (from the components, null where one is missing)."""
        return reader_technique.liver_function(self._source, period, site, Selection(**case_mix))

    def lesions(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own lesions at their first treatment: site_id, procedure_id, lesion_id,
        procedure_date, tumour_type, approach, segment (codes joined by ;), max_diameter_mm,
        dist_vessel_mm, nearest_vessel, dist_bile_duct_mm, nearest_duct, nearest_mm (the
        lesser distance), is_under_30_mm, is_near_vessel_or_duct, n_electrodes, n_positions,
        planned_margin_mm, achieved_min_margin_mm, ablation_zone_max_mm,
        complete_coverage_immediate; oldest first."""
        return reader_technique.lesions(self._source, period, site, Selection(**case_mix))

    def pulses(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own pairs of electrodes, one row a pair and position: site_id, procedure_id,
        lesion_id, procedure_date, position_no, electrode_a, electrode_b, spacing_mm,
        spacing_verified_imaging, angle_deg, tip_depth_offset_mm, parallel_confirmed,
        is_verified (both), active_tip_mm, voltage_v, volts_per_cm, pulses_planned,
        pulses_delivered, pulse_length_us, current_start_a, current_end_a, current_max_a,
        current_rise_a, ecg_sync, aborted_pulses, abort_code; oldest first."""
        return reader_technique.pulses(self._source, period, site, Selection(**case_mix))

    def sessions(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """Own procedures as done: site_id, procedure_id, procedure_date, tumour_type, approach,
        guidance (codes joined by ;), completion_imaging, technical_success, abort_reason,
        n_lesions_treated; oldest first."""
        return reader_technique.sessions(self._source, period, site, Selection(**case_mix))

    def considered(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """What the MDT considered: kind ("considered": an alternative; "reason": why not
        thermal ablation), code, title, procedures, of (all procedures); most first. A
        procedure counts in every code of its set."""
        return reader_technique.considered(self._source, period, site, Selection(**case_mix))

    def responses(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """The best response of each own patient, for a waterfall: site_id, procedure_id (the
        first IRE), procedure_date, tumour_type, day (of the scan), criteria,
        overall_response, response_recomputed, change_percent (of the baseline sum); worst
        first. Patients without a measured scan have no row."""
        return reader_technique.responses(self._source, period, site, Selection(**case_mix))

    def courses(
        self,
        *,
        period: str = "36 months",
        site: str | None = None,
        **case_mix: Unpack[CaseMix],
    ) -> pl.DataFrame:
        """What happened to each own patient, for swimmer lanes: site_id, procedure_id (the
        first IRE), procedure_date, day, event ("IRE", "scan CR", "treatment TACE", "death",
        "last known alive"); by patient and day, up to the site's complete-to date."""
        return reader_technique.courses(self._source, period, site, Selection(**case_mix))
