-- The lesions treated in each placed procedure, with the response at one month.
-- Grain: one row per (site_id, procedure_id, lesion_id)
-- The one-month scan is the last one that assessed the lesion 21 to 60 days after the
-- procedure and before the lesion was treated again by IRE.
-- Source: HTG532 3.2, 3.5; indicator E2 (visit window proposed).
with treated as (
    select
        treatment.site_id,
        treatment.procedure_id,
        treatment.lesion_id,
        procedure.patient_key,
        procedure.procedure_date,
        procedure.quarter,
        procedure.is_counted,
        procedure.is_mature_60d,
        procedure.tumour_type,
        procedure.approach,
        row_number() over (
            partition by treatment.site_id, treatment.lesion_id
            order by procedure.procedure_date, treatment.procedure_id
        ) as lesion_treatment_no,
        lead(procedure.procedure_date) over (
            partition by treatment.site_id, treatment.lesion_id
            order by procedure.procedure_date, treatment.procedure_id
        ) as next_treatment_date,
        treatment.planned_margin_mm,
        treatment.achieved_min_margin_mm,
        treatment.n_electrodes,
        treatment.n_positions,
        treatment.ablation_zone_max_mm,
        treatment.complete_coverage_immediate,
        treatment.submission_id,
        treatment.source_file,
        treatment.source_line,
        treatment.record_key
    from stg_lesion_treatment as treatment
    inner join fct_procedure as procedure using (site_id, procedure_id)
    where not exists (
        select 1
        from unplaced
        where unplaced.site_id = treatment.site_id
            and unplaced.table_name = 'lesion_treatment'
            and unplaced.record_key = treatment.record_key
    )
),

month_scan as (
    select
        treated.site_id,
        treated.procedure_id,
        treated.lesion_id,
        scan.imaging_id,
        scan.imaging_date,
        response.lesion_id is not null as is_assessed,
        response.technique_efficacy,
        row_number() over (
            partition by treated.site_id, treated.procedure_id, treated.lesion_id
            order by
                case when response.technique_efficacy in ('Y', 'N') then 0 else 1 end,
                scan.imaging_date desc,
                scan.imaging_id desc
        ) as preference
    from treated
    inner join stg_followup_imaging as scan
        on scan.site_id = treated.site_id
        and scan.patient_key = treated.patient_key
        and date_diff('day', treated.procedure_date, scan.imaging_date) between 21 and 60
        and (
            treated.next_treatment_date is null
            or scan.imaging_date < treated.next_treatment_date
        )
    left join stg_lesion_response as response
        on response.site_id = scan.site_id
        and response.imaging_id = scan.imaging_id
        and response.lesion_id = treated.lesion_id
)

select
    treated.site_id,
    treated.procedure_id,
    treated.lesion_id,
    treated.patient_key,
    treated.procedure_date,
    treated.quarter,
    treated.is_counted,
    treated.is_mature_60d,
    treated.tumour_type,
    treated.approach,
    treated.lesion_treatment_no,
    treated.lesion_treatment_no = 1 as is_first_treatment,
    treated.next_treatment_date,
    lesion.lesion_no,
    lesion.segment,
    lesion.max_diameter_mm,
    lesion.baseline_imaging_date,
    lesion.dist_vessel_mm,
    lesion.nearest_vessel,
    lesion.dist_bile_duct_mm,
    lesion.nearest_duct,
    lesion.max_diameter_mm < 30 as is_under_30_mm, -- "under 3 cm" is strict
    is_near(
        lesion.dist_vessel_mm,
        lesion.nearest_vessel,
        lesion.dist_bile_duct_mm,
        lesion.nearest_duct,
        policy.near_mm
    ) as is_near_vessel_or_duct, -- "next to" is of the policy of the day
    treated.planned_margin_mm,
    treated.achieved_min_margin_mm,
    treated.n_electrodes,
    treated.n_positions,
    treated.ablation_zone_max_mm,
    treated.complete_coverage_immediate,
    month_scan.imaging_id as month_scan_id,
    month_scan.imaging_date as month_scan_date,
    coalesce(month_scan.is_assessed, false) as is_assessed_at_month,
    month_scan.technique_efficacy as technique_efficacy_at_month,
    treated.submission_id,
    treated.source_file,
    treated.source_line,
    treated.record_key
from treated
inner join stg_lesion as lesion using (site_id, lesion_id)
left join local_policy as policy
    on policy.since <= treated.procedure_date
    and (policy.until is null or policy.until >= treated.procedure_date)
left join month_scan
    on month_scan.site_id = treated.site_id
    and month_scan.procedure_id = treated.procedure_id
    and month_scan.lesion_id = treated.lesion_id
    and month_scan.preference = 1
