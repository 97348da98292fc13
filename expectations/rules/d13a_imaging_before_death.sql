-- The scan was made on or before the day of death.
-- Rule: D13a
-- Severity: R
-- Row: followup_imaging.imaging_date
-- Clause: 1.4
-- Message: The scan was made after the patient's death.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D13 [P]
select
    followup_imaging.row_id,
    followup_imaging.imaging_date <= vital_status.death_date
    or (vital_status.death_date is null and vital_status.status = 'ALIVE') as holds
from followup_imaging
inner join vital_status using (patient_key)
