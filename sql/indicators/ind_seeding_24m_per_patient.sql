-- Tumour seeding within 24 months of the patient's first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 seeding recorded on day 0 to 730 after any of the patient's procedures, counted
-- from the first; 0 none; null where the record of a procedure is silent or incomplete, or
-- a scan shows a needle-tract lesion that no complication records.
-- Eligible: patients whose first IRE is at least 730 days before the site's complete-to
-- date and who had a scan on day 136 (the M6 window opens, proposed) or later.
-- Source: HTG532 3.3; indicator S4 (visit window proposed).
with index_procedure as (
    select
        site_id,
        procedure_id,
        patient_key,
        procedure_date
    from fct_procedure
    where is_first_procedure
        and is_mature_24m
        and exists (
            select 1
            from fct_followup as scan
            where scan.patient_key = fct_procedure.patient_key
                and scan.days_since_first >= 136
        )
),

fact as (
    select
        index_procedure.site_id,
        index_procedure.procedure_id,
        index_procedure.patient_key,
        index_procedure.procedure_date,
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
        when not has_tract_lesion and unknown_reason is null then 0
    end as value,
    case
        when has_seeding then null
        when has_tract_lesion
            then 'a scan shows a needle-tract lesion that no complication records'
        else unknown_reason
    end as reason
from fact
