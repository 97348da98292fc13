-- A patient with an active cardiac or nerve device was signed off by cardiology first.
-- Rule: P04
-- Severity: B
-- Row: procedure.cardiology_signoff_date
-- Clause: 3.3
-- Message: The patient has a pacemaker, defibrillator, resynchronisation device or
--   neurostimulator, and no cardiology sign-off is dated on or before the procedure.
-- Fix: Send the date of the cardiology sign-off. If there was none, leave it: the breach
--   is counted, and the row is kept.
-- Source: IRE-REG 1.0, rule P04 [P]; the manufacturer's contraindication [M];
--   arrhythmia as a relative contraindication [S22]
select
    procedure.row_id,
    -- a loop recorder only listens: it neither paces nor shocks
    patient.cardiac_device not in ('PACEMAKER', 'ICD', 'CRT', 'NEUROSTIM')
    or case
        when procedure.procedure_date is not null
            then
                coalesce(procedure.cardiology_signoff_date <= procedure.procedure_date, false)
    end as holds
from procedure
inner join patient using (patient_key)
