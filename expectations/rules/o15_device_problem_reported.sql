-- A complication in which the device is suspected has a Yellow Card reference.
-- Rule: O15
-- Severity: B
-- Row: complication.yellow_card_ref
-- Clause: YR-YC
-- Message: The device is suspected, and no Yellow Card reference is given.
-- Fix: Report it to the Yellow Card scheme (MHRA, NIAIC or HFS) and send the reference.
--   If it is right, leave it: the breach is counted, and the row is kept.
-- Source: HTG532, Your responsibility (Yellow Card); [S45]
select
    row_id,
    case device_related_suspected
        when 'Y' then yellow_card_ref is not null
        when 'N' then true
    end as holds
from complication
