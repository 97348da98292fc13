-- At least nine tenths of the planned pulses were delivered.
-- Rule: P12b
-- Severity: W
-- Row: pulse_delivery.pulses_delivered
-- Clause: 2.4
-- Message: Fewer than nine tenths of the planned pulses were delivered.
-- Fix: Check both numbers; if they are right, answer why the delivery ended early.
-- Source: IRE-REG 1.0, rule P12 [P]
select
    row_id,
    10 * pulses_delivered >= 9 * pulses_planned as holds
from pulse_delivery
