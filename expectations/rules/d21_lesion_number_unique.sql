-- No two lesions of a patient have the same number.
-- Rule: D21
-- Severity: R
-- Row: lesion.lesion_no
-- Clause: 1.4
-- Message: Another lesion of this patient has the same number.
-- Fix: Number the patient's lesions 1, 2, 3 …, each once.
-- Source: IRE-REG 1.0, section 1.8 [P]
select
    row_id,
    case
        when patient_key is not null and lesion_no is not null
            -- held rows come first: the finding stands on the row that is sent
            then row_number() over (
                partition by patient_key, lesion_no
                order by row_id
            ) = 1
    end as holds
from lesion
