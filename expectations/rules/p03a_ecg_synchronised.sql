-- The pulses were synchronised with the ECG.
-- Rule: P03a
-- Severity: B
-- Row: procedure.ecg_sync_used
-- Clause: 3.3
-- Message: The procedure was done without ECG synchronisation.
-- Fix: If it is right, leave it: the breach is counted, and the row is kept.
-- Source: HTG532 3.3; Thomson 2011 [S7]
select
    row_id,
    ecg_sync_used as holds
from procedure
