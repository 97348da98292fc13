-- The questionnaire was completed on or before the day of death.
-- Rule: D13b
-- Severity: R
-- Row: prom.completed_date
-- Clause: 1.4
-- Message: The questionnaire was completed after the patient's death.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D13 [P]
select
    prom.row_id,
    prom.completed_date <= vital_status.death_date
    or (vital_status.death_date is null and vital_status.status = 'ALIVE') as holds
from prom
inner join vital_status using (patient_key)
