"""Own lesions, pulses, procedures and responses, row by row: case selection and technique."""

from __future__ import annotations

from typing import Any

import polars as pl

from expectations.dictionary import tables
from sql.reader_source import Source
from sql.selection import Selection, selected

OWN = """
    {of}.is_counted
    and {of}.site_id = any($sites)
    and ($site is null or {of}.site_id = $site)
    and {of}.procedure_date between $start and $finish
    and {selected}
"""

LESIONS = """
    select
        site_id, procedure_id, lesion_id, procedure_date, tumour_type, approach, segment,
        max_diameter_mm, dist_vessel_mm, nearest_vessel, dist_bile_duct_mm, nearest_duct,
        least(dist_vessel_mm, dist_bile_duct_mm) as nearest_mm,
        is_under_30_mm, is_near_vessel_or_duct,
        n_electrodes, n_positions, planned_margin_mm, achieved_min_margin_mm,
        ablation_zone_max_mm, complete_coverage_immediate
    from fct_lesion as lesion
    where lesion.is_first_treatment and {own}
    order by procedure_date, site_id, procedure_id, lesion_id
"""

PULSES = """
    select
        site_id, procedure_id, lesion_id, procedure_date, position_no, electrode_a,
        electrode_b, spacing_mm, spacing_verified_imaging, angle_deg, tip_depth_offset_mm,
        parallel_confirmed, is_verified, active_tip_mm, voltage_v, volts_per_cm,
        pulses_planned, pulses_delivered, pulse_length_us, current_start_a, current_end_a,
        current_max_a, current_rise_a, ecg_sync, aborted_pulses, abort_code
    from fct_pulse as pulse
    where {own}
    order by procedure_date, site_id, procedure_id, lesion_id, position_no,
        electrode_a, electrode_b
"""

SESSIONS = """
    select
        site_id, procedure_id, procedure_date, tumour_type, approach, guidance,
        completion_imaging, technical_success, abort_reason, n_lesions_treated
    from fct_procedure as procedure
    where {own}
    order by procedure_date, site_id, procedure_id
"""

CONSIDERED = """
    select
        procedure.site_id,
        procedure.procedure_id,
        review.alternatives_considered as considered,
        review.thermal_unsuitable_reason as reason
    from fct_procedure as procedure
    left join stg_mdt_review as review
        on review.site_id = procedure.site_id
        and review.mdt_id = procedure.mdt_id
    where {own}
"""

LIVER = """
    select
        procedure.site_id, procedure.procedure_id, procedure.procedure_date,
        patient.albi_score, patient.albi_grade, patient.child_pugh_score,
        patient.child_pugh_class, patient.child_pugh_points,
        patient.child_pugh_class_recomputed
    from fct_procedure as procedure
    inner join dim_patient as patient using (site_id, patient_key)
    where procedure.is_first_procedure and {own}
    order by procedure.procedure_date, procedure.site_id, procedure.procedure_id
"""

SCANS = """
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.procedure_date,
        procedure.tumour_type,
        date_diff('day', procedure.procedure_date, scan.imaging_date) as day,
        scan.criteria,
        scan.overall_response,
        scan.response_recomputed,
        case
            when scan.sum_baseline_mm > 0
                then 100.0 * (scan.sum_viable_mm - scan.sum_baseline_mm)
                    / scan.sum_baseline_mm
        end as change_percent
    from fct_procedure as procedure
    inner join fct_followup as scan
        on scan.patient_key = procedure.patient_key
        and scan.imaging_date >= procedure.procedure_date
        and scan.imaging_date <= procedure.complete_to
        and scan.site_id = any($sites)
    where procedure.is_first_procedure and {own}
    order by procedure.procedure_date, procedure.site_id, procedure.procedure_id, day
"""

