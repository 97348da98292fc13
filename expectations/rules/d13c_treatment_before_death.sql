-- The treatment was given on or before the day of death.
-- Rule: D13c
-- Severity: R
-- Row: subsequent_treatment.treatment_date
-- Clause: 1.4
-- Message: The treatment was given after the patient's death.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D13 [P]
select
    subsequent_treatment.row_id,
    subsequent_treatment.treatment_date <= vital_status.death_date
    or (vital_status.death_date is null and vital_status.status = 'ALIVE') as holds
from subsequent_treatment
inner join vital_status using (patient_key)
