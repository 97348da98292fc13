-- Overall survival from the first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 died, 0 censored, with time_days from the first IRE at any site; both null where
-- no vital status was sent. Follow-up is cut at the site's complete-to date; a death
-- without its date counts on the day it was known.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532 1.4, 3.2; indicator E6.
with followed as (
    select
        site_id,
        procedure_id,
        patient_key,
        procedure_date,
        observed_days,
        death_date,
        vital_status,
        death_known_days,
        date_diff('day', procedure_date, alive_to_date) as alive_to_days
    from fct_procedure
    where is_first_procedure
        and is_counted
)

select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when death_known_days <= observed_days then 1
        when vital_status is not null then 0
    end as value,
    case
        when vital_status is null then 'vital status not sent'
        when vital_status = 'DEAD' and death_date is null then 'date of death not sent'
    end as reason,
    cast(
        case
            when death_known_days <= observed_days then death_known_days
            when vital_status = 'DEAD' then observed_days
            when alive_to_days < 0 then 0
            when alive_to_days > observed_days then observed_days
            else alive_to_days
        end as double
    ) as time_days
from followed
