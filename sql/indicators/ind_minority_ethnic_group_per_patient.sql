-- Patients from a minority ethnic group.
-- Grain: one row per (patient_key)
-- Value: 1 of an ethnic group other than White, 0 not, null where not known.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532, your responsibility (equality); indicator Eq2.
select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when ethnic_group = 'White' then 0
        when ethnic_group is not null then 1
    end as value,
    case when ethnic_group is null then 'ethnic group not known' end as reason
from fct_procedure
where is_first_procedure
    and is_counted
