-- The vital status is known on or after the day of every procedure of the patient.
-- Rule: D01e
-- Severity: R
-- Row: vital_status.status_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The vital status is dated before a procedure of the patient.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D01 [P]
select
    vital_status.row_id,
    vital_status.status_date >= last_procedure.procedure_date as holds
from vital_status
inner join (
    select
        patient_key,
        max(procedure_date) as procedure_date
    from procedure
    group by all
) as last_procedure using (patient_key)
