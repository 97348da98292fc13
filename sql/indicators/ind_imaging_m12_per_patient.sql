-- Follow-up imaging at twelve months.
-- Grain: one row per (patient_key)
-- Value: 1 a scan on day 305 to 425 after the first IRE, 0 none.
-- Eligible: every patient whose first IRE was at least 425 days before the site's
-- complete-to date and who was scanned then or had not died by day 425.
-- Source: HTG532 1.4; indicator D5 (visit window proposed).
with scanned as (
    select distinct procedure.patient_key
    from fct_procedure as procedure
    inner join fct_followup as scan
        on scan.patient_key = procedure.patient_key
        and date_diff('day', procedure.procedure_date, scan.imaging_date)
            between 305 and 425
    where procedure.is_first_procedure
)

select
    procedure.site_id,
    procedure.procedure_id,
    procedure.patient_key,
    procedure.procedure_date,
    case when scanned.patient_key is not null then 1 else 0 end as value,
    case when scanned.patient_key is null then 'no scan on day 305 to 425' end as reason
from fct_procedure as procedure
left join scanned using (patient_key)
where procedure.is_first_procedure
    and procedure.observed_days >= 425
    and (
        scanned.patient_key is not null
        or coalesce(procedure.death_known_days > 425, true)
    )
