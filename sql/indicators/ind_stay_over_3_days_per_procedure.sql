-- Stay in hospital of more than three days.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 discharged on day 4 after admission or later, 0 on day 3 or before, null where a
-- date is missing.
-- Eligible: every procedure at least 30 days before the site's complete-to date.
-- Source: HTG532 3.3; indicator S9.
with stay as (
    select
        site_id,
        procedure_id,
        procedure_date,
        date_diff('day', admission_date, discharge_date) as stay_days
    from fct_procedure
    where is_mature_30d
)

select
    site_id,
    procedure_id,
    procedure_date,
    case when stay_days > 3 then 1 when stay_days <= 3 then 0 end as value,
    case when stay_days is null then 'date of admission or discharge not recorded' end
        as reason
from stay
