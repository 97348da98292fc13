-- A patient who died of a complication on the day of the procedure is recorded as dead.
-- A death of a later day is compared with the vital status by O02.
-- Rule: D18
-- Severity: R
-- Row: complication.clavien_dindo
-- Clause: 3.3
-- Message: A fatal complication (grade V) on the day of the procedure, and no record that
--   the patient died.
-- Fix: Send the vital status DEAD with the date of death, or correct the grade.
-- Source: IRE-REG 1.0, rule D18 [P]
select
    complication.row_id,
    complication.clavien_dindo != 'V'
    or complication.onset_date != procedure.procedure_date
    or case
        when vital_status.patient_key is null then false
        else vital_status.status = 'DEAD'
    end as holds
from complication
left join procedure using (procedure_id)
left join vital_status on complication.patient_key = vital_status.patient_key
