-- The five answers and the visual analogue scale of the EQ-5D-5L point the same way.
-- Rule: O12b
-- Severity: W
-- Row: prom.vas
-- Clause: 3.2
-- Message: The best health state with a scale below 50, or the worst with one above 80:
--   the scale or the answers may be coded the wrong way round.
-- Fix: Check the answers against the paper, or answer that they are right.
-- Source: IRE-REG 1.0, rule O12: 50 and 80 [P]
select
    row_id,
    instrument != 'EQ-5D-5L'
    or (
        not (
            item_01 = 1 and item_02 = 1 and item_03 = 1 and item_04 = 1 and item_05 = 1
            and vas < 50
        )
        and not (
            item_01 = 5 and item_02 = 5 and item_03 = 5 and item_04 = 5 and item_05 = 5
            and vas > 80
        )
    ) as holds
from prom
