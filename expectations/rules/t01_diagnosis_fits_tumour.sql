-- The ICD-10 code of the diagnosis fits the tumour type.
-- Rule: T01
-- Severity: W
-- Row: patient.icd10_primary
-- Clause: 2.1
-- Message: The diagnosis code does not fit the tumour type.
-- Fix: Check both codes.
-- Source: IRE-REG 1.0, rule T01 [P]; NICE coding advice [S5]
select
    row_id,
    -- C22.0 stands for HCC and mixed tumours, C22.1 for intrahepatic
    -- cholangiocarcinoma, C24.0 for perihilar cholangiocarcinoma only
    (icd10_primary = 'C22.0') = (tumour_type in ('HCC', 'MIXED'))
    and (icd10_primary = 'C22.1') = (tumour_type = 'ICCA')
    and (icd10_primary != 'C24.0' or tumour_type = 'PHCCA') as holds
from patient
where icd10_primary != 'C78.7'
