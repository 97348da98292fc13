-- Discharge is on or after the day of the procedure.
-- Rule: D01d
-- Severity: R
-- Row: procedure.discharge_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The discharge is dated before the procedure.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D01 [P]
select
    row_id,
    discharge_date >= procedure_date as holds
from procedure
