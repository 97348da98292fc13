-- A patient stays in hospital for at most 365 nights.
-- A stay below none has its days out of order: D01c or D01d says so.
-- Rule: D24b
-- Severity: R
-- Row: procedure.discharge_date
-- Clause: 1.4
-- Code: RANGE
-- Message: The stay from admission to discharge is longer than 365 nights.
-- Fix: Correct the date that is wrong.
-- Source: IRE-REG 1.0, section 1.7 [P]
select
    row_id,
    discharge_date - admission_date <= 365
    or admission_date > procedure_date
    or discharge_date < procedure_date as holds
from procedure
