-- A treated lesion of hepatocellular carcinoma has a LI-RADS treatment response.
-- Rule: O18
-- Severity: W
-- Row: lesion_response.lirads_tr
-- Code: REQUIRED
-- Clause: 1.4
-- Message: The tumour is hepatocellular carcinoma, and the lesion has no LI-RADS treatment
--   response.
-- Fix: Send the treatment response of the scan.
-- Source: IRE-REG 1.0, lesion_response: required for hepatocellular carcinoma [P]
select
    lesion_response.row_id,
    case
        when patient.tumour_type = 'HCC' then lesion_response.lirads_tr is not null
        when patient.tumour_type is not null then true
    end as holds
from lesion_response
left join lesion using (lesion_id)
left join patient using (patient_key)
