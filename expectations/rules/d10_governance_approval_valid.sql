-- A governance approval of the procedure was valid on the day.
-- Rule: D10
-- Severity: B
-- Row: procedure.approval_id
-- Clause: YR-GOV
-- Message: No governance approval is linked, or it did not cover the day of the
--   procedure.
-- Fix: Link the approval. If it is right, leave it: the breach is counted, and the row
--   is kept.
-- Source: HTG532, Your responsibility
select
    procedure.row_id,
    case
        when procedure.approval_id is null then false
        else
            governance_approval.decision in ('APPROVED', 'APPROVED_CONDITIONS')
            and governance_approval.valid_from <= procedure.procedure_date
            and procedure.procedure_date
            <= coalesce(governance_approval.valid_to, date '9999-12-31')
    end as holds
from procedure
left join governance_approval using (approval_id)
