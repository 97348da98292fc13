-- A BCLC stage is given for hepatocellular and mixed tumours only.
-- Rule: T03a
-- Severity: R
-- Row: patient.bclc_stage
-- Clause: 1.4
-- Message: A BCLC stage is given for a tumour that has none.
-- Fix: Empty the BCLC stage, or correct the tumour type.
-- Source: COSD LV16100 [S33]
select
    row_id,
    bclc_stage is null or tumour_type in ('HCC', 'MIXED') as holds
from patient
where tumour_type is not null
