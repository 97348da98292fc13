-- A baseline questionnaire is completed on or before the day of the procedure.
-- A second one of the same time point repeats a key (K04).
-- Rule: O14
-- Severity: W
-- Row: prom.completed_date
-- Clause: 3.2
-- Message: The baseline questionnaire was completed after the procedure.
-- Fix: Check the date, or send it with the time point that it belongs to.
-- Source: IRE-REG 1.0, rule O14 [P]
select
    prom.row_id,
    prom.timepoint != 'BASELINE'
    or prom.completed_date <= procedure.procedure_date as holds
from prom
left join procedure using (procedure_id)
