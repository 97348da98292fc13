-- A lesion of hepatocellular carcinoma has a LI-RADS category or a histology.
-- Rule: T16
-- Severity: W
-- Row: lesion.lirads_category
-- Code: REQUIRED
-- Clause: 1.4
-- Message: The tumour is hepatocellular carcinoma, and the lesion has neither a LI-RADS
--   category nor a histology.
-- Fix: Send the category of the planning scan, or the histology.
-- Source: IRE-REG 1.0, lesion: required for hepatocellular carcinoma [P]
select
    lesion.row_id,
    case
        when patient.tumour_type = 'HCC'
            then lesion.lirads_category is not null or lesion.histology is not null
        when patient.tumour_type is not null then true
    end as holds
from lesion
left join patient using (patient_key)
