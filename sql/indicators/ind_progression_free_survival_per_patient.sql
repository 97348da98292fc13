-- Progression-free survival from the first IRE.
-- Grain: one row per (patient_key)
-- Value: 1 progression anywhere or death, 0 censored, with time_days from the first IRE at
-- any site. Without either, follow-up ends at the last scan that could tell (day 0 where
-- there is none), and always at the site's complete-to date; null where neither a scan nor
-- a vital status was sent.
-- Eligible: every patient, at the site of the first IRE.
-- Source: HTG532 1.4, 3.2; indicator E5.
with scanned as (
    select
        patient_key,
        min(case when is_progression then imaging_date end) as progression_date,
        max(case when is_evaluable then imaging_date end) as evaluable_date,
        count(*) as scans
    from fct_followup
    group by all
),

treated as (
    select
        patient_key,
        min(treatment_date) as treatment_date
    from fct_subsequent
    where reason in ('LTP', 'DISTANT')
    group by all
),

followed as (
    select
        procedure.site_id,
        procedure.procedure_id,
        procedure.patient_key,
        procedure.procedure_date,
        procedure.observed_days,
        procedure.vital_status,
        scanned.scans,
        least(
            date_diff('day', procedure.procedure_date, scanned.progression_date),
            date_diff('day', procedure.procedure_date, treated.treatment_date),
            procedure.death_known_days
        ) as event_days,
        greatest(
            date_diff('day', procedure.procedure_date, scanned.evaluable_date), 0
        ) as scan_days
    from fct_procedure as procedure
    left join scanned using (patient_key)
    left join treated using (patient_key)
    where procedure.is_first_procedure
        and procedure.is_counted
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
