-- The MDT recommended irreversible electroporation.
-- Rule: T10
-- Severity: B
-- Row: procedure.mdt_id
-- Clause: 1.2
-- Message: The linked MDT review did not recommend irreversible electroporation.
-- Fix: Link the review that did. If it is right, leave it: the breach is counted, and
--   the row is kept.
-- Source: HTG532 1.2
select
    procedure.row_id,
    mdt_review.recommendation = 'IRE' as holds
from procedure
inner join mdt_review using (mdt_id)
