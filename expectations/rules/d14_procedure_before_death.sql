-- The procedure was done on or before the day of death.
-- Rule: D14
-- Severity: R
-- Row: procedure.procedure_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The procedure was done after the patient's death.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D14 [P]
select
    procedure.row_id,
    procedure.procedure_date <= vital_status.death_date
    or (vital_status.death_date is null and vital_status.status = 'ALIVE') as holds
from procedure
inner join vital_status using (patient_key)
