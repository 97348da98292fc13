-- Readmission within 30 days of discharge.
-- Grain: one row per (site_id, procedure_id)
-- Value: 1 readmitted on day 0 to 30 after discharge, 0 not; null where the discharge is
-- not recorded, its 30 days have not elapsed, or nothing was told at the 30-day review (the
-- date of a readmission is empty for none and for not asked alike).
-- Eligible: every procedure at least 30 days before the site's complete-to date.
-- Source: HTG532 3.3; indicator S9.
with fact as (
    select
        site_id,
        procedure_id,
        procedure_date,
        date_diff('day', discharge_date, readmission_30d_date) as readmitted_days,
        date_diff('day', discharge_date, complete_to) as elapsed_days,
        complications > 0 or coalesce(no_complication_confirmed, false) as is_told
    from fct_procedure
    where is_mature_30d
)

select
    site_id,
    procedure_id,
    procedure_date,
    case
        when readmitted_days between 0 and 30 then 1
        when readmitted_days > 30 then 0
        when elapsed_days >= 30 and is_told then 0
    end as value,
    case
        when readmitted_days >= 0 then null
        when elapsed_days is null then 'date of discharge not recorded'
        when elapsed_days < 30 then '30 days after discharge have not elapsed'
        when not is_told then 'no readmission recorded, nothing told at the 30-day review'
    end as reason
from fact
