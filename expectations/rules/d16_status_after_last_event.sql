-- The vital status of a living or lost patient is as late as the last event known.
-- A status before a procedure is D01e; an event after a death is D12b, D13 or D14.
-- Rule: D16
-- Severity: W
-- Row: vital_status.status_date
-- Clause: 3.2
-- Message: The patient has a complication, scan, treatment or questionnaire after the day
--   on which the vital status was known.
-- Fix: Send the vital status as known on the later day, or correct the date of the event.
-- Source: IRE-REG 1.0, rule D16 [P]
with event as (
    select patient_key, onset_date as event_date from complication
    union all
    select patient_key, imaging_date as event_date from followup_imaging
    union all
    select patient_key, treatment_date as event_date from subsequent_treatment
    union all
    select patient_key, completed_date as event_date from prom
),

last_event as (
    select
        patient_key,
        max(event_date) as event_date,
        bool_or(event_date is null) as is_date_missing
    from event
    group by all
),

last_procedure as (
    select
        patient_key,
        max(procedure_date) as procedure_date
    from procedure
    group by all
)

select
    vital_status.row_id,
    vital_status.status = 'DEAD'
    or case
        when vital_status.status_date < last_procedure.procedure_date then null
        else
            vital_status.status_date
            >= coalesce(last_event.event_date, vital_status.status_date)
            and case when not coalesce(last_event.is_date_missing, false) then true end
    end as holds
from vital_status
left join last_event using (patient_key)
left join last_procedure using (patient_key)
