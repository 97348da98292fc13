-- A device problem is reported within 30 days of its being recorded.
-- Rule: D15
-- Severity: W
-- Row: complication.yellow_card_date
-- Clause: YR-YC
-- Message: The Yellow Card report was made more than 30 days after the complication was
--   recorded.
-- Fix: Check both dates, or answer why the report was late.
-- Source: IRE-REG 1.0, rule D15: 30 days [P]; the MHRA says "as soon as possible" [S45]
select
    row_id,
    (yellow_card_ref is null and yellow_card_date is null)
    or yellow_card_date - recorded_date <= 30 as holds
from complication
