-- A complication begins on or after the day of its procedure.
-- Rule: D12a
-- Severity: R
-- Row: complication.onset_date
-- Clause: 3.3
-- Message: The complication began before its procedure.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D12 [P]
select
    complication.row_id,
    complication.onset_date >= procedure.procedure_date as holds
from complication
inner join procedure using (procedure_id)
