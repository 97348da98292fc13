-- The scan at one month says whether the ablation was complete.
-- Rule: O19
-- Severity: W
-- Row: lesion_response.technique_efficacy
-- Code: REQUIRED
-- Clause: 3.2
-- Message: The scan is the one at one month, and technique efficacy is not given.
-- Fix: Send whether viable tumour is left in or at the ablation zone: Y, N, or 9 where the
--   scan cannot tell.
-- Source: IRE-REG 1.0, lesion_response: asked for at M1 [P]
select
    lesion_response.row_id,
    followup_imaging.nominal_visit != 'M1'
    or lesion_response.technique_efficacy is not null as holds
from lesion_response
left join followup_imaging using (imaging_id)
where followup_imaging.nominal_visit is not null
