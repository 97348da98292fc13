-- Tumour seeding within 24 months of the patient's first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 seeding recorded on day 0 to 730 after any of the patient's procedures, counted
-- from the first; 0 none; null where the record of a procedure is silent or incomplete, a
-- scan shows a needle-tract lesion that no complication records, or a scan was left out.
-- Eligible: patients whose first IRE is at least 730 days before the site's complete-to
-- date and who had a scan on day 136 (the M6 window opens, proposed) or later, or had one
-- left out by an accepted exclusion.
-- Source: HTG532 3.3; indicator S4 (visit window proposed).
with left_out as (
    select distinct patient_key
    from stg_exclusion
    where table_name = 'followup_imaging'
        and is_current
        and patient_key is not null
        and (column_name is null or column_name = 'new_lesion')
),

index_procedure as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.patient_key,
        procedure.procedure_date,
        left_out.patient_key is not null as is_scan_left_out
    from fct_procedure as procedure
    left join left_out using (patient_key)
    where procedure.is_first_procedure
        and procedure.is_mature_24m
        and (
            left_out.patient_key is not null
            or exists (
                select 1
                from fct_followup as scan
                where scan.patient_key = procedure.patient_key
                    and scan.days_since_first >= 136
            )
        )
),

fact as (
    select
        index_procedure.site_id,
        index_procedure.procedure_id,
        index_procedure.patient_key,
        index_procedure.procedure_date,
        index_procedure.is_scan_left_out,
        exists (
            select 1
            from fct_complication as complication
            where complication.patient_key = index_procedure.patient_key
                and complication.nice_category = 'SEEDING'
                and date_diff(
                    'day', index_procedure.procedure_date, complication.onset_date
                ) between 0 and 730
        ) as has_seeding,
        exists (
            select 1
            from fct_followup as scan
            where scan.patient_key = index_procedure.patient_key
                and scan.new_lesion = 'NEEDLE_TRACT'
                and scan.days_since_first between 0 and 730
        ) as has_tract_lesion,
        (
            select min(later.complication_unknown_reason)
            from fct_procedure as later
            where later.patient_key = index_procedure.patient_key
                and date_diff(
                    'day', index_procedure.procedure_date, later.procedure_date
                ) between 0 and 730
        ) as unknown_reason
    from index_procedure
)

select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when has_seeding then 1
        when not has_tract_lesion and not is_scan_left_out and unknown_reason is null
            then 0
    end as value,
    case
        when has_seeding then null
        when has_tract_lesion
            then 'a scan shows a needle-tract lesion that no complication records'
        when is_scan_left_out then 'a scan was left out by an accepted exclusion'
        else unknown_reason
    end as reason
from fact
