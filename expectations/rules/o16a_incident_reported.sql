-- A complication of grade IIIb or worse is reported as a patient safety event.
-- Rule: O16a
-- Severity: W
-- Row: complication.lfpse_ref
-- Clause: YR-GOV
-- Message: The grade is IIIb or worse, and no LFPSE reference is given.
-- Fix: Report the event to LFPSE and send the reference, or answer why it is not one.
-- Source: IRE-REG 1.0, rule O16; learn from patient safety events [M], to be verified
select
    row_id,
    not ({is_harm_to_disclose}) or lfpse_ref is not null as holds
from complication
