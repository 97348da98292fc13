-- The grade systems agree that a complication was fatal, and the patient is recorded so.
-- Fatal is Clavien-Dindo V, CTCAE 5, CIRSE 6, SIR F or DEATH; a system that is not
-- recorded is not compared. Read as: that a grade V goes with a DEAD status is asked here,
-- for the day of the procedure by D18; that onset is not after death is D12b.
-- Rule: O02
-- Severity: R
-- Row: complication.clavien_dindo
-- Clause: 3.3
-- Message: The grades disagree on whether the complication was fatal, or the patient of a
--   fatal one is not recorded as dead.
-- Fix: Correct the grade that is wrong, or the vital status.
-- Source: IRE-REG 1.0, rule O02 [P]; CIRSE [S30], CTCAE [S29], SIR [M]
select
    complication.row_id,
    -- where a system is not recorded it says what Clavien-Dindo says
    (complication.clavien_dindo = 'V')
    = coalesce(complication.ctcae_grade = 5, complication.clavien_dindo = 'V')
    and (complication.clavien_dindo = 'V')
    = coalesce(complication.cirse_grade = '6', complication.clavien_dindo = 'V')
    and (complication.clavien_dindo = 'V')
    = coalesce(
        complication.sir_grade in ('F', 'DEATH'), complication.clavien_dindo = 'V'
    )
    and (
        complication.clavien_dindo != 'V'
        or complication.onset_date = procedure.procedure_date
        or vital_status.status = 'DEAD'
    ) as holds
from complication
left join procedure using (procedure_id)
left join vital_status on complication.patient_key = vital_status.patient_key
