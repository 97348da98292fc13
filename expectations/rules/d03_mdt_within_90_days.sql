-- The MDT met at most 90 days before the procedure.
-- Rule: D03
-- Severity: W
-- Row: procedure.mdt_id
-- Clause: 1.2
-- Message: The MDT met more than 90 days before the procedure.
-- Fix: Check the date of the meeting, or answer why the decision still stood.
-- Source: IRE-REG 1.0, rule D03 [P]
select
    procedure.row_id,
    -- 90 days is a local policy value, to be confirmed [P]
    procedure.procedure_date - mdt_review.meeting_date <= 90 as holds
from procedure
inner join mdt_review using (mdt_id)
