-- A lesion that LI-RADS calls not viable has no viable tumour.
-- Rule: O09b
-- Severity: R
-- Row: lesion_response.viable_diameter_mm
-- Clause: 1.4
-- Message: The lesion is called not viable, and has a viable diameter above 0.
-- Fix: Correct the viable diameter or the LI-RADS treatment response.
-- Source: IRE-REG 1.0, rule O09; LI-RADS treatment response [M]
select
    row_id,
    lirads_tr != 'LR-TR-NONVIABLE' or viable_diameter_mm = 0 as holds
from lesion_response
