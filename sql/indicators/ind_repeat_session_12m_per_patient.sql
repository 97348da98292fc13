-- Repeat session within twelve months of the first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 another IRE, at any site, on day 0 to 365 after the first, 0 none.
-- Eligible: every patient whose first IRE was at least 365 days before the site's
-- complete-to date.
-- Source: HTG532, sustainability; indicator Env1.
with repeated as (
    select
        patient_key,
        min(date_diff('day', first_procedure_date, procedure_date)) as repeat_days
    from fct_procedure
    where not is_first_procedure
        and is_counted
    group by all
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.patient_key,
    procedure.procedure_date,
    case when repeated.repeat_days <= 365 then 1 else 0 end as value
from fct_procedure as procedure
left join repeated using (patient_key)
where procedure.is_first_procedure
    and procedure.observed_days >= 365
