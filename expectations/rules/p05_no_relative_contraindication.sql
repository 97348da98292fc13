-- The patient has no heart or seizure history that speaks against IRE.
-- Rule: P05
-- Severity: W
-- Row: patient.arrhythmia_history
-- Clause: 3.3
-- Message: The patient has had ventricular or atrial arrhythmia, a myocardial infarction
--   in the last 12 months, or epilepsy: a relative contraindication to IRE.
-- Fix: Check the history; if it is right, answer why IRE was chosen.
-- Source: IRE-REG 1.0, rule P05 [P]; relative contraindications [S22]
select
    row_id,
    -- code 9 is "not known": not evaluable, never taken as no
    nullif(arrhythmia_history, '9') not in ('VT_VF', 'AF_FLUTTER')
    and nullif(recent_mi_12m, '9') != 'Y'
    and nullif(epilepsy, '9') != 'Y' as holds
from patient
