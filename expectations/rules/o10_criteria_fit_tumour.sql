-- The response criteria are those of the tumour.
-- mRECIST and LI-RADS are for hepatocellular carcinoma, here with mixed tumours as for
-- the BCLC stage; intrahepatic cholangiocarcinoma is judged by RECIST 1.1.
-- Rule: O10
-- Severity: W
-- Row: followup_imaging.criteria
-- Clause: 1.4
-- Message: The response criteria are not meant for this tumour type.
-- Fix: Check criteria and tumour type; judge cholangiocarcinoma by RECIST 1.1.
-- Source: IRE-REG 1.0, rule O10 [P]
select
    followup_imaging.row_id,
    case
        when patient.tumour_type = 'ICCA' then followup_imaging.criteria = 'RECIST1.1'
        when patient.tumour_type is not null
            then
                patient.tumour_type in ('HCC', 'MIXED')
                or not regexp_matches(followup_imaging.criteria, '^(mRECIST|LIRADS)')
    end as holds
from followup_imaging
left join patient using (patient_key)
