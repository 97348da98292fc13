-- The follow-up scans of placed patients, by days from the procedure before them.
-- Grain: one row per (site_id, imaging_id)
-- procedure_id is the patient's last procedure at the site on or before the scan; null
-- where there is none. days_since_first counts from the first IRE at any site.
-- Source: HTG532 1.4.
with scan as (
    select imaging.*
    from stg_followup_imaging as imaging
    where not exists (
        select 1
        from unplaced
        where unplaced.site_id = imaging.site_id
            and unplaced.table_name = 'followup_imaging'
            and unplaced.record_key = imaging.record_key
    )
),

latest as (
    select
        scan.site_id,
        scan.imaging_id,
        procedure.procedure_id,
        procedure.procedure_date,
        procedure.first_procedure_date,
        procedure.is_counted,
        procedure.tumour_type,
        procedure.approach,
        row_number() over (
            partition by scan.site_id, scan.imaging_id
            order by procedure.procedure_date desc, procedure.procedure_id desc
        ) as recency
    from scan
    inner join fct_procedure as procedure
        on procedure.site_id = scan.site_id
        and procedure.patient_key = scan.patient_key
        and procedure.procedure_date <= scan.imaging_date
),

assessed as (
    select
        site_id,
        imaging_id,
        count(*) as lesions_assessed,
        max(case when local_tumour_progression = 'Y' then 1 else 0 end)
            as has_local_progression
    from stg_lesion_response
    group by all
)

select
    scan.site_id,
    scan.imaging_id,
    scan.patient_key,
    latest.procedure_id,
    latest.procedure_date,
    latest.is_counted,
    latest.tumour_type,
    latest.approach,
    scan.imaging_date,
    date_diff('day', latest.procedure_date, scan.imaging_date) as days_since_procedure,
    date_diff('day', latest.first_procedure_date, scan.imaging_date) as days_since_first,
    scan.modality,
    scan.nominal_visit,
    scan.criteria,
    scan.overall_response,
    scan.sum_viable_mm,
    scan.sum_baseline_mm,
    scan.new_lesion,
    cast(coalesce(assessed.lesions_assessed, 0) as integer) as lesions_assessed,
    coalesce(assessed.has_local_progression, 0) = 1 as has_local_progression,
    scan.submission_id,
    scan.source_file,
    scan.source_line,
    scan.record_key
from scan
left join latest
    on latest.site_id = scan.site_id
    and latest.imaging_id = scan.imaging_id
    and latest.recency = 1
left join assessed
    on assessed.site_id = scan.site_id
    and assessed.imaging_id = scan.imaging_id
