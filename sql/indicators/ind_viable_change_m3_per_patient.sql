-- Change in viable diameter at three months, by the criteria of the scan.
-- Grain: one row per (patient_key)
-- Value: 1 measured, null where a sum of diameters was not recorded; amount is the change
-- of the sum in per cent of the baseline, below zero where the tumour shrank.
-- Eligible: every patient whose first IRE was at least 135 days before the site's
-- complete-to date and who had a scan on day 61 to 135 that was not "not evaluable"; the
-- last measured one counts.
-- Source: HTG532 1.4; indicator E7 (visit window proposed).
with evaluable as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.patient_key,
        procedure.procedure_date,
        case
            when scan.sum_baseline_mm > 0
                then 100.0 * (scan.sum_viable_mm - scan.sum_baseline_mm)
                    / scan.sum_baseline_mm
        end as amount,
        scan.imaging_date,
        scan.site_id as scan_site_id,
        scan.imaging_id
    from fct_procedure as procedure
    inner join fct_followup as scan
        on scan.patient_key = procedure.patient_key
        and date_diff('day', procedure.procedure_date, scan.imaging_date) between 61 and 135
    where procedure.is_first_procedure
        and procedure.observed_days >= 135
        and coalesce(scan.overall_response, '') <> 'NE'
),

preferred as (
    select
        *,
        row_number() over (
            partition by patient_key
            order by
                case when amount is null then 1 else 0 end,
                imaging_date desc,
                scan_site_id,
                imaging_id desc
        ) as preference
    from evaluable
)

select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case when amount is not null then 1 end as value,
    case when amount is null then 'sum of diameters not recorded' end as reason,
    amount
from preferred
where preference = 1
