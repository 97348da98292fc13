-- A lesion of a scan with complete response has no viable tumour.
-- Rule: O09a
-- Severity: R
-- Row: lesion_response.viable_diameter_mm
-- Clause: 1.4
-- Message: The scan's overall response is complete, and this lesion has viable tumour.
-- Fix: Correct the viable diameter or the overall response.
-- Source: IRE-REG 1.0, rule O09; mRECIST and RECIST 1.1 [M]
select
    lesion_response.row_id,
    followup_imaging.overall_response != 'CR'
    or lesion_response.viable_diameter_mm = 0 as holds
from lesion_response
left join followup_imaging using (imaging_id)
