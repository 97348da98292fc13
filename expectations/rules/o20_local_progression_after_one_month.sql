-- A scan after the first month says whether the tumour has progressed locally.
-- Rule: O20
-- Severity: W
-- Row: lesion_response.local_tumour_progression
-- Code: REQUIRED
-- Clause: 3.2
-- Message: The scan is later than the one at one month, and local tumour progression is not
--   given.
-- Fix: Send whether new viable tumour abuts the ablation zone: Y, N, or 9 where the scan
--   cannot tell.
-- Source: IRE-REG 1.0, lesion_response: mandatory after M1 [P]
select
    lesion_response.row_id,
    followup_imaging.nominal_visit in ('D1', 'M1')
    or lesion_response.local_tumour_progression is not null as holds
from lesion_response
left join followup_imaging using (imaging_id)
where followup_imaging.nominal_visit is not null
