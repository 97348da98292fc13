-- The procedure is done under general anaesthesia.
-- Rule: P01
-- Severity: B
-- Row: procedure.anaesthesia
-- Clause: 2.4
-- Message: The procedure was not done under general anaesthesia.
-- Fix: If it is right, leave it: the breach is counted, and the row is kept.
-- Source: HTG532 2.4
select
    row_id,
    anaesthesia = 'GA' as holds
from procedure
