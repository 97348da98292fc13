-- The complication began on or before the day of death.
-- Rule: D12b
-- Severity: R
-- Row: complication.onset_date
-- Clause: 3.3
-- Message: The complication began after the patient's death.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D12 [P]
select
    complication.row_id,
    complication.onset_date <= vital_status.death_date
    or (vital_status.death_date is null and vital_status.status = 'ALIVE') as holds
from complication
inner join vital_status using (patient_key)
