-- The patient consented to the research on or before the day of the procedure.
-- Rule: D04
-- Severity: B
-- Row: procedure.enrolment_id
-- Clause: 1.1
-- Message: No enrolment in research is linked, or consent was given after the
--   procedure.
-- Fix: Link the enrolment. If it is right, leave it: the breach is counted, and the row
--   is kept.
-- Source: HTG532 1.1
select
    procedure.row_id,
    case
        when procedure.enrolment_id is null then false
        else research_enrolment.consent_date <= procedure.procedure_date
    end as holds
from procedure
left join research_enrolment using (enrolment_id)
