-- Every delivery of pulses was synchronised with the ECG.
-- Rule: P03b
-- Severity: B
-- Row: pulse_delivery.ecg_sync
-- Clause: 3.3
-- Message: These pulses were delivered without ECG synchronisation.
-- Fix: If it is right, leave it: the breach is counted, and the row is kept.
-- Source: HTG532 3.3; Thomson 2011 [S7]
select
    row_id,
    ecg_sync as holds
from pulse_delivery
