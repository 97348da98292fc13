-- A procedure confirmed free of complications has none recorded.
-- Rule: O05
-- Severity: R
-- Row: procedure.no_complication_confirmed
-- Clause: 3.3
-- Message: No complication was confirmed, yet complications are recorded.
-- Fix: Empty the confirmation, or remove the complication if it was sent by mistake.
-- Source: IRE-REG 1.0, rule O05 [P]
select
    procedure.row_id,
    -- blank or N confirms nothing
    not coalesce(procedure.no_complication_confirmed, false)
    or not exists (
        select 1
        from complication
        where complication.procedure_id = procedure.procedure_id
    ) as holds
from procedure
