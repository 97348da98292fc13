-- A percutaneous procedure is done with at least 50 platelets and an INR of at most 1.5.
-- No column says that platelets or clotting were corrected first: the answer does.
-- Rule: T15
-- Severity: W
-- Row: procedure.approach
-- Clause: 3.3
-- Message: A percutaneous procedure with platelets below 50 or an INR above 1.5.
-- Fix: Check the patient's platelets and INR; if they were corrected before the
--   procedure, answer so.
-- Source: thresholds of the interventional radiology societies [M], to be verified
select
    procedure.row_id,
    procedure.approach != 'PERCUTANEOUS'
    or (patient.platelets >= 50 and patient.inr <= 1.5) as holds
from procedure
left join patient using (patient_key)
