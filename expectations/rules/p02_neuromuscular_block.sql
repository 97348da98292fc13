-- A neuromuscular blocking agent was used, and the block was complete.
-- Rule: P02
-- Severity: B
-- Row: procedure.nmb_used
-- Clause: 2.4
-- Message: No neuromuscular blocking agent was used, or a train-of-four count was left.
-- Fix: If it is right, leave it: the breach is counted, and the row is kept.
-- Source: HTG532 2.4
select
    row_id,
    nmb_used and coalesce(tof_count_at_first_pulse, 0) = 0 as holds
from procedure
