-- A procedure stopped for arrhythmia has an arrhythmia among its complications.
-- Rule: P20
-- Severity: R
-- Row: procedure.abort_reason
-- Clause: 3.3
-- Message: The procedure was stopped for arrhythmia, and no arrhythmia is sent as its
--   complication.
-- Fix: Send the complication, or correct the reason for stopping.
-- Source: IRE-REG 1.0, rule P20 [P]; HTG532 3.3
select
    procedure.row_id,
    -- a success was not stopped: it need not say why
    coalesce(
        procedure.abort_reason, case when procedure.technical_success = 'Y' then 'NONE' end
    ) != 'ARRHYTHMIA'
    or complicated.procedure_id is not null as holds
from procedure
left join (
    select distinct procedure_id
    from complication
    where nice_category = 'ARRHYTHMIA'
) as complicated
    on procedure.procedure_id = complicated.procedure_id
