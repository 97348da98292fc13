-- Patients from the most deprived fifth of areas.
-- Grain: one row per (patient_key)
-- Value: 1 lives in the most deprived fifth (IMD decile 1 or 2), 0 not, null not known.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532, your responsibility (equality); indicator Eq2.
select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case when imd_quintile = 1 then 1 when imd_quintile > 1 then 0 end as value,
    case when imd_quintile is null then 'deprivation not known' end as reason
from fct_procedure
where is_first_procedure
    and is_counted
