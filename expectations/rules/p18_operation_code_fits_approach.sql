-- The operation code fits the approach.
-- Rule: P18
-- Severity: W
-- Row: procedure.opcs4
-- Clause: 2.4
-- Message: A percutaneous code (J12) stands with an open or laparoscopic approach, or an
--   open or laparoscopic one (J03, J08) with a percutaneous approach.
-- Fix: Check the approach and the operation codes.
-- Source: IRE-REG 1.0, rule P18 [P]; NICE coding advice [S5], [S6]
select
    row_id,
    case
        when approach = 'PERCUTANEOUS' then not regexp_matches(opcs4, '(^|;)J0[38]\.')
        when approach in ('OPEN', 'LAPAROSCOPIC') then not regexp_matches(opcs4, '(^|;)J12\.')
    end as holds
from procedure
