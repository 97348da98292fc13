-- The patient was selected by a specialist MDT.
-- Rule: T11
-- Severity: B
-- Row: procedure.mdt_id
-- Clause: 1.2, 1.3
-- Message: The linked MDT is a local one; selection is by a specialist MDT.
-- Fix: Link the review of the specialist MDT. If it is right, leave it: the breach is
--   counted, and the row is kept.
-- Source: HTG532 1.2, 1.3
select
    procedure.row_id,
    mdt_review.mdt_level != 'LOCAL' as holds
from procedure
inner join mdt_review using (mdt_id)
