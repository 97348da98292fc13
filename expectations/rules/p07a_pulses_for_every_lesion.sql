-- Every treated lesion has the pulses that treated it.
-- Rule: P07a
-- Severity: R
-- Row: lesion_treatment.n_electrodes
-- Clause: 2.4
-- Message: The lesion is recorded as treated, and no delivery of pulses is sent for it.
-- Fix: Send one row for each electrode pair and position, or take the lesion off the
--   procedure's treatments.
-- Source: IRE-REG 1.0, rule P07 [P]; HTG532 2.4
select
    lesion_treatment.row_id,
    pulsed.procedure_id is not null
    -- a procedure may be stopped before its first pulse
    or procedure.technical_success = 'ABORTED' as holds
from lesion_treatment
left join (select distinct procedure_id, lesion_id from pulse_delivery) as pulsed
    using (procedure_id, lesion_id)
left join procedure
    on lesion_treatment.procedure_id = procedure.procedure_id
where lesion_treatment.procedure_id is not null and lesion_treatment.lesion_id is not null
