-- The operation codes hold Y12.3, by which hospital statistics find the case.
-- Rule: P19
-- Severity: W
-- Row: procedure.opcs4
-- Clause: 1.4
-- Message: The operation codes are without Y12.3: hospital statistics cannot find the case,
--   and case ascertainment cannot count it.
-- Fix: Add Y12.3 to the operation codes, also in the hospital's own record.
-- Source: IRE-REG 1.0, rule P19 [P]; NICE coding advice [S5]
select
    row_id,
    regexp_matches(opcs4, '(^|;)Y12\.3(;|$)') as holds
from procedure
