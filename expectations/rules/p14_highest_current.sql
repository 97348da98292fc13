-- No current is above the highest current.
-- Rule: P14
-- Severity: R
-- Row: pulse_delivery.current_max_a
-- Clause: 2.4
-- Message: The current at the start or at the end is above the highest current.
-- Fix: Check the three currents and their unit (ampere).
-- Source: IRE-REG 1.0, rule P14 [P]
select
    row_id,
    current_start_a <= current_max_a and current_end_a <= current_max_a as holds
from pulse_delivery
