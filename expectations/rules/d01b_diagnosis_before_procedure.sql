-- The diagnosis is made on or before the day of the first procedure.
-- Rule: D01b
-- Severity: R
-- Row: patient.diagnosis_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The diagnosis is dated after the patient's first procedure.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D01 [P]
select
    patient.row_id,
    patient.diagnosis_date <= first_procedure.procedure_date as holds
from patient
inner join (
    select
        patient_key,
        min(procedure_date) as procedure_date
    from procedure
    group by all
) as first_procedure using (patient_key)
