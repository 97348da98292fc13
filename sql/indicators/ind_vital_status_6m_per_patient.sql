-- Vital status known within six months.
-- Grain: one row per (patient_key)
-- Value: 1 known dead, or known alive at most 183 days before the site's complete-to date,
-- 0 not.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532 1.4; indicator D5.
select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when vital_status = 'DEAD' then 1
        when date_diff('day', alive_to_date, complete_to) <= 183 then 1
        else 0
    end as value,
    case
        when vital_status = 'DEAD' then null
        when date_diff('day', alive_to_date, complete_to) <= 183 then null
        when alive_to_date is null then 'vital status not sent'
        else 'last known alive more than six months before'
    end as reason
from fct_procedure
where is_first_procedure
    and is_counted
