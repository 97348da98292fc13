-- The follow-up scans of placed patients, by days from the procedure before them.
-- Grain: one row per (site_id, imaging_id)
-- procedure_id is the patient's last procedure at the site on or before the scan; null
-- where there is none. days_since_first counts from the first IRE at any site.
-- response_recomputed is the response that the sums of diameters, the nadir and new lesions
-- give by mRECIST or RECIST 1.1; null where they cannot say (rule O08).
-- Source: HTG532 1.4; response thresholds [M], to be verified.
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

-- the nadir: the least of the baseline and the sums of earlier scans by the same criteria
-- against the same baseline; not known where an earlier scan has no sum
measured as (
    select
        site_id,
        imaging_id,
        case
            when count(sum_viable_mm) over (
                partition by site_id, patient_key, criteria, sum_baseline_mm
                order by imaging_date
                range between unbounded preceding and interval 1 day preceding
            ) = count(*) over (
                partition by site_id, patient_key, criteria, sum_baseline_mm
                order by imaging_date
                range between unbounded preceding and interval 1 day preceding
            ) then least(
                sum_baseline_mm,
                min(sum_viable_mm) over (
                    partition by site_id, patient_key, criteria, sum_baseline_mm
                    order by imaging_date
                    range between unbounded preceding and interval 1 day preceding
                )
            )
        end as nadir_mm
    from scan
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
    coalesce(
        scan.overall_response = 'PD'
        or scan.new_lesion in ('INTRAHEPATIC_DISTANT', 'EXTRAHEPATIC', 'NEEDLE_TRACT')
        or assessed.has_local_progression = 1,
        false
    ) as is_progression,
    -- says whether there is progression: not evaluable, or not recorded, says nothing
    coalesce(
        scan.overall_response in ('CR', 'PR', 'SD', 'PD')
        or scan.new_lesion in ('INTRAHEPATIC_DISTANT', 'EXTRAHEPATIC', 'NEEDLE_TRACT')
        or assessed.has_local_progression = 1,
        false
    ) as is_evaluable,
    case
        when coalesce(scan.criteria, '') not in ('mRECIST', 'RECIST1.1') then null
        when scan.overall_response = 'NE' then null
        when scan.new_lesion <> 'NONE' then 'PD'
        when scan.new_lesion is null then null
        when scan.sum_viable_mm = 0 then 'CR'
        when scan.sum_viable_mm is null or scan.sum_baseline_mm is null then null
        when measured.nadir_mm is null then null
        -- in whole numbers, so that a bound is met exactly
        when round(scan.sum_viable_mm * 100) >= round(measured.nadir_mm * 120)
            and (
                scan.criteria = 'mRECIST'
                or round((scan.sum_viable_mm - measured.nadir_mm) * 10) >= 50
            )
            then 'PD'
        when round(scan.sum_viable_mm * 100) <= round(scan.sum_baseline_mm * 70) then 'PR'
        else 'SD'
    end as response_recomputed,
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
left join measured
    on measured.site_id = scan.site_id
    and measured.imaging_id = scan.imaging_id
