-- A patient stays in hospital for one to four nights.
-- A stay that cannot be is D24b's; days out of order are D01c's or D01d's.
-- Rule: D24a
-- Severity: W
-- Row: procedure.discharge_date
-- Clause: 1.4
-- Message: The stay from admission to discharge is not of one to four nights.
-- Fix: Check both dates, or answer why the stay was so short or so long.
-- Source: IRE-REG 1.0, section 1.7 [P]
select
    row_id,
    discharge_date - admission_date between 1 and 4
    or discharge_date - admission_date > 365
    or admission_date > procedure_date
    or discharge_date < procedure_date as holds
from procedure