COURSES = """
    with followed as (
        select site_id, procedure_id, patient_key, procedure_date, observed_days, complete_to,
            death_known_days, date_diff('day', procedure_date, alive_to_date) as alive_days
        from fct_procedure as procedure
        where procedure.is_first_procedure and {own}
    )

    select site_id, procedure_id, procedure_date, day, event
    from (
        select followed.*, 'IRE' as event,
            date_diff('day', followed.procedure_date, again.procedure_date) as day
        from followed
        inner join fct_procedure as again
            on again.patient_key = followed.patient_key
            and again.site_id = any($sites)
        union all
        select followed.*, 'scan ' || coalesce(scan.overall_response, 'not recorded') as event,
            date_diff('day', followed.procedure_date, scan.imaging_date) as day
        from followed
        inner join fct_followup as scan
            on scan.patient_key = followed.patient_key
            and scan.site_id = any($sites)
        union all
        select followed.*, 'treatment ' || treatment.treatment_type as event,
            date_diff('day', followed.procedure_date, treatment.treatment_date) as day
        from followed
        inner join fct_subsequent as treatment
            on treatment.patient_key = followed.patient_key
            and treatment.site_id = any($sites)
        union all
        select followed.*, 'death' as event, death_known_days as day
        from followed
        where death_known_days is not null
        union all
        select followed.*, 'last known alive' as event, alive_days as day
        from followed
        where death_known_days is null and alive_days is not null
    )
    where day between 0 and observed_days
    order by procedure_date, site_id, procedure_id, day, event
"""


def lesions(source: Source, period: str, site: str | None, selection: Selection) -> pl.DataFrame:
    return _own(source, LESIONS, "lesion", (period, site, selection))


def pulses(source: Source, period: str, site: str | None, selection: Selection) -> pl.DataFrame:
    return _own(source, PULSES, "pulse", (period, site, selection))


def sessions(source: Source, period: str, site: str | None, selection: Selection) -> pl.DataFrame:
    return _own(source, SESSIONS, "procedure", (period, site, selection))


def liver_function(
    source: Source, period: str, site: str | None, selection: Selection
) -> pl.DataFrame:
    return _own(source, LIVER, "procedure", (period, site, selection))


def courses(source: Source, period: str, site: str | None, selection: Selection) -> pl.DataFrame:
    return _own(source, COURSES, "procedure", (period, site, selection))


def responses(source: Source, period: str, site: str | None, selection: Selection) -> pl.DataFrame:
    """The scan with the best change of each patient: the first of those that shrank most."""
    scans = _own(source, SCANS, "procedure", (period, site, selection))
    key = ["site_id", "procedure_id"]
    measured = scans.filter(pl.col("change_percent").is_not_null())
    best = measured.sort("change_percent", "day", maintain_order=True)
    return best.unique(key, keep="first", maintain_order=True).sort(
        "change_percent", *key, descending=[True, False, False]
    )


def considered(source: Source, period: str, site: str | None, selection: Selection) -> pl.DataFrame:
    """By code: what the MDT considered instead, and why not thermal ablation."""
    found = _own(source, CONSIDERED, "procedure", (period, site, selection))
    columns = tables()["mdt_review"].columns
    parts = []
    for name, column in (
        ("considered", "alternatives_considered"),
        ("reason", "thermal_unsuitable_reason"),
    ):
        codes = columns[column].codes
        titles = dict(codes.codes) if codes is not None else {}
        counted = (
            found.select(pl.col(name).str.split(";").alias("code"))
            .explode("code")
            .group_by("code")
            .agg(pl.len().cast(pl.Int64).alias("procedures"))
            .with_columns(
                pl.lit(name).alias("kind"),
                pl.col("code").replace(titles).fill_null("not recorded").alias("title"),
                pl.lit(found.height, pl.Int64).alias("of"),
            )
        )
        parts.append(counted.sort("procedures", "title", descending=[True, False]))
    return pl.concat(parts).select("kind", "code", "title", "procedures", "of")


def _own(
    source: Source, query: str, of: str, where: tuple[str, str | None, Selection]
) -> pl.DataFrame:
    label, site, selection = where
    if site is not None:
        source.require_own(site)
    period = source.period(label)
    values: dict[str, Any] = {"start": period.start, "finish": period.end, "site": site}
    own = OWN.format(of=of, selected=selected(of))
    return source.rows(query.format(own=own), **values, **selection.values)
