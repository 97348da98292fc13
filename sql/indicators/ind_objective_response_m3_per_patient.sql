-- Objective response at three months, by mRECIST.
-- Grain: one row per (patient_key)
-- Value: 1 complete or partial response, 0 stable or progressive disease, null where the
-- response was not recorded.
-- Eligible: every patient whose first IRE was at least 135 days before the site's
-- complete-to date and who had a scan judged by mRECIST, and not "not evaluable", on day
-- 61 to 135; the last of them counts.
-- Source: HTG532 1.4; indicator E7 (visit window proposed).
with evaluable as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.patient_key,
        procedure.procedure_date,
        scan.overall_response,
        row_number() over (
            partition by procedure.patient_key
            order by
                case when scan.overall_response is null then 1 else 0 end,
                scan.imaging_date desc,
                scan.site_id,
                scan.imaging_id desc
        ) as preference
    from fct_procedure as procedure
    inner join fct_followup as scan
        on scan.patient_key = procedure.patient_key
        and date_diff('day', procedure.procedure_date, scan.imaging_date) between 61 and 135
    where procedure.is_first_procedure
        and procedure.observed_days >= 135
        and scan.criteria = 'mRECIST'
        and coalesce(scan.overall_response, '') <> 'NE'
)

select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when overall_response in ('CR', 'PR') then 1
        when overall_response in ('SD', 'PD') then 0
    end as value,
    case when overall_response is null then 'response not recorded' end as reason
from evaluable
where preference = 1
