-- Electrodes confirmed as parallel stand at 10 degrees or less to each other.
-- Rule: P10
-- Severity: W
-- Row: pulse_delivery.angle_deg
-- Clause: 2.4, 3.6
-- Message: The electrodes are confirmed as parallel, and the angle between them is above
--   10 degrees.
-- Fix: Check the angle and the confirmation: one of them contradicts the other.
-- Source: IRE-REG 1.0, rule P10 [P]; mean 2.7 degrees by navigation, 5.5 by ultrasound [S19]
select
    row_id,
    not parallel_confirmed or angle_deg <= 10 as holds
from pulse_delivery
