-- A governance approval is valid for at most three years.
-- Rule: D22
-- Severity: W
-- Row: governance_approval.valid_to
-- Clause: YR-GOV
-- Message: The approval is valid for more than three years.
-- Fix: Check both days, or answer why it is valid for so long.
-- Source: IRE-REG 1.0, section 1.2: 3 years [P]
select
    row_id,
    valid_to <= (valid_from + interval 3 year)::date as holds
from governance_approval
