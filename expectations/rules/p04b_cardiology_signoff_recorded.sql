-- A patient with a history of arrhythmia or a loop recorder was signed off by cardiology.
-- Rule: P04b
-- Severity: W
-- Row: procedure.cardiology_signoff_date
-- Clause: 3.3
-- Message: The patient has a history of arrhythmia or a loop recorder, and no cardiology
--   sign-off is dated on or before the procedure.
-- Fix: Send the date of the cardiology sign-off, or answer that there was none.
-- Source: IRE-REG 1.0, procedure.cardiology_signoff_date [P]
select
    procedure.row_id,
    -- the devices of rule P04 are breaches there
    patient.cardiac_device not in ('NONE', 'LOOP')
    or (
        patient.cardiac_device = 'NONE'
        -- code 9 is "not known": not evaluable
        and nullif(patient.arrhythmia_history, '9') = 'NONE'
    )
    or case
        when procedure.procedure_date is not null
            then
                coalesce(procedure.cardiology_signoff_date <= procedure.procedure_date, false)
    end as holds
from procedure
inner join patient using (patient_key)
