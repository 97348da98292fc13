-- Voltage over the highest current is a resistance of 20 to 300 ohm.
-- Rule: P15
-- Severity: W
-- Row: pulse_delivery.current_max_a
-- Clause: 2.4
-- Message: Voltage over the highest current is below 20 or above 300 ohm: the current may
--   not be in ampere.
-- Fix: Send the current in ampere (35, not 0.035 or 35000) and the voltage in volt.
-- Source: IRE-REG 1.0, rule P15 [P]
select
    row_id,
    voltage_v between round(20 * current_max_a, 6) and round(300 * current_max_a, 6) as holds
from pulse_delivery
