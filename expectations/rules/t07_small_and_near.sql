-- The lesion is under 3 cm and next to a vessel or a bile duct.
-- "Under 3 cm" is strict: 30.0 mm is not. "Next to" is not defined by the guidance: 10 mm.
-- Rule: T07
-- Severity: W
-- Row: lesion.max_diameter_mm
-- Clause: 3.5
-- Message: The lesion is not both under 30 mm and within 10 mm of a vessel or bile duct:
--   the use is outside the niche that the guidance describes, and not forbidden.
-- Fix: Check that diameter and distances are in millimetres. If they are right, answer
--   why IRE was chosen.
-- Source: HTG532 3.5; 10 mm: Kingham 2012 [M], to be verified
select
    row_id,
    max_diameter_mm < 30
    and {is_near} as holds
from lesion
