-- Admission is on or before the day of the procedure.
-- Rule: D01c
-- Severity: R
-- Row: procedure.admission_date
-- Clause: 1.4
-- Code: DATE_ORDER
-- Message: The admission is dated after the procedure.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, rule D01 [P]
select
    row_id,
    admission_date <= procedure_date as holds
from procedure
