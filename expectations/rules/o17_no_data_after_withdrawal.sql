-- No row is dated after the day on which the patient forbade further data.
-- Earlier rows stay. A withdrawal that asks for erasure is carried out, not found.
-- Rule: O17
-- Severity: R
-- Row: mdt_review.meeting_date, procedure.procedure_date, complication.onset_date,
--   followup_imaging.imaging_date, subsequent_treatment.treatment_date,
--   vital_status.status_date, prom.completed_date
-- Clause: 1.1
-- Message: The patient withdrew from further data before this date.
-- Fix: Leave the row out of the export, or correct the date or the withdrawal.
-- Source: IRE-REG 1.0, rule O17; UK GDPR
select
    {table}.row_id,
    case
        when {table}.patient_key is null then null
        when withdrawn.patient_key is null then true
        else {table}.{column} <= withdrawn.withdrawal_date
    end as holds
from {table}
left join (
    select
        patient_key,
        min(withdrawal_date) as withdrawal_date
    from research_enrolment
    where withdrawal_scope = 'NO_FURTHER_DATA'
    group by all
) as withdrawn using (patient_key)
