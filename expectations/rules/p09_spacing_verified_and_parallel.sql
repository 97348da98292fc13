-- The spacing was verified by imaging and the electrodes confirmed parallel.
-- Rule: P09
-- Severity: B
-- Row: pulse_delivery.parallel_confirmed
-- Clause: 2.4, 3.6
-- Message: The spacing was not verified by imaging, or the electrodes were not
--   confirmed parallel.
-- Fix: If it is right, leave it: the breach is counted, and the row is kept.
-- Source: HTG532 2.4, 3.6
select
    row_id,
    spacing_verified_imaging != 'NO' and parallel_confirmed as holds
from pulse_delivery
