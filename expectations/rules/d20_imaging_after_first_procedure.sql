-- A follow-up scan is made on or after the day of the patient's first procedure.
-- Rule: D20
-- Severity: R
-- Row: followup_imaging.imaging_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The follow-up scan is dated before the patient's first procedure.
-- Fix: Correct the date that is wrong; a scan before treatment is baseline imaging of the
--   lesion.
-- Source: IRE-REG 1.0, section 1.11 [P]
select
    followup_imaging.row_id,
    followup_imaging.imaging_date >= first_procedure.procedure_date as holds
from followup_imaging
left join (
    select
        patient_key,
        min(procedure_date) as procedure_date
    from procedure
    group by all
) as first_procedure using (patient_key)
