-- The diagnosis is made on or before the day of the MDT meeting.
-- Rule: D01f
-- Severity: W
-- Row: mdt_review.meeting_date
-- Clause: 1.2
-- Code: DATE_ORDER
-- Message: The diagnosis is dated after the MDT meeting.
-- Fix: Check both dates.
-- Source: IRE-REG 1.0, rule D01 [P]
select
    mdt_review.row_id,
    patient.diagnosis_date <= mdt_review.meeting_date as holds
from mdt_review
inner join patient using (patient_key)
