-- Voltage over spacing is 1000 to 3000 V/cm.
-- Rule: P11
-- Severity: W
-- Row: pulse_delivery.voltage_v
-- Clause: 2.4
-- Message: Voltage over spacing is below 1000 or above 3000 V/cm.
-- Fix: Check the voltage, and that the spacing is in millimetres.
-- Source: IRE-REG 1.0, rule P11 [P]; lethal at about 500 to 600 V/cm [S23]
select
    row_id,
    -- V/cm is 10 times V/mm; rounded, since 8.2 mm times 3000 falls short of 24600
    10 * voltage_v between round(1000 * spacing_mm, 6) and round(3000 * spacing_mm, 6) as holds
from pulse_delivery
