-- Technical success rests on completion imaging, or on the scan at one month.
-- Rule: P17
-- Severity: W
-- Row: procedure.technical_success
-- Clause: 2.5, 3.2
-- Message: Technical success is claimed without completion imaging, and no one-month scan
--   of the patient is there.
-- Fix: Send the completion imaging or the one-month scan, or check the claim.
-- Source: IRE-REG 1.0, rule P17 [P]; HTG532 2.5
select
    procedure.row_id,
    procedure.technical_success != 'Y'
    or procedure.completion_imaging != 'NONE'
    or imaged.row_id is not null as holds
from procedure
left join (
    select distinct procedure.row_id
    from procedure
    inner join followup_imaging using (patient_key)
    where
        followup_imaging.nominal_visit = 'M1'
        -- the window of the one-month scan ends on day 60
        and followup_imaging.imaging_date between procedure.procedure_date
        and procedure.procedure_date + 60
) as imaged
    on procedure.row_id = imaged.row_id
