-- A lesion treated in a procedure is a lesion of the patient who had it.
-- Rule: T12b
-- Severity: R
-- Row: lesion_treatment.lesion_id
-- Clause: 2.5
-- Message: The lesion belongs to another patient than the procedure.
-- Fix: Correct the lesion or the procedure that this row names.
-- Source: IRE-REG 1.0, rule T12 [P]
select
    lesion_treatment.row_id,
    procedure.patient_key = lesion.patient_key as holds
from lesion_treatment
left join procedure using (procedure_id)
left join lesion using (lesion_id)
