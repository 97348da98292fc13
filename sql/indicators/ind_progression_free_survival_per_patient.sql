-- Progression-free survival from the first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 progression anywhere or death, 0 censored, with time_days from the first IRE at
-- any site. Without either, follow-up ends at the last scan that could tell (day 0 where
-- there is none), and always at the site's complete-to date; null where neither a scan nor
-- a vital status was sent. Scans and treatments from before the first IRE do not count.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532 1.4, 3.2; indicator E5.
with first_procedure as (
    select
        site_id,
        procedure_id,
        patient_key,
        procedure_date,
        observed_days,
        vital_status,
        death_known_days
    from fct_procedure
    where is_first_procedure
        and is_counted
),

scanned as (
    select
        scan.patient_key,
        min(case when scan.is_progression then scan.imaging_date end) as progression_date,
        max(case when scan.is_evaluable then scan.imaging_date end) as evaluable_date,
        count(*) as scans
    from fct_followup as scan
    inner join first_procedure
        on first_procedure.patient_key = scan.patient_key
        and first_procedure.procedure_date <= scan.imaging_date
    group by all
),

treated as (
    select
        treatment.patient_key,
        min(treatment.treatment_date) as treatment_date
    from fct_subsequent as treatment
    inner join first_procedure
        on first_procedure.patient_key = treatment.patient_key
        and first_procedure.procedure_date <= treatment.treatment_date
    where treatment.reason in ('LTP', 'DISTANT')
    group by all
),

followed as (
    select
        first_procedure.site_id,
        first_procedure.procedure_id,
        first_procedure.patient_key,
        first_procedure.procedure_date,
        first_procedure.observed_days,
        first_procedure.vital_status,
        scanned.scans,
        least(
            date_diff('day', first_procedure.procedure_date, scanned.progression_date),
            date_diff('day', first_procedure.procedure_date, treated.treatment_date),
            first_procedure.death_known_days
        ) as event_days,
        coalesce(
            date_diff('day', first_procedure.procedure_date, scanned.evaluable_date), 0
        ) as scan_days
    from first_procedure
    left join scanned using (patient_key)
    left join treated using (patient_key)
)

select
    site_id,
    procedure_id,
    patient_key,
    procedure_date,
    case
        when event_days <= observed_days then 1
        when vital_status is not null or scans > 0 then 0
    end as value,
    case
        when event_days <= observed_days then null
        when vital_status is null and scans is null then 'no scan and no vital status sent'
    end as reason,
    cast(
        case
            when event_days <= observed_days then event_days
            when vital_status is not null or scans > 0
                then least(scan_days, observed_days)
        end as double
    ) as time_days
from followed
