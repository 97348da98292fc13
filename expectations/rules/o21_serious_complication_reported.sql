-- A complication of grade IIIb or worse has a Yellow Card reference.
-- One in which the device is suspected is asked about by another rule, as a breach.
-- Rule: O21
-- Severity: W
-- Row: complication.yellow_card_ref
-- Code: REQUIRED
-- Clause: YR-YC
-- Message: The grade is IIIb or worse, and no Yellow Card reference is given.
-- Fix: Report it to the Yellow Card scheme (MHRA, NIAIC or HFS) and send the reference, or
--   answer why the device had no part in it.
-- Source: IRE-REG 1.0, complication: asked for from grade IIIb [P]
select
    row_id,
    not ({is_harm_to_disclose})
    or yellow_card_ref is not null
    or device_related_suspected is not distinct from 'Y' as holds
from complication
