-- The MDT that selected the patient met on or before the day of the procedure.
-- Rule: D02
-- Severity: B
-- Row: procedure.mdt_id
-- Clause: 1.2
-- Message: No MDT review is linked, or the MDT met after the procedure.
-- Fix: Link the MDT review that selected the patient. If it is right, leave it: the
--   breach is counted, and the row is kept.
-- Source: HTG532 1.2
select
    procedure.row_id,
    case
        when procedure.mdt_id is null then false
        else mdt_review.meeting_date <= procedure.procedure_date
    end as holds
from procedure
left join mdt_review using (mdt_id)
