-- The tumour is a primary liver cancer.
-- Rule: T02
-- Severity: R
-- Row: patient.icd10_primary
-- Clause: 2.1
-- Message: A liver metastasis is outside the scope of this registry.
-- Fix: Correct the diagnosis, or leave the patient out of the export.
-- Source: NICE coding advice [S5]: metastases are the subject of IPG445
select
    row_id,
    icd10_primary != 'C78.7' as holds
from patient
