-- An answer to an item of the EQ-5D-5L is 1 to 5.
-- That the visual analogue scale is 0 to 100 is prom.vas.HARD.
-- Rule: O12a
-- Severity: R
-- Row: prom.item_0[1-5]
-- Clause: 3.2
-- Message: The answer is not one of 1 to 5, the levels of the EQ-5D-5L.
-- Fix: Correct the answer, or the name of the questionnaire.
-- Source: EQ-5D-5L, IRE-REG 1.0, section 1.14
select
    row_id,
    instrument != 'EQ-5D-5L' or {column} between 1 and 5 as holds
from prom
